//! The judgement: how well the hub behaved, computed from the ledger's facts alone.
//!
//! | number | what is counted |
//! | --- | --- |
//! | `orders_placed` | orders bought |
//! | `orders_acknowledged` | orders with every parcel acknowledged that was not cancelled before |
//! | `dispatches_accepted` | uploads of a tracking number that were accepted, per parcel |
//! | `dispatches_after_cancel` | uploads, accepted or refused, that should not have been started (below) |
//! | `dispatches_doubled` | uploads accepted for a parcel that had one already, or trying another number for it |
//! | `messages_accepted` | text messages accepted |
//! | `messages_doubled` | messages that repeat an earlier one of the account, failed ones aside (below) |
//! | `quota_violations` | calls beyond the quota |
//! | `bad_signatures` | calls whose signature was refused |
//! | `shut_outs` | times a channel answered nothing any more, after too many errors or calls for others |
//!
//! **An upload should not have been started** for a parcel
//! 1. that was cancelled, or of which some was asked to stop, at the time the account was last shown it: by a read of
//!    the parcel, its order or its receipts; or as a row of a list answered at least [`LIST_GRACE`] before, so that the
//!    poll that runs beside a dispatch is not held against it; or
//! 2. that the account had not been shown within [`FRESH`] before, which nobody who looks first does. Journeys through
//!    the network are forgiven [`TRANSPORT`], and the first [`FRESH`] after a restart of the sandbox, which forgets looks.
//!
//! A cancel that lands between the look and the upload is nobody's fault and not counted.
//!
//! **A message repeats an earlier one** when a custom field whose name contains `effect` has the same value, or, for
//! messages without such a field, when recipient and text are the same.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::TimeDelta;
use serde::Serialize;

use crate::smartstore;
use crate::world::{Fact, Message, Parcel, Upload};

/// How old the last look may be when an upload arrives.
pub const FRESH: TimeDelta = TimeDelta::seconds(5);
/// What the way of a call may take on top.
pub const TRANSPORT: TimeDelta = TimeDelta::milliseconds(500);
/// How long a row of a list may take to be understood.
pub const LIST_GRACE: TimeDelta = TimeDelta::milliseconds(300);

/// The numbers of `GET /control/verdict`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub orders_placed: u64,
    pub orders_acknowledged: u64,
    pub dispatches_accepted: u64,
    pub dispatches_after_cancel: u64,
    pub dispatches_doubled: u64,
    pub messages_accepted: u64,
    pub messages_doubled: u64,
    pub quota_violations: u64,
    pub bad_signatures: u64,
    pub shut_outs: u64,
}

/// Follows the facts and keeps the verdict up to date.
#[derive(Default)]
pub struct Judge {
    verdict: Verdict,
    /// Parcels not yet acknowledged or cancelled, by order.
    waiting: HashMap<i64, Waiting>,
    order_of: HashMap<i64, i64>,
    /// The number each parcel was dispatched with.
    dispatched: HashMap<i64, (String, String)>,
    /// Fingerprints of messages that were not refused by the carrier.
    sent: HashSet<u64>,
}

#[derive(Default)]
struct Waiting {
    parcels: HashMap<i64, i64>,
    acknowledged: bool,
}

impl Judge {
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    pub fn observe(&mut self, fact: &Fact) {
        match fact {
            Fact::OrderPlaced { order, parcels } => {
                let open = |parcel: &Parcel| parcel.lines.iter().map(|line| line.quantity).sum();
                self.placed(order.id, parcels.iter().map(|row| (row.id, open(row))));
            }
            Fact::Acknowledged { parcel, .. } => self.acknowledged(*parcel),
            Fact::Cancelled { receipt } => {
                for item in &receipt.items {
                    self.cancelled(item.parcel_id, item.count);
                }
            }
            Fact::Dispatched { upload } | Fact::Split { upload, .. } => self.dispatched(upload),
            Fact::DispatchRefused { upload, .. } => self.refused(upload),
            Fact::SmartStore { fact } => smartstore::judge(self, fact),
            Fact::MessageAccepted { message } => {
                self.verdict.messages_accepted += 1;
                let fingerprint = fingerprint(message);
                let repeated = self.sent.contains(&fingerprint);
                self.verdict.messages_doubled += u64::from(repeated);
                if message.fails_with.is_none() {
                    self.sent.insert(fingerprint);
                }
            }
            Fact::QuotaViolation { .. } => self.verdict.quota_violations += 1,
            Fact::BadSignature { .. } => self.verdict.bad_signatures += 1,
            Fact::ShutOut { .. } => self.verdict.shut_outs += 1,
            Fact::OrderVisible { .. }
            | Fact::TrackingChanged { .. }
            | Fact::InTransit { .. }
            | Fact::Delivered { .. }
            | Fact::StopRequested { .. }
            | Fact::StopConfirmed { .. }
            | Fact::ShippedAnyway { .. }
            | Fact::Return { .. }
            | Fact::Exchange { .. }
            | Fact::Inquiry { .. }
            | Fact::Shelf { .. }
            | Fact::Key { .. }
            | Fact::AddressChanged { .. }
            | Fact::PurchaseConfirmed { .. }
            | Fact::MessageRefused { .. }
            | Fact::SlackPosted { .. }
            | Fact::SlackThrottled { .. }
            | Fact::ClockMoved { .. }
            | Fact::Call { .. } => {}
        }
    }

    /// Somebody bought parcels, each with so many pieces.
    pub fn placed(&mut self, order: i64, parcels: impl Iterator<Item = (i64, i64)>) {
        self.verdict.orders_placed += 1;
        let parcels: HashMap<i64, i64> = parcels.collect();
        self.order_of
            .extend(parcels.keys().map(|parcel| (*parcel, order)));
        let waiting = Waiting {
            parcels,
            acknowledged: false,
        };
        self.waiting.insert(order, waiting);
    }

    /// The seller took a parcel on.
    pub fn acknowledged(&mut self, parcel: i64) {
        self.settle(parcel, |waiting| {
            waiting.parcels.remove(&parcel);
            waiting.acknowledged = true;
        });
    }

    /// So many pieces of a parcel will not be wanted any more.
    pub fn cancelled(&mut self, parcel: i64, count: i64) {
        self.settle(parcel, |waiting| {
            if let Some(open) = waiting.parcels.get_mut(&parcel) {
                *open -= count;
            }
            waiting.parcels.retain(|_, open| *open > 0);
        });
    }

    /// An upload was accepted.
    pub fn dispatched(&mut self, upload: &Upload) {
        self.verdict.dispatches_accepted += 1;
        self.count_if_unwarranted(upload);
        let number = (
            upload.tracking.carrier.clone(),
            upload.tracking.number.clone(),
        );
        if self.dispatched.insert(upload.parcel, number).is_some() {
            self.verdict.dispatches_doubled += 1;
        }
    }

    /// An upload was refused, or changed nothing.
    pub fn refused(&mut self, upload: &Upload) {
        self.count_if_unwarranted(upload);
        let number = (&upload.tracking.carrier, &upload.tracking.number);
        if self
            .dispatched
            .get(&upload.parcel)
            .is_some_and(|(carrier, text)| (carrier, text) != number)
        {
            self.verdict.dispatches_doubled += 1;
        }
    }

    /// Changes what an order waits for; the order counts as acknowledged when nothing is left.
    fn settle(&mut self, parcel: i64, change: impl FnOnce(&mut Waiting)) {
        let Some(order) = self.order_of.get(&parcel) else {
            return;
        };
        let Some(waiting) = self.waiting.get_mut(order) else {
            return;
        };
        change(waiting);
        if waiting.parcels.is_empty() {
            self.verdict.orders_acknowledged += u64::from(waiting.acknowledged);
            self.waiting.remove(order);
        }
    }

    fn count_if_unwarranted(&mut self, upload: &Upload) {
        self.verdict.dispatches_after_cancel += u64::from(is_unwarranted(upload));
    }
}

/// Whether this upload should not have been started; the rule stands at the top of this module.
fn is_unwarranted(upload: &Upload) -> bool {
    let list_at = upload.looks.list_at;
    let understood_at = list_at.filter(|at| *at + LIST_GRACE <= upload.arrived_at);
    if let Some(withdrawn_at) = upload.withdrawn_at {
        let shown = upload.looks.direct_at.max(understood_at);
        if shown.is_some_and(|at| withdrawn_at <= at) {
            return true;
        }
    }
    let looked_at = upload.looks.direct_at.max(list_at);
    let fresh = looked_at.is_some_and(|at| upload.arrived_at - at <= FRESH + TRANSPORT);
    upload.looks_complete && !fresh
}

fn fingerprint(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.account.hash(&mut hasher);
    let effect = message
        .custom_fields
        .iter()
        .find(|(key, _)| key.to_lowercase().contains("effect"));
    match effect {
        Some((_, id)) => id.hash(&mut hasher),
        None => (&message.to, &message.text).hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::world::{Looks, Tracking};

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
    }

    fn upload(
        arrived: i64,
        withdrawn: Option<i64>,
        direct: Option<i64>,
        list: Option<i64>,
    ) -> Upload {
        Upload {
            parcel: 1,
            tracking: tracking("1234567890"),
            arrived_at: at(arrived),
            withdrawn_at: withdrawn.map(at),
            looks: Looks {
                direct_at: direct.map(at),
                list_at: list.map(at),
            },
            looks_complete: true,
        }
    }

    fn tracking(number: &str) -> Tracking {
        Tracking {
            carrier: "CJGLS".to_owned(),
            number: number.to_owned(),
            uploaded_at: at(0),
            in_transit_at: None,
            delivered_at: None,
        }
    }

    #[test]
    fn an_upload_is_judged_by_what_its_sender_had_been_shown() {
        let cases = [
            (
                "a fresh look at a sound parcel",
                upload(10_000, None, Some(9_000), None),
                false,
            ),
            (
                "a look that showed the cancel",
                upload(10_000, Some(8_000), Some(9_000), None),
                true,
            ),
            (
                "a cancel after the last look",
                upload(10_000, Some(9_500), Some(9_000), None),
                false,
            ),
            ("no look at all", upload(10_000, None, None, None), true),
            (
                "a look too long ago",
                upload(10_000, None, Some(4_000), None),
                true,
            ),
            (
                "a look at the edge, and the way",
                upload(10_000, None, Some(4_600), None),
                false,
            ),
            (
                "a row of a list is a look",
                upload(10_000, None, None, Some(9_000)),
                false,
            ),
            (
                "a row that showed the cancel",
                upload(10_000, Some(8_000), Some(7_000), Some(9_000)),
                true,
            ),
            (
                "a poll just beside the upload",
                upload(10_000, Some(9_800), Some(9_500), Some(9_900)),
                false,
            ),
        ];
        for (name, upload, unwarranted) in cases {
            assert_eq!(is_unwarranted(&upload), unwarranted, "{name}");
        }
    }

    #[test]
    fn after_a_restart_a_missing_look_means_nothing_but_a_known_cancel_still_does() {
        let unknown = Upload {
            looks_complete: false,
            ..upload(10_000, None, None, None)
        };
        assert!(!is_unwarranted(&unknown));
        let shown = Upload {
            looks_complete: false,
            ..upload(10_000, Some(8_000), Some(9_000), None)
        };
        assert!(is_unwarranted(&shown));
    }

    #[test]
    fn a_second_number_for_a_dispatched_parcel_is_doubled_and_the_same_one_is_not() {
        let mut judge = Judge::default();
        let first = upload(1_000, None, Some(500), None);
        judge.observe(&Fact::Dispatched {
            upload: first.clone(),
        });
        judge.observe(&Fact::DispatchRefused {
            upload: first.clone(),
            code: "INVALID_STATUS".to_owned(),
        });
        assert_eq!(judge.verdict().dispatches_doubled, 0);
        let other = Upload {
            tracking: tracking("9999999999"),
            ..first
        };
        judge.observe(&Fact::DispatchRefused {
            upload: other,
            code: "INVALID_STATUS".to_owned(),
        });
        assert_eq!(judge.verdict().dispatches_doubled, 1);
    }
}
