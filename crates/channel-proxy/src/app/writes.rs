//! The one way of a write that needs no permit: what was answered before is answered again, then comes a slot, then
//! the attempt is written down, then it leaves, and its answer is stored.

use std::future::Future;

use super::App;
use super::attempts::Attempt;
use super::open::Open;
use crate::domain::effect::EffectKind;
use crate::domain::failure::{CallFailure, Reach};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::error::Error;
use crate::quota::Slot;

/// A write about to leave.
pub struct Write<'a, S> {
    /// Whose, and the way.
    pub open: &'a Open,
    /// Which kind of effect.
    pub kind: EffectKind,
    /// One per item.
    pub attempts: &'a [Attempt],
    /// Waits for the call's turn.
    pub slot: S,
}

impl App {
    /// Makes one call for all attempts that may leave. `call` gets the slot and the positions of those attempts, and
    /// answers each in the same order. One answer per attempt, in the same order.
    pub async fn write<S, C, A>(
        &self,
        write: Write<'_, S>,
        call: C,
    ) -> Result<Vec<WriteAnswer>, Error>
    where
        S: Future<Output = Result<Slot, CallFailure>>,
        C: FnOnce(Slot, Vec<usize>) -> A,
        A: Future<Output = Vec<WriteAnswer>>,
    {
        let (open, kind, attempts) = (write.open, write.kind, write.attempts);
        let merchant_id = open.account.merchant_id;
        let before = self.answered_before(merchant_id, kind, attempts).await?;
        if before.iter().all(Result::is_err) {
            return Ok(merge(before, std::iter::empty()));
        }
        let slot = match write.slot.await {
            Ok(slot) => slot,
            Err(failure) => {
                let refused = WriteAnswer::from_failure(&failure);
                return Ok(merge(before, std::iter::repeat(refused)));
            }
        };
        let begun = match self.begin(open, kind, attempts).await {
            Ok(begun) => begun,
            Err(error) => {
                slot.unused();
                return Err(error);
            }
        };
        let leave = begun.leave.iter().enumerate();
        let leaving: Vec<usize> = leave
            .filter(|(_, leave)| leave.is_ok())
            .map(|(at, _)| at)
            .collect();
        if leaving.is_empty() {
            slot.unused();
            return Ok(merge(begun.leave, std::iter::empty()));
        }
        let answers = call(slot, leaving.clone()).await;
        let left = leaving.iter().filter_map(|at| attempts.get(*at));
        let answered: Vec<_> = left
            .zip(answers)
            .map(|(attempt, answer)| (attempt.effect_id, attempt.fence, answer))
            .collect();
        self.record(merchant_id, kind, &answered).await;
        Ok(merge(
            begun.leave,
            answered.into_iter().map(|(_, _, answer)| answer),
        ))
    }
}

/// A call that could not even be begun is an answer to each item: nothing was sent, and nobody need probe.
pub fn unsent(
    result: Result<Vec<WriteAnswer>, Error>,
    count: usize,
) -> Result<Vec<WriteAnswer>, Error> {
    match result {
        Err(Error::Call(failure)) if failure.reach == Reach::NoEffect => {
            Ok(vec![WriteAnswer::from_failure(&failure); count])
        }
        result => result,
    }
}

/// The answers in the order of the items: those given before, and those of the call for the rest.
pub fn merge(
    leave: Vec<Result<(), WriteAnswer>>,
    answers: impl IntoIterator<Item = WriteAnswer>,
) -> Vec<WriteAnswer> {
    let mut answers = answers.into_iter();
    let mut pick = |leave: Result<(), WriteAnswer>| match leave {
        Ok(()) => answers.next().unwrap_or_else(unanswered),
        Err(answer) => answer,
    };
    leave.into_iter().map(&mut pick).collect()
}

/// What an attempt has of which the call said nothing.
pub fn unanswered() -> WriteAnswer {
    WriteAnswer::new(
        WriteOutcome::Unclear,
        "OUTCOME_UNKNOWN",
        "the attempt has no answer; probe it",
    )
}
