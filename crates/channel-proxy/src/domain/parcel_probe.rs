//! Did a change of a parcel happen? Answered from a fresh look.

use crate::domain::facts::ParcelSight;
use crate::domain::operation::CancelledLine;
use crate::domain::order::LineState;
use crate::domain::probe::{Finding, blocked, conflict, same_number};

/// Whether the merchant's cancel happened. A parcel that is gone was cancelled whole, which is more than was asked.
pub fn cancelled(sight: &ParcelSight, lines: &[CancelledLine]) -> Finding {
    let parcel = match sight {
        ParcelSight::Gone => return Finding::Happened,
        ParcelSight::NotFound => return not_found(),
        ParcelSight::Seen(parcel) => parcel,
    };
    let mut done = 0;
    for line in lines {
        let mut seen = parcel.lines.iter();
        let seen = seen.find(|seen| seen.channel_line_id == line.channel_line_id);
        let Some(seen) = seen else {
            return conflict(
                "PARCEL_CHANGED",
                format!("line {} is not in the parcel", line.channel_line_id),
            );
        };
        let expected = line.cancelled_before.saturating_add(line.quantity);
        if seen.cancelled >= expected {
            done += 1;
        } else if seen.cancelled > line.cancelled_before {
            return conflict(
                "QUANTITY_CHANGED",
                format!(
                    "of line {} the channel counts {} cancelled, and {expected} were expected",
                    line.channel_line_id, seen.cancelled
                ),
            );
        }
    }
    match done {
        0 => Finding::Clean,
        all if all == lines.len() => Finding::Happened,
        some => conflict(
            "LINES_PARTLY_CANCELLED",
            format!("{some} of {} lines are cancelled", lines.len()),
        ),
    }
}

/// Whether a parcel that left has this number now.
pub fn corrected(sight: &ParcelSight, tracking_number: &str) -> Finding {
    let parcel = match sight {
        ParcelSight::Gone => return gone(),
        ParcelSight::NotFound => return not_found(),
        ParcelSight::Seen(parcel) => parcel,
    };
    match &parcel.state {
        LineState::Dispatched | LineState::Delivered | LineState::Confirmed => {
            if same_number(&parcel.tracking_number, tracking_number) {
                Finding::Happened
            } else {
                Finding::Clean
            }
        }
        _ => conflict("PARCEL_NOT_DISPATCHED", "the parcel has not left"),
    }
}

/// Whether a parcel counts as arrived.
pub fn delivered(sight: &ParcelSight) -> Finding {
    let parcel = match sight {
        ParcelSight::Gone => return gone(),
        ParcelSight::NotFound => return not_found(),
        ParcelSight::Seen(parcel) => parcel,
    };
    match &parcel.state {
        LineState::Delivered | LineState::Confirmed => Finding::Happened,
        LineState::Dispatched => Finding::Clean,
        _ => conflict("PARCEL_NOT_DISPATCHED", "the parcel has not left"),
    }
}

fn gone() -> Finding {
    blocked(
        "ORDER_CANCELLED",
        "the channel says that this order was cancelled or returned",
    )
}

fn not_found() -> Finding {
    conflict("PARCEL_NOT_FOUND", "the channel does not know this parcel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::{SeenLine, SeenParcel, Split};

    fn parcel(state: LineState, number: &str, cancelled: &[i32]) -> ParcelSight {
        let lines = cancelled
            .iter()
            .enumerate()
            .map(|(at, cancelled)| SeenLine {
                channel_line_id: at.to_string(),
                quantity: 3,
                cancelled: *cancelled,
                held: 0,
            });
        ParcelSight::Seen(SeenParcel {
            channel_order_id: "1".to_owned(),
            channel_parcel_id: "10".to_owned(),
            state,
            tracking_number: number.to_owned(),
            split: Split::Possible,
            receiver: Box::default(),
            lines: lines.collect(),
        })
    }

    fn word(finding: &Finding) -> &'static str {
        match finding {
            Finding::Happened => "happened",
            Finding::Clean => "clean",
            Finding::Blocked { reason, .. } | Finding::Conflict { reason, .. } => reason,
        }
    }

    #[test]
    fn a_cancel_is_counted_from_what_was_cancelled_before() {
        let line = |id: &str, quantity, cancelled_before| CancelledLine {
            channel_line_id: id.to_owned(),
            quantity,
            cancelled_before,
        };
        let asked = [line("0", 2, 0), line("1", 1, 1)];
        let table: [(&[i32], &str); 6] = [
            (&[0, 1], "clean"),
            (&[2, 2], "happened"),
            (&[3, 2], "happened"),
            (&[2, 1], "LINES_PARTLY_CANCELLED"),
            (&[1, 1], "QUANTITY_CHANGED"),
            (&[2], "PARCEL_CHANGED"),
        ];
        for (cancelled_now, expected) in table {
            let sight = parcel(LineState::Placed, "", cancelled_now);
            assert_eq!(
                word(&cancelled(&sight, &asked)),
                expected,
                "{cancelled_now:?}"
            );
        }
        assert_eq!(word(&cancelled(&ParcelSight::Gone, &asked)), "happened");
    }

    #[test]
    fn a_correction_happened_once_the_number_is_there() {
        let sent = |number| parcel(LineState::Dispatched, number, &[0]);
        assert_eq!(word(&corrected(&sent("6804-1"), "68041")), "happened");
        assert_eq!(word(&corrected(&sent("1"), "2")), "clean");
        let waiting = parcel(LineState::Acknowledged, "", &[0]);
        assert_eq!(word(&corrected(&waiting, "2")), "PARCEL_NOT_DISPATCHED");
        assert_eq!(word(&corrected(&ParcelSight::Gone, "2")), "ORDER_CANCELLED");
        assert_eq!(word(&delivered(&sent("1"))), "clean");
        let arrived = parcel(LineState::Delivered, "1", &[0]);
        assert_eq!(word(&delivered(&arrived)), "happened");
    }
}
