//! The look by page: the claim lists and the INSTRUCT list, which cost a call for fifty parcels.
//!
//! What the lists do not show, or not in time, is read one by one, five parcels at most; the others are told to come
//! again. So each look gets further, however long the lists are.

use std::collections::{BTreeSet, HashMap};

use futures::future::join_all;
use tokio::time::Instant;

use super::calls::{malformed, read, vendor_path};
use super::claims::lists::claims_query;
use super::lists::orders_query;
use super::look::{
    LIST_DAYS, Look, SINGLE_READS, last_days, look_singly, sheet, stamp, unfinished,
    unreadable_claim,
};
use super::wire::{Envelope, OrderSheet};
use super::{claims, map, windows};
use crate::channel::{Reply, Session};
use crate::domain::claim::ChannelClaim;
use crate::domain::facts::{ParcelFacts, ParcelSight, Read};
use crate::domain::failure::CallFailure;
use crate::domain::permit::Cargo;
use crate::quota::Reservation;

/// Reads of one look by page: more do not fit into a permit's five seconds.
const MAX_PAGES: usize = 12;
/// Cancels of placed orders leave the INSTRUCT list at once; only the newest may still be on their way.
const CANCEL_DAYS: i64 = 1;
/// The part of the time after which claim lists are given up: ten single reads and the write's slot must still fit.
const CLAIMS_PART: u32 = 4;
/// The part of the time after which no further page is read: five single reads and the write's slot must still fit.
const PAGES_PART: u32 = 2;

pub async fn look_by_page(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    let mut pages = Pages {
        session,
        reservation,
        began: Instant::now(),
        deadline,
        reads: Vec::new(),
    };
    let lists = match pages.claims().await {
        Ok(lists) => lists,
        Err(failure) => {
            return look_at_the_first(session, reservation, cargos, deadline, &failure).await;
        }
    };
    let readable = |cargo: &&Cargo| !lists.unreadable.contains_key(&cargo.channel_order_id);
    let wanted: BTreeSet<&str> = cargos
        .iter()
        .filter(readable)
        .map(|cargo| cargo.channel_parcel_id.as_str())
        .collect();
    let (found, ended) = pages.sheets(&wanted).await;
    let mut singles: Vec<&str> = Vec::new();
    for cargo in cargos.iter().filter(readable) {
        let id = cargo.channel_parcel_id.as_str();
        if singles.len() < SINGLE_READS && !found.contains_key(id) && !singles.contains(&id) {
            singles.push(id);
        }
    }
    let singly = pages.singly(&singles).await;
    let reads = pages.reads;
    let looks = cargos.iter().map(|cargo| {
        if let Some(reason) = lists.unreadable.get(&cargo.channel_order_id) {
            return Err(unreadable_claim(reason));
        }
        let of_order = |claim: &&ChannelClaim| claim.channel_order_id == cargo.channel_order_id;
        let mut facts = ParcelFacts {
            parcel: ParcelSight::NotFound,
            claims: lists.claims.iter().filter(of_order).cloned().collect(),
            reads: reads.clone(),
        };
        let id = cargo.channel_parcel_id.as_str();
        match (found.get(id), singly.get(id)) {
            (Some(parcel), _) => facts.parcel = parcel.clone(),
            (None, Some(Ok((parcel, read)))) => {
                facts.parcel = parcel.clone();
                facts.reads.push(read.clone());
            }
            (None, Some(Err(failure))) => return Err(failure.clone()),
            (None, None) => return Err(ended.clone().unwrap_or_else(unfinished)),
        }
        Ok(facts)
    });
    looks.collect()
}

/// Without whole claim lists no page can be judged: the first parcels are read with their own claims.
async fn look_at_the_first(
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
    failure: &CallFailure,
) -> Vec<Look> {
    let mut looks = Vec::with_capacity(cargos.len());
    if Instant::now() < deadline {
        let first = cargos.get(..SINGLE_READS).unwrap_or(cargos);
        looks = look_singly(session, reservation, first, deadline).await;
    }
    looks.resize_with(cargos.len(), || Err(failure.clone()));
    looks
}

/// Whole claim lists.
#[derive(Default)]
struct ClaimLists {
    claims: Vec<ChannelClaim>,
    /// Orders of which a claim cannot be read, and why: it may be the one that matters.
    unreadable: HashMap<String, String>,
}

impl ClaimLists {
    fn take(&mut self, envelope: &Envelope, reply: &Reply) -> Result<(), CallFailure> {
        let (claims, rejected) =
            claims::map::claims(envelope, reply.sent_at).map_err(|error| malformed(&error))?;
        self.claims.extend(claims);
        for row in rejected {
            let order_id = row.channel_order_id;
            // Without an order's name it may be about any of them.
            if order_id.is_empty() || !order_id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(unreadable_claim(&row.reason));
            }
            self.unreadable.insert(order_id, row.reason);
        }
        Ok(())
    }
}

/// What a look by page has gathered.
struct Pages<'a> {
    session: &'a Session,
    reservation: &'a Reservation,
    began: Instant,
    deadline: Instant,
    reads: Vec<Read>,
}

impl Pages<'_> {
    /// When this part of the look's time is over.
    fn part(&self, part: u32) -> Instant {
        self.began + self.deadline.saturating_duration_since(self.began) / part
    }

    /// A page. A list's first one is read in any case, a further one only if its turn comes until `until`.
    async fn page(
        &mut self,
        what: &'static str,
        path: &str,
        query: &str,
        until: Instant,
    ) -> Result<(Reply, Envelope), CallFailure> {
        if self.reads.len() >= MAX_PAGES || Instant::now() >= until {
            return Err(unfinished());
        }
        let slot = self.session.reserved_slot(self.reservation, until).await?;
        let (reply, envelope) = read(self.session, slot, path, query)
            .await
            .map_err(|refusal| refusal.failure)?;
        self.reads.push(stamp(what, &reply));
        Ok((reply, envelope))
    }

    async fn claims(&mut self) -> Result<ClaimLists, CallFailure> {
        let path = vendor_path(self.session, "v6", "returnRequests");
        let further = self.part(CLAIMS_PART);
        let mut lists = ClaimLists::default();
        for (kind, days) in [
            ("RU", LIST_DAYS),
            ("UC", LIST_DAYS),
            ("CANCEL", CANCEL_DAYS),
        ] {
            let (from, to) = last_days(self.session, days);
            let span = windows::Span::Days(from, to);
            let (mut token, mut until) = (String::new(), self.deadline);
            loop {
                let query = claims_query(kind, &span, &token);
                let (reply, envelope) = self.page("return_requests", &path, &query, until).await?;
                lists.take(&envelope, &reply)?;
                if envelope.next_token.is_empty() {
                    break;
                }
                (token, until) = (envelope.next_token, further);
            }
        }
        Ok(lists)
    }

    /// The wanted boxes that stand in the INSTRUCT list, and what ended the reading before the list's end.
    async fn sheets(
        &mut self,
        wanted: &BTreeSet<&str>,
    ) -> (HashMap<String, ParcelSight>, Option<CallFailure>) {
        let path = vendor_path(self.session, "v5", "ordersheets");
        let (from, to) = last_days(self.session, LIST_DAYS);
        let span = windows::Span::Days(from, to);
        let further = self.part(PAGES_PART);
        let (mut token, mut until, mut found) = (String::new(), self.deadline, HashMap::new());
        for page in 1.. {
            let query = orders_query("INSTRUCT", &span, &token);
            let envelope = match self.page("ordersheets", &path, &query, until).await {
                Ok((_, envelope)) => envelope,
                Err(failure) => return (found, Some(failure)),
            };
            let rows = match envelope.rows() {
                Ok(rows) => rows,
                Err(error) => return (found, Some(malformed(&error))),
            };
            // A row that cannot be read is one that is not there: it is read by itself, or not at all.
            for sheet in rows.iter().filter_map(|row| OrderSheet::read(row).ok()) {
                if wanted.contains(sheet.shipment_box_id.as_str()) {
                    let parcel = ParcelSight::Seen(map::parcel(&sheet));
                    found.insert(sheet.shipment_box_id, parcel);
                }
            }
            // What is still missing may have left the list: as soon as it costs no more than the pages did, it is
            // read by itself.
            let missing = wanted.len() - found.len();
            if envelope.next_token.is_empty() || missing <= SINGLE_READS.min(page) {
                break;
            }
            (token, until) = (envelope.next_token, further);
        }
        (found, None)
    }

    /// Single boxes, to be judged with the claim lists.
    async fn singly<'b>(
        &self,
        parcel_ids: &[&'b str],
    ) -> HashMap<&'b str, Result<(ParcelSight, Read), CallFailure>> {
        if Instant::now() >= self.deadline {
            return HashMap::new();
        }
        let sights = parcel_ids.iter().map(|id| async move {
            let slot = self.session.reserved_slot(self.reservation, self.deadline);
            match slot.await {
                Ok(slot) => (*id, sheet(self.session, slot, id).await),
                Err(failure) => (*id, Err(failure)),
            }
        });
        join_all(sights).await.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;

    fn taken(spoil: impl FnOnce(&mut Value)) -> Result<ClaimLists, CallFailure> {
        let mut page: Value =
            serde_json::from_str(include_str!("fixtures/return_requests_v6.json")).unwrap();
        spoil(&mut page["data"][0]);
        let body = page.to_string();
        let reply = Reply {
            http_status: 200,
            headers: Default::default(),
            body: bytes::Bytes::new(),
            sent_at: DateTime::UNIX_EPOCH,
            sent: std::time::Instant::now(),
            answered_at: DateTime::UNIX_EPOCH,
            call: crate::channel::Call::unwatched(),
        };
        let mut lists = ClaimLists::default();
        lists.take(&Envelope::read(body.as_bytes()).unwrap(), &reply)?;
        Ok(lists)
    }

    #[test]
    fn a_claim_that_cannot_be_read_refuses_its_own_order_only() {
        let whole = taken(|_| {}).unwrap();
        let order_id = whole.claims[0].channel_order_id.clone();
        let lists = taken(|row| row["receiptId"] = json!("?")).unwrap();
        assert_eq!(lists.claims.len(), whole.claims.len() - 1);
        assert!(!whole.unreadable.contains_key(&order_id));
        assert!(lists.unreadable.contains_key(&order_id));
        assert_eq!(lists.unreadable.len(), whole.unreadable.len() + 1);
    }

    #[test]
    fn a_claim_of_nobody_knows_which_order_leaves_no_list_whole() {
        for order_id in [Value::Null, json!(""), json!("1 or 2")] {
            let spoilt = taken(|row| {
                row["receiptId"] = json!("?");
                row["orderId"] = order_id.clone();
            });
            assert!(spoilt.is_err(), "{order_id}");
        }
    }
}
