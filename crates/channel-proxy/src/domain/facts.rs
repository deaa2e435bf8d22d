//! What a look at the channel showed of a parcel, and what follows for a dispatch.

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::domain::claim::{ChannelClaim, ClaimKind, ClaimState};
use crate::domain::failure::FailureKind;
use crate::domain::order::LineState;
use crate::domain::permit::{Cargo, Part};
use crate::domain::receiver::Receiver;

/// What shall leave with a parcel: a line and how many of it were packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackedLine {
    /// The channel's line.
    pub channel_line_id: String,
    /// How many.
    pub quantity: i32,
}

/// A look at one parcel: its detail and its order's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelFacts {
    /// What its detail showed.
    pub parcel: ParcelSight,
    /// Every claim found of its order.
    pub claims: Vec<ChannelClaim>,
    /// The reads this rests on.
    pub reads: Vec<Read>,
}

/// One read of the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What was asked, e.g. "ordersheet".
    pub what: &'static str,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// The same by the steady clock.
    pub sent: Instant,
    /// When the answer was there.
    pub answered_at: DateTime<Utc>,
    /// The answer's status code.
    pub http_status: u16,
}

/// What a parcel's detail showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelSight {
    /// The channel says it was cancelled or returned. Final: not asked again.
    Gone,
    /// The channel does not know it (a split gives new ids).
    NotFound,
    /// There it is.
    Seen(SeenParcel),
}

/// A parcel as the channel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenParcel {
    /// Its order.
    pub channel_order_id: String,
    /// Its id.
    pub channel_parcel_id: String,
    /// Where it stands.
    pub state: LineState,
    /// The tracking number there; empty if none.
    pub tracking_number: String,
    /// Whether it may leave in parts.
    pub split: Split,
    /// Whom it goes to.
    pub receiver: Box<Receiver>,
    /// What is in it.
    pub lines: Vec<SeenLine>,
}

/// Whether a parcel may leave in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// It may.
    Possible,
    /// The channel does not split it.
    Impossible,
    /// It was split: this is one of its parts.
    Done,
}

/// A line of a parcel as the channel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLine {
    /// The channel's line.
    pub channel_line_id: String,
    /// Bought.
    pub quantity: i32,
    /// Cancelled of it.
    pub cancelled: i32,
    /// Waiting for a cancel to be decided.
    pub held: i32,
}

/// What a look means for a dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing speaks against it.
    Clear,
    /// Something does.
    Blocked {
        /// Stable reason.
        reason: &'static str,
        /// For people.
        detail: String,
    },
    /// The channel has exactly this parcel dispatched already.
    AlreadyDispatched {
        /// The number there.
        tracking_number: String,
    },
}

fn blocked(reason: &'static str, detail: impl Into<String>) -> Judgement {
    let detail = detail.into();
    Judgement::Blocked { reason, detail }
}

impl ParcelFacts {
    /// When the oldest read was sent.
    pub fn oldest_read_at(&self) -> Option<DateTime<Utc>> {
        self.reads.iter().map(|read| read.sent_at).min()
    }

    /// The same by the steady clock.
    pub fn oldest_read(&self) -> Option<Instant> {
        self.reads.iter().map(|read| read.sent).min()
    }

    /// Judges whether exactly this may leave.
    pub fn judge(&self, cargo: &Cargo) -> Judgement {
        let parcel = match &self.parcel {
            ParcelSight::Gone => {
                return blocked(
                    "ORDER_CANCELLED",
                    "the channel says that this order was cancelled or returned",
                );
            }
            ParcelSight::NotFound => {
                return blocked(
                    "PARCEL_CHANGED",
                    "the channel does not know this parcel any more; a split or a merge gave it a new id",
                );
            }
            ParcelSight::Seen(parcel) => parcel,
        };
        let packed = cargo.lines();
        if parcel.channel_order_id != cargo.channel_order_id {
            return blocked(
                "PARCEL_CHANGED",
                "the parcel belongs to another order at the channel",
            );
        }
        if let Some(stop) = self.stopping_claim(parcel) {
            return stop;
        }
        let all_cancelled = parcel
            .lines
            .iter()
            .all(|line| line.shippable() == 0 && line.held == 0);
        if all_cancelled && !parcel.lines.is_empty() {
            return blocked("ORDER_CANCELLED", "every line of the parcel is cancelled");
        }
        match &parcel.state {
            LineState::Acknowledged => judge_lines(parcel, packed, cargo.part()),
            LineState::Placed => blocked(
                "PARCEL_NOT_ACKNOWLEDGED",
                "the parcel is not acknowledged; the channel takes no tracking number before it",
            ),
            LineState::Dispatched | LineState::Delivered | LineState::Confirmed => {
                if same_lines(parcel, packed, &[]) {
                    Judgement::AlreadyDispatched {
                        tracking_number: parcel.tracking_number.clone(),
                    }
                } else {
                    blocked(
                        "PARCEL_ALREADY_DISPATCHED",
                        "the channel has this parcel dispatched with other lines",
                    )
                }
            }
            LineState::Cancelled | LineState::Returned => {
                blocked("ORDER_CANCELLED", "the parcel is cancelled or returned")
            }
            LineState::Unknown(word) => blocked(
                FailureKind::UnknownState.reason(),
                format!("the channel shows the parcel in the unknown state {word:?}"),
            ),
        }
    }

    /// A claim that forbids the parcel to leave. A completed cancel that the detail does not count yet forbids it too:
    /// the two come from different systems of the channel.
    fn stopping_claim(&self, parcel: &SeenParcel) -> Option<Judgement> {
        let before_dispatch = matches!(parcel.state, LineState::Placed | LineState::Acknowledged);
        let claims = self
            .claims
            .iter()
            .filter(|claim| claim.channel_order_id == parcel.channel_order_id);
        let mut uncounted = None;
        for claim in claims {
            for line in &parcel.lines {
                let Some(claimed) =
                    claim.quantity_of(&parcel.channel_parcel_id, &line.channel_line_id)
                else {
                    continue;
                };
                let id = &claim.channel_claim_id;
                if claim.is_open() {
                    return Some(match claim.kind {
                        ClaimKind::StopShipment | ClaimKind::Cancel => blocked(
                            "CANCEL_REQUESTED",
                            format!("claim {id} asks that the parcel does not leave"),
                        ),
                        ClaimKind::Return | ClaimKind::Exchange if before_dispatch => {
                            blocked("CLAIM_OPEN", format!("claim {id} is open"))
                        }
                        // Of a parcel that left: the state says so, and the claim is handled as such.
                        ClaimKind::Return | ClaimKind::Exchange => continue,
                    });
                }
                let stops = claim.state == ClaimState::Completed
                    && matches!(claim.kind, ClaimKind::StopShipment | ClaimKind::Cancel);
                if stops && before_dispatch && claimed.min(line.quantity) > line.cancelled {
                    uncounted = Some(blocked(
                        "ORDER_CANCELLED",
                        format!("claim {id} cancelled more than the parcel's detail shows"),
                    ));
                }
            }
        }
        uncounted
    }
}

/// Nothing of the parcel waits for a cancel, and what was packed is what the channel expects to leave.
fn judge_lines(parcel: &SeenParcel, packed: &[PackedLine], part: &Part) -> Judgement {
    if let Some(line) = parcel.lines.iter().find(|line| line.held > 0) {
        return blocked(
            "LINE_HELD",
            format!(
                "{} of line {} wait for a cancel to be decided",
                line.held, line.channel_line_id
            ),
        );
    }
    let (waiting, fits): (&[String], _) = match (part, parcel.split) {
        (Part::First { waiting }, Split::Possible) => (waiting, Ok(())),
        (Part::First { .. }, Split::Impossible) => {
            (&[], Err("the channel does not split this parcel"))
        }
        (Part::First { .. }, Split::Done) => (&[], Err("the parcel was split before")),
        (Part::Last, Split::Done) | (Part::Whole, Split::Possible | Split::Impossible) => {
            (&[], Ok(()))
        }
        (Part::Last, _) => (&[], Err("the parcel was not split")),
        (Part::Whole, Split::Done) => (
            &[],
            Err("the parcel was split; inspect what is left of it as its last part"),
        ),
    };
    if let Err(detail) = fits {
        return blocked("SPLIT_NOT_POSSIBLE", detail);
    }
    if !same_lines(parcel, packed, waiting) {
        return blocked(
            "PARCEL_CHANGED",
            "the lines of the parcel at the channel are not those that were packed",
        );
    }
    let leaves = |line: &&SeenLine| !waiting.contains(&line.channel_line_id);
    for line in parcel.lines.iter().filter(leaves) {
        let packed = packed_quantity(packed, &line.channel_line_id);
        if packed != line.shippable() {
            return blocked(
                "QUANTITY_CHANGED",
                format!(
                    "of line {} the channel expects {} and {packed} were packed",
                    line.channel_line_id,
                    line.shippable()
                ),
            );
        }
    }
    Judgement::Clear
}

impl SeenLine {
    /// What may leave.
    pub fn shippable(&self) -> i32 {
        self.quantity
            .saturating_sub(self.cancelled)
            .saturating_sub(self.held)
            .max(0)
    }
}

fn packed_quantity(packed: &[PackedLine], line_id: &str) -> i32 {
    let mut lines = packed.iter();
    lines
        .find(|line| line.channel_line_id == line_id)
        .map_or(0, |line| line.quantity)
}

/// Every line that is not cancelled is either packed or waiting, and nothing else.
fn same_lines(parcel: &SeenParcel, packed: &[PackedLine], waiting: &[String]) -> bool {
    let known = |id: &str| parcel.lines.iter().any(|line| line.channel_line_id == id);
    let live = |line: &&SeenLine| line.quantity > line.cancelled;
    let leaves = |id: &str| packed.iter().any(|line| line.channel_line_id == id);
    packed.iter().all(|line| known(&line.channel_line_id))
        && waiting.iter().all(|id| known(id))
        && parcel
            .lines
            .iter()
            .filter(live)
            .all(|line| leaves(&line.channel_line_id) != waiting.contains(&line.channel_line_id))
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
