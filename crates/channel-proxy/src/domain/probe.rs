//! Did a write happen? Answered from a fresh look.

use crate::domain::facts::{ParcelFacts, ParcelSight, SeenParcel};
use crate::domain::failure::FailureKind;
use crate::domain::order::LineState;

/// What a look says about a write whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It happened.
    Happened,
    /// No trace of it.
    Clean,
    /// The order is cancelled, held or claimed.
    Blocked {
        /// Stable reason.
        reason: &'static str,
        /// For people.
        detail: String,
    },
    /// Something else happened.
    Conflict {
        /// Stable reason.
        reason: &'static str,
        /// For people.
        detail: String,
    },
}

/// What a look says, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What follows.
    pub finding: Finding,
    /// JSON text without personal data.
    pub evidence: String,
}

/// Something else happened.
pub fn conflict(reason: &'static str, detail: impl Into<String>) -> Finding {
    let detail = detail.into();
    Finding::Conflict { reason, detail }
}

/// It must not happen.
pub fn blocked(reason: &'static str, detail: impl Into<String>) -> Finding {
    let detail = detail.into();
    Finding::Blocked { reason, detail }
}

/// The parcel, or what its absence means.
fn seen<'a>(facts: &'a ParcelFacts, channel_order_id: &str) -> Result<&'a SeenParcel, Finding> {
    match &facts.parcel {
        ParcelSight::Gone => Err(blocked(
            "ORDER_CANCELLED",
            "the channel says that this order was cancelled or returned",
        )),
        ParcelSight::NotFound => Err(conflict(
            "PARCEL_CHANGED",
            "the channel does not know this parcel any more",
        )),
        ParcelSight::Seen(parcel) if parcel.channel_order_id != channel_order_id => Err(conflict(
            "PARCEL_CHANGED",
            "the parcel belongs to another order at the channel",
        )),
        ParcelSight::Seen(parcel) => Ok(parcel),
    }
}

fn held(parcel: &SeenParcel) -> Option<Finding> {
    let line = parcel.lines.iter().find(|line| line.held > 0)?;
    Some(blocked(
        "LINE_HELD",
        format!(
            "{} of line {} wait for a cancel to be decided",
            line.held, line.channel_line_id
        ),
    ))
}

/// Whether the parcel was acknowledged.
pub fn acknowledged(facts: &ParcelFacts, channel_order_id: &str) -> Finding {
    let parcel = match seen(facts, channel_order_id) {
        Ok(parcel) => parcel,
        Err(finding) => return finding,
    };
    match &parcel.state {
        LineState::Placed => held(parcel).unwrap_or(Finding::Clean),
        LineState::Acknowledged
        | LineState::Dispatched
        | LineState::Delivered
        | LineState::Confirmed => Finding::Happened,
        LineState::Cancelled | LineState::Returned => {
            blocked("ORDER_CANCELLED", "the parcel is cancelled or returned")
        }
        LineState::Unknown(word) => conflict(
            FailureKind::UnknownState.reason(),
            format!("the channel shows the parcel in the unknown state {word:?}"),
        ),
    }
}

/// Whether the parcel was dispatched under this number.
pub fn dispatched(facts: &ParcelFacts, channel_order_id: &str, tracking_number: &str) -> Finding {
    let parcel = match seen(facts, channel_order_id) {
        Ok(parcel) => parcel,
        Err(finding) => return finding,
    };
    match &parcel.state {
        LineState::Placed | LineState::Acknowledged => held(parcel).unwrap_or(Finding::Clean),
        LineState::Dispatched | LineState::Delivered | LineState::Confirmed => {
            if same_number(&parcel.tracking_number, tracking_number) {
                Finding::Happened
            } else {
                conflict(
                    "TRACKING_NUMBER_DIFFERS",
                    format!(
                        "the channel has the parcel dispatched under {}",
                        parcel.tracking_number
                    ),
                )
            }
        }
        LineState::Cancelled | LineState::Returned => {
            blocked("ORDER_CANCELLED", "the parcel is cancelled or returned")
        }
        LineState::Unknown(word) => conflict(
            FailureKind::UnknownState.reason(),
            format!("the channel shows the parcel in the unknown state {word:?}"),
        ),
    }
}

/// Whether two tracking numbers are one: channels store them with and without hyphens.
pub fn same_number(a: &str, b: &str) -> bool {
    digits(a) == digits(b)
}

fn digits(number: &str) -> String {
    number
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::SeenLine;

    fn facts(state: LineState, tracking_number: &str, held: i32) -> ParcelFacts {
        ParcelFacts {
            parcel: ParcelSight::Seen(SeenParcel {
                channel_order_id: "1".to_owned(),
                channel_parcel_id: "10".to_owned(),
                state,
                tracking_number: tracking_number.to_owned(),
                split: crate::domain::facts::Split::Possible,
                receiver: Box::default(),
                lines: vec![SeenLine {
                    channel_line_id: "a".to_owned(),
                    quantity: 2,
                    cancelled: 0,
                    held,
                }],
            }),
            claims: Vec::new(),
            reads: Vec::new(),
        }
    }

    fn word(finding: &Finding) -> &'static str {
        match finding {
            Finding::Happened => "happened",
            Finding::Clean => "clean",
            Finding::Blocked { reason, .. } | Finding::Conflict { reason, .. } => reason,
        }
    }

    #[test]
    fn a_dispatch_happened_only_under_its_own_number() {
        let table = [
            (facts(LineState::Acknowledged, "", 0), "clean"),
            (facts(LineState::Acknowledged, "", 1), "LINE_HELD"),
            (
                facts(LineState::Dispatched, "6804-0545-0931", 0),
                "happened",
            ),
            (facts(LineState::Delivered, "680405450931", 0), "happened"),
            (
                facts(LineState::Dispatched, "680405450932", 0),
                "TRACKING_NUMBER_DIFFERS",
            ),
            (
                facts(LineState::Unknown("X".to_owned()), "", 0),
                "CHANNEL_STATE_UNKNOWN",
            ),
        ];
        for (facts, expected) in table {
            let finding = dispatched(&facts, "1", "680405450931");
            assert_eq!(word(&finding), expected, "{facts:?}");
        }
    }

    #[test]
    fn an_acknowledge_happened_once_the_parcel_is_past_it() {
        let table = [
            (facts(LineState::Placed, "", 0), "clean"),
            (facts(LineState::Placed, "", 2), "LINE_HELD"),
            (facts(LineState::Acknowledged, "", 0), "happened"),
            (facts(LineState::Dispatched, "1", 0), "happened"),
        ];
        for (facts, expected) in table {
            assert_eq!(word(&acknowledged(&facts, "1")), expected, "{facts:?}");
        }
        let mut gone = facts(LineState::Placed, "", 0);
        assert_eq!(word(&acknowledged(&gone, "2")), "PARCEL_CHANGED");
        gone.parcel = ParcelSight::Gone;
        assert_eq!(word(&acknowledged(&gone, "1")), "ORDER_CANCELLED");
    }
}
