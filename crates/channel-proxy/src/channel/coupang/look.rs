//! The look before a dispatch.
//!
//! Up to five parcels are read one by one: the sheet of the box, and the claims of its order. More are read by page
//! ([`pages`]).

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures::future::join_all;
use tokio::time::Instant;

use super::calls::{encoded, malformed, read, vendor_path};
use super::errors::Refusal;
use super::lists::sheet_path;
use super::wire::{Envelope, OrderSheet};
use super::{claims, map, pages, windows};
use crate::channel::{Reply, Session, SoughtParcel};
use crate::domain::claim::ChannelClaim;
use crate::domain::facts::{ParcelFacts, ParcelSight, Read};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::Cargo;
use crate::quota::{Reservation, Slot};

/// As many parcels are read one by one.
pub const SINGLE_READS: usize = 5;
/// How far back lists reach.
pub const LIST_DAYS: i64 = 29;

pub type Look = Result<ParcelFacts, CallFailure>;

pub async fn look(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    if cargos.len() <= SINGLE_READS {
        look_singly(session, reservation, cargos, deadline).await
    } else {
        pages::look_by_page(session, reservation, cargos, deadline).await
    }
}

pub async fn look_singly(
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

pub fn stamp(what: &'static str, reply: &Reply) -> Read {
    Read {
        what,
        sent_at: reply.sent_at,
        sent: reply.sent,
        answered_at: reply.answered_at,
        http_status: reply.http_status,
    }
}

/// When a read was sent that the channel may refuse.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    at: DateTime<Utc>,
    instant: std::time::Instant,
}

impl Asked {
    /// Now.
    pub fn now(session: &Session) -> Self {
        Self {
            at: session.now(),
            instant: Instant::now().into_std(),
        }
    }

    /// A refusal that is an answer: what was asked for is not there.
    pub fn refused(self, session: &Session, what: &'static str, refusal: &Refusal) -> Read {
        Read {
            what,
            sent_at: self.at,
            sent: self.instant,
            answered_at: session.now(),
            http_status: refusal.http_status.unwrap_or_default(),
        }
    }
}

/// One box as it is now.
pub async fn sheet(
    session: &Session,
    slot: Slot,
    channel_parcel_id: &str,
) -> Result<(ParcelSight, Read), CallFailure> {
    let path = vendor_path(session, "v5", &sheet_path(channel_parcel_id));
    let asked = Asked::now(session);
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
            let read = asked.refused(session, "ordersheet", &refusal);
            Ok((refused_sight(refusal)?, read))
        }
    }
}

/// The parcel of an order that holds exactly these lines: a part that left has an id of its own.
pub async fn part(
    session: &Session,
    slot: Slot,
    sought: SoughtParcel<'_>,
) -> Result<(ParcelSight, Read), CallFailure> {
    let order_id = encoded(sought.channel_order_id);
    let path = vendor_path(session, "v5", &format!("{order_id}/ordersheets"));
    let asked = Asked::now(session);
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let rows = envelope.rows().map_err(|error| malformed(&error))?;
            let sheets = rows.iter().map(OrderSheet::read);
            let sheets: Vec<OrderSheet> = sheets
                .collect::<Result<_, _>>()
                .map_err(|error| malformed(&error))?;
            let holds = |sheet: &&OrderSheet| {
                let mut ids = sought.line_ids.iter();
                let known = |id: &String| sheet.items.iter().any(|i| i.vendor_item_id == *id);
                sheet.items.len() == sought.line_ids.len() && ids.all(known)
            };
            // Not split yet: the lines still stand in the whole parcel.
            let whole = |sheet: &&OrderSheet| sheet.shipment_box_id == sought.channel_parcel_id;
            let mut all = sheets.iter();
            let found = all.find(holds).or_else(|| sheets.iter().find(whole));
            let sight = found.map_or(ParcelSight::NotFound, |sheet| {
                ParcelSight::Seen(map::parcel(sheet))
            });
            Ok((sight, stamp("ordersheets_of_order", &reply)))
        }
        Err(refusal) => {
            let read = asked.refused(session, "ordersheets_of_order", &refusal);
            Ok((refused_sight(refusal)?, read))
        }
    }
}

/// What a refused single read says about a parcel.
fn refused_sight(refusal: Refusal) -> Result<ParcelSight, CallFailure> {
    if refusal.is_gone() {
        Ok(ParcelSight::Gone)
    } else if refusal.is_not_found() {
        Ok(ParcelSight::NotFound)
    } else {
        Err(refusal.failure)
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
    let order_id = encoded(order_id);
    let query = format!("createdAtFrom={from}&createdAtTo={to}&orderId={order_id}&maxPerPage=50");
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
        claims::map::claims(envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    match rejected.first() {
        None => Ok(claims),
        Some(row) => Err(unreadable_claim(&row.reason)),
    }
}

pub fn unreadable_claim(reason: &str) -> CallFailure {
    CallFailure::perhaps(
        FailureKind::MalformedAnswer,
        format!("a claim cannot be read: {reason}"),
    )
}

/// From so many days ago to tomorrow, in Korea.
pub fn last_days(session: &Session, days: i64) -> (NaiveDate, NaiveDate) {
    let today = windows::korean(session.now()).date();
    (today - TimeDelta::days(days), today + TimeDelta::days(1))
}

pub fn unfinished() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::QuotaExhausted,
        "the lists are too long to be read within a permit's 5 s; inspect at most five parcels at once",
    )
}
