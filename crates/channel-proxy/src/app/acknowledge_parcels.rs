use moa_id::{ChannelAccountId, EffectId, MerchantId};
use tokio::time::Instant;

use super::App;
use super::attempts::Attempt;
use super::open::Open;
use crate::channel::AcknowledgeParcel;
use crate::domain::effect::EffectKind;
use crate::domain::failure::Reach;
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::error::Error;

/// One parcel to accept, as one effect.
#[derive(Debug, Clone)]
pub struct AcknowledgeItem {
    pub effect_id: EffectId,
    pub fence: i64,
    pub parcel: AcknowledgeParcel,
}

const KIND: EffectKind = EffectKind::Acknowledge;

impl App {
    /// Tells the channel that the merchant accepts parcels. One answer per item, in the same order.
    #[tracing::instrument(name = "channel_proxy.acknowledge_parcels", skip_all, fields(channel_account.id = %id))]
    pub async fn acknowledge_parcels(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        items: Vec<AcknowledgeItem>,
        deadline: Instant,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let (app, count) = (self.clone(), items.len());
        let work = async move {
            let open = app.open(merchant_id, id).await?;
            app.acknowledge(&open, &items, deadline).await
        };
        unsent(self.detached(work).await, count)
    }

    async fn acknowledge(
        &self,
        open: &Open,
        items: &[AcknowledgeItem],
        deadline: Instant,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let merchant_id = open.account.merchant_id;
        let attempts: Vec<Attempt> = items
            .iter()
            .map(|item| Attempt {
                effect_id: item.effect_id,
                fence: item.fence,
                permit: None,
            })
            .collect();
        let before = self.answered_before(merchant_id, KIND, &attempts).await?;
        if before.iter().all(Result::is_err) {
            return Ok(merge(before, std::iter::empty()));
        }
        let bucket = open.channel.acknowledge_bucket();
        let slot = open.session.slot_in(bucket, CallClass::Gate, deadline);
        let slot = match slot.await {
            Ok(slot) => slot,
            Err(failure) => {
                let refused = WriteAnswer::from_failure(&failure);
                return Ok(merge(before, std::iter::repeat(refused)));
            }
        };
        let begun = match self.begin(open, KIND, &attempts).await {
            Ok(begun) => begun,
            Err(error) => {
                slot.unused();
                return Err(error);
            }
        };
        let leaving = items
            .iter()
            .zip(&begun.leave)
            .filter(|(_, leave)| leave.is_ok());
        let leaving: Vec<&AcknowledgeItem> = leaving.map(|(item, _)| item).collect();
        if leaving.is_empty() {
            slot.unused();
            return Ok(merge(begun.leave, std::iter::empty()));
        }
        let parcels: Vec<_> = leaving.iter().map(|item| item.parcel.clone()).collect();
        let answers = open
            .channel
            .acknowledge(&open.session, slot, &parcels, deadline)
            .await;
        let answered: Vec<_> = leaving
            .iter()
            .zip(answers)
            .map(|(item, answer)| (item.effect_id, item.fence, answer))
            .collect();
        self.record(merchant_id, KIND, &answered).await;
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
    let unanswered = || {
        WriteAnswer::new(
            crate::domain::write::WriteOutcome::Unclear,
            "OUTCOME_UNKNOWN",
            "the attempt has no answer; probe it",
        )
    };
    let mut pick = |leave: Result<(), WriteAnswer>| match leave {
        Ok(()) => answers.next().unwrap_or_else(unanswered),
        Err(answer) => answer,
    };
    leave.into_iter().map(&mut pick).collect()
}
