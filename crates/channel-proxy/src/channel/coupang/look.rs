//! The look before a dispatch.
//!
//! Up to five parcels are read one by one: the sheet of the box, and the claims of its order. More are read by page:
//! the INSTRUCT list and the claim lists, which cost a call for fifty parcels; what the list does not show is read
//! one by one, as far as the list of five allows.

use std::collections::{BTreeSet, HashMap};

use chrono::{NaiveDate, TimeDelta};
use futures::future::join_all;
use tokio::time::Instant;

use super::calls::{malformed, read, vendor_path};
use super::lists::{claims_query, orders_query, sheet_path};
use super::wire::{Envelope, OrderSheet};
use super::{map, windows};
use crate::channel::{Reply, Session};
use crate::domain::claim::ChannelClaim;
use crate::domain::facts::{ParcelFacts, ParcelSight, Read};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::Cargo;
use crate::quota::{Reservation, Slot};

/// As many parcels are read one by one.
const SINGLE_READS: usize = 5;
/// Reads of one look by page: more do not fit into a permit's five seconds.
const MAX_PAGES: usize = 12;
/// How far back lists reach.
const LIST_DAYS: i64 = 29;
/// Cancels of placed orders leave the INSTRUCT list at once; only the newest may still be on their way.
const CANCEL_DAYS: i64 = 1;

type Look = Result<ParcelFacts, CallFailure>;

pub async fn look(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    if cargos.len() <= SINGLE_READS {
        look_singly(session, reservation, cargos, deadline).await
    } else {
        look_by_page(session, reservation, cargos, deadline).await
    }
}

async fn look_singly(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    let orders: BTreeSet<&str> = cargos
        .iter()
        .map(|cargo| cargo.channel_order_id.as_str())
        .collect();
    let sheets = join_all(cargos.iter().map(|cargo| async {
        let slot = session.reserved_slot(reservation, deadline).await?;
        sheet(session, slot, &cargo.channel_parcel_id).await
    }));
    let claims = join_all(orders.into_iter().map(|order_id| async move {
        let claims = claims_of_order(session, reservation, order_id, deadline).await;
        (order_id, claims)
    }));
    let (sheets, claims) = tokio::join!(sheets, claims);
    let claims: HashMap<&str, _> = claims.into_iter().collect();
    let looks = cargos.iter().zip(sheets).map(|(cargo, sheet)| {
        let (parcel, read) = sheet?;
        let mut facts = ParcelFacts {
            parcel,
            claims: Vec::new(),
            reads: vec![read],
        };
        match claims.get(cargo.channel_order_id.as_str()) {
            Some(Ok((claims, reads))) => {
                facts.claims.clone_from(claims);
                facts.reads.extend(reads.iter().cloned());
            }
            // A cancelled order is final whatever its claims say.
            _ if facts.parcel == ParcelSight::Gone => {}
            Some(Err(failure)) => return Err(failure.clone()),
            None => return Err(unfinished()),
        }
        Ok(facts)
    });
    looks.collect()
}

fn stamp(what: &'static str, reply: &Reply) -> Read {
    Read {
        what,
        sent_at: reply.sent_at,
        answered_at: reply.answered_at,
        http_status: reply.http_status,
    }
}

/// One box as it is now.
pub async fn sheet(
    session: &Session,
    slot: Slot,
    channel_parcel_id: &str,
) -> Result<(ParcelSight, Read), CallFailure> {
    let path = vendor_path(session, "v5", &sheet_path(channel_parcel_id));
    let asked_at = session.now();
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let sheet = single_sheet(&envelope)?;
            if sheet.shipment_box_id != channel_parcel_id {
                return Err(CallFailure::perhaps(
                    FailureKind::MalformedAnswer,
                    "the channel answered another parcel than was asked for",
                ));
            }
            Ok((
                ParcelSight::Seen(map::parcel(&sheet)),
                stamp("ordersheet", &reply),
            ))
        }
        Err(refusal) => {
            let sight = if refusal.is_gone() {
                ParcelSight::Gone
            } else if refusal.is_not_found() {
                ParcelSight::NotFound
            } else {
                return Err(refusal.failure);
            };
            let read = Read {
                what: "ordersheet",
                sent_at: asked_at,
                answered_at: session.now(),
                http_status: refusal.http_status.unwrap_or_default(),
            };
            Ok((sight, read))
        }
    }
}

fn single_sheet(envelope: &Envelope) -> Result<OrderSheet, CallFailure> {
    let rows = envelope.rows().map_err(|error| malformed(&error))?;
    let [row] = rows else {
        return Err(CallFailure::perhaps(
            FailureKind::MalformedAnswer,
            format!(
                "the channel answered {} parcels where one was asked for",
                rows.len()
            ),
        ));
    };
    OrderSheet::read(row).map_err(|error| malformed(&error))
}

async fn claims_of_order(
    session: &Session,
    reservation: &Reservation,
    order_id: &str,
    deadline: Instant,
) -> Result<(Vec<ChannelClaim>, Vec<Read>), CallFailure> {
    let (from, to) = last_days(session, LIST_DAYS);
    let encoded: String = url::form_urlencoded::byte_serialize(order_id.as_bytes()).collect();
    let query = format!("createdAtFrom={from}&createdAtTo={to}&orderId={encoded}&maxPerPage=50");
    let path = vendor_path(session, "v6", "returnRequests");
    let slot = session.reserved_slot(reservation, deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &query)
        .await
        .map_err(|refusal| refusal.failure)?;
    if !envelope.next_token.is_empty() {
        return Err(CallFailure::without_effect(
            FailureKind::MalformedAnswer,
            "the channel shows more than fifty claims of one order",
        ));
    }
    Ok((
        all_claims(&envelope, &reply)?,
        vec![stamp("return_requests", &reply)],
    ))
}

/// A claim that cannot be read may be the one that matters: then nothing is known.
fn all_claims(envelope: &Envelope, reply: &Reply) -> Result<Vec<ChannelClaim>, CallFailure> {
    let (claims, rejected) =
        map::claims(envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    match rejected.first() {
        None => Ok(claims),
        Some(row) => Err(CallFailure::perhaps(
            FailureKind::MalformedAnswer,
            format!("a claim cannot be read: {}", row.reason),
        )),
    }
}

/// From so many days ago to tomorrow, in Korea.
fn last_days(session: &Session, days: i64) -> (NaiveDate, NaiveDate) {
    let today = windows::korean(session.now()).date();
    (today - TimeDelta::days(days), today + TimeDelta::days(1))
}

fn unfinished() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::QuotaExhausted,
        "the lists are too long to be read within a permit's 5 s; inspect at most five parcels at once",
    )
}

/// What a look by page has gathered.
struct Pages<'a> {
    session: &'a Session,
    reservation: &'a Reservation,
    deadline: Instant,
    reads: Vec<Read>,
}

impl Pages<'_> {
    async fn page(
        &mut self,
        what: &'static str,
        path: &str,
        query: &str,
    ) -> Result<(Reply, Envelope), CallFailure> {
        if self.reads.len() >= MAX_PAGES {
            return Err(unfinished());
        }
        let slot = self
            .session
            .reserved_slot(self.reservation, self.deadline)
            .await?;
        let (reply, envelope) = read(self.session, slot, path, query)
            .await
            .map_err(|refusal| refusal.failure)?;
        self.reads.push(stamp(what, &reply));
        Ok((reply, envelope))
    }

    async fn claims(&mut self) -> Result<Vec<ChannelClaim>, CallFailure> {
        let path = vendor_path(self.session, "v6", "returnRequests");
        let mut claims = Vec::new();
        for (kind, days) in [
            ("RU", LIST_DAYS),
            ("UC", LIST_DAYS),
            ("CANCEL", CANCEL_DAYS),
        ] {
            let (from, to) = last_days(self.session, days);
            let span = windows::Span::Days(from, to);
            let mut token = String::new();
            loop {
                let query = claims_query(kind, &span, &token);
                let (reply, envelope) = self.page("return_requests", &path, &query).await?;
                claims.extend(all_claims(&envelope, &reply)?);
                if envelope.next_token.is_empty() {
                    break;
                }
                token = envelope.next_token;
            }
        }
        Ok(claims)
    }

    /// The wanted boxes that stand in the INSTRUCT list.
    async fn sheets(
        &mut self,
        wanted: &BTreeSet<&str>,
    ) -> Result<HashMap<String, ParcelSight>, CallFailure> {
        let path = vendor_path(self.session, "v5", "ordersheets");
        let (from, to) = last_days(self.session, LIST_DAYS);
        let span = windows::Span::Days(from, to);
        let (mut token, mut found) = (String::new(), HashMap::new());
        loop {
            let query = orders_query("INSTRUCT", &span, &token);
            let (_, envelope) = self.page("ordersheets", &path, &query).await?;
            for row in envelope.rows().map_err(|error| malformed(&error))? {
                // A row that cannot be read is one that is not there: it is read by itself, or not at all.
                let Ok(sheet) = OrderSheet::read(row) else {
                    continue;
                };
                if wanted.contains(sheet.shipment_box_id.as_str()) {
                    let parcel = ParcelSight::Seen(map::parcel(&sheet));
                    found.insert(sheet.shipment_box_id, parcel);
                }
            }
            if envelope.next_token.is_empty() || found.len() == wanted.len() {
                return Ok(found);
            }
            token = envelope.next_token;
        }
    }
}

async fn look_by_page(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    let wanted: BTreeSet<&str> = cargos
        .iter()
        .map(|cargo| cargo.channel_parcel_id.as_str())
        .collect();
    let mut pages = Pages {
        session,
        reservation,
        deadline,
        reads: Vec::new(),
    };
    let gathered = async {
        let claims = pages.claims().await?;
        Ok((claims, pages.sheets(&wanted).await?))
    };
    let (claims, found) = match gathered.await {
        Ok(gathered) => gathered,
        Err(failure) => {
            return cargos
                .iter()
                .map(|_| Err(CallFailure::clone(&failure)))
                .collect();
        }
    };
    let absent = cargos
        .iter()
        .filter(|cargo| !found.contains_key(&cargo.channel_parcel_id));
    let singles: Vec<Cargo> = absent.take(SINGLE_READS).cloned().collect();
    let singles_looks = look_singly(session, reservation, &singles, deadline).await;
    let mut singly: HashMap<String, Look> = singles
        .into_iter()
        .map(|cargo| cargo.channel_parcel_id)
        .zip(singles_looks)
        .collect();
    let reads = pages.reads;
    let looks = cargos
        .iter()
        .map(|cargo| match found.get(&cargo.channel_parcel_id) {
            Some(parcel) => {
                let of_order =
                    |claim: &&ChannelClaim| claim.channel_order_id == cargo.channel_order_id;
                Ok(ParcelFacts {
                    parcel: parcel.clone(),
                    claims: claims.iter().filter(of_order).cloned().collect(),
                    reads: reads.clone(),
                })
            }
            None => singly
                .remove(&cargo.channel_parcel_id)
                .unwrap_or_else(|| Err(unfinished())),
        });
    looks.collect()
}
