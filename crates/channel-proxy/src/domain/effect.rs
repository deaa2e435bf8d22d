//! What this service remembers of every write: the highest fence seen and the outcome.

use chrono::{DateTime, Utc};
use moa_id::EffectId;

use crate::domain::write::{WriteAnswer, WriteOutcome};

/// Which write an effect stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// The merchant accepts a parcel.
    Acknowledge,
    /// A parcel left.
    Dispatch,
    /// A parcel stays, as was asked.
    ConfirmStop,
    /// A parcel had left before its stop was asked for.
    ReportAlreadyShipped,
    /// The merchant cancels lines.
    CancelLines,
    /// A claim is granted.
    ApproveClaim,
    /// A claim is refused.
    RejectClaim,
    /// Goods are back.
    ConfirmCollected,
    /// Under which number goods come back.
    ReportCollection,
    /// An exchange's goods left.
    ReshipExchange,
    /// A refund waits.
    HoldClaim,
    /// A refund waits no more.
    ReleaseClaim,
    /// A parcel that left gets another number.
    CorrectTracking,
    /// A parcel leaves later than promised.
    DelayDispatch,
    /// A parcel arrived although no carrier said so.
    ReportDelivered,
    /// A question is answered.
    AnswerInquiry,
    /// A question was read.
    ConfirmInquiry,
    /// So many can be sold.
    SetStock,
    /// One piece costs so much.
    SetPrice,
    /// A listing is not sold any more.
    StopSale,
    /// A listing is sold again.
    ResumeSale,
}

impl EffectKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "ACKNOWLEDGE",
            Self::Dispatch => "DISPATCH",
            Self::ConfirmStop => "CONFIRM_STOP",
            Self::ReportAlreadyShipped => "REPORT_ALREADY_SHIPPED",
            Self::CancelLines => "CANCEL_LINES",
            Self::ApproveClaim => "APPROVE_CLAIM",
            Self::RejectClaim => "REJECT_CLAIM",
            Self::ConfirmCollected => "CONFIRM_COLLECTED",
            Self::ReportCollection => "REPORT_COLLECTION",
            Self::ReshipExchange => "RESHIP_EXCHANGE",
            Self::HoldClaim => "HOLD_CLAIM",
            Self::ReleaseClaim => "RELEASE_CLAIM",
            Self::CorrectTracking => "CORRECT_TRACKING",
            Self::DelayDispatch => "DELAY_DISPATCH",
            Self::ReportDelivered => "REPORT_DELIVERED",
            Self::AnswerInquiry => "ANSWER_INQUIRY",
            Self::ConfirmInquiry => "CONFIRM_INQUIRY",
            Self::SetStock => "SET_STOCK",
            Self::SetPrice => "SET_PRICE",
            Self::StopSale => "STOP_SALE",
            Self::ResumeSale => "RESUME_SALE",
        }
    }
}

/// What is stored of one effect.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEffect {
    /// The effect.
    pub effect_id: EffectId,
    /// The highest fence seen.
    pub fence: i64,
    /// How far its last attempt came.
    pub progress: Progress,
    /// Looks since the last attempt that found no trace of it.
    pub clean_probes: i32,
}

/// How far the last attempt of an effect came.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Nothing left yet.
    New,
    /// Something may have left; the answer is not stored (yet, or ever).
    Sending {
        /// When it may have left.
        since: DateTime<Utc>,
    },
    /// The channel's answer.
    Decided(WriteAnswer),
}

/// Whether an attempt may go out.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It may.
    Fresh,
    /// It was answered before.
    Answered(WriteAnswer),
    /// A higher fence was seen: the caller lost its claim.
    Stale {
        /// The highest fence.
        highest: i64,
    },
}

impl StoredEffect {
    /// Decides about an attempt under `fence`.
    ///
    /// A repeat under the same fence gets the stored answer. A new attempt goes out after a refusal, but after an
    /// unclear outcome only once a look found no trace of it, and never after a confirmation.
    pub fn admit(&self, fence: i64) -> Admission {
        if fence < self.fence {
            let highest = self.fence;
            return Admission::Stale { highest };
        }
        let is_new_attempt = fence > self.fence;
        let probed = is_new_attempt && self.clean_probes > 0;
        match &self.progress {
            Progress::New => Admission::Fresh,
            Progress::Sending { .. } if probed => Admission::Fresh,
            Progress::Sending { .. } => Admission::Answered(WriteAnswer::new(
                WriteOutcome::Unclear,
                "OUTCOME_UNKNOWN",
                "an attempt was begun and its outcome is not known; probe it",
            )),
            Progress::Decided(answer) => match answer.outcome {
                WriteOutcome::Confirmed => Admission::Answered(answer.clone()),
                WriteOutcome::Unclear if probed => Admission::Fresh,
                WriteOutcome::Unclear => Admission::Answered(answer.clone()),
                _ if is_new_attempt => Admission::Fresh,
                _ => Admission::Answered(answer.clone()),
            },
        }
    }
}

/// The answer to an attempt whose fence is not the highest.
pub fn stale_fence(highest: i64) -> WriteAnswer {
    WriteAnswer::new(
        WriteOutcome::RefusedLater,
        "STALE_FENCE",
        format!("nothing was sent: another worker holds this effect under fence {highest}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(progress: Progress, clean_probes: i32) -> StoredEffect {
        StoredEffect {
            effect_id: moa_id::Ids::seeded(5).next(),
            fence: 7,
            progress,
            clean_probes,
        }
    }

    fn decided(outcome: WriteOutcome) -> Progress {
        Progress::Decided(WriteAnswer::new(outcome, "R", "d"))
    }

    fn word(admission: &Admission) -> &'static str {
        match admission {
            Admission::Fresh => "fresh",
            Admission::Answered(answer) => answer.outcome.as_str(),
            Admission::Stale { .. } => "stale",
        }
    }

    #[test]
    fn every_pair_of_progress_and_fence_has_its_admission() {
        let sending = Progress::Sending {
            since: DateTime::UNIX_EPOCH,
        };
        // progress, clean probes, lower fence, same fence, higher fence
        let table = [
            (Progress::New, 0, "fresh", "fresh"),
            (sending.clone(), 0, "UNCLEAR", "UNCLEAR"),
            (sending, 1, "UNCLEAR", "fresh"),
            (
                decided(WriteOutcome::Confirmed),
                1,
                "CONFIRMED",
                "CONFIRMED",
            ),
            (
                decided(WriteOutcome::RefusedFinal),
                0,
                "REFUSED_FINAL",
                "fresh",
            ),
            (
                decided(WriteOutcome::RefusedLater),
                0,
                "REFUSED_LATER",
                "fresh",
            ),
            (decided(WriteOutcome::Blocked), 0, "BLOCKED", "fresh"),
            (decided(WriteOutcome::Unclear), 0, "UNCLEAR", "UNCLEAR"),
            (decided(WriteOutcome::Unclear), 1, "UNCLEAR", "fresh"),
        ];
        for (progress, probes, same, higher) in table {
            let effect = stored(progress, probes);
            assert_eq!(word(&effect.admit(6)), "stale", "{effect:?}");
            assert_eq!(word(&effect.admit(7)), same, "{effect:?}");
            assert_eq!(word(&effect.admit(8)), higher, "{effect:?}");
        }
    }
}
