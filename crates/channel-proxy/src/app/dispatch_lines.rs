use std::time::Duration;

use moa_id::{ChannelAccountId, EffectId, MerchantId, PermitId};
use serde_json::json;
use tokio::time::Instant;

use super::App;
use super::attempts::{Attempt, PermitClaim};
use super::evidence;
use super::open::{Open, splits};
use super::writes::{merge, unsent};
use crate::channel::DispatchParcel;
use crate::domain::effect::EffectKind;
use crate::domain::permit::Ending;
use crate::domain::write::WriteAnswer;
use crate::error::Error;
use crate::quota::Slot;

/// One parcel that left, as one effect.
#[derive(Debug, Clone)]
pub struct DispatchItem {
    pub effect_id: EffectId,
    pub fence: i64,
    /// Absent when it is no id at all.
    pub permit_id: Option<PermitId>,
    pub parcel: DispatchParcel,
}

const KIND: EffectKind = EffectKind::Dispatch;

impl App {
    /// Tells the channel tracking numbers, each under a living permit. One answer per item, in the same order.
    #[tracing::instrument(name = "channel_proxy.dispatch_lines", skip_all, fields(channel_account.id = %id))]
    pub async fn dispatch_lines(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        items: Vec<DispatchItem>,
        deadline: Instant,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let (app, count) = (self.clone(), items.len());
        let work = async move {
            let open = app.open(merchant_id, id).await?;
            splits(&open, items.iter().map(|item| &item.parcel.cargo))?;
            app.dispatch(&open, &items, deadline).await
        };
        unsent(self.detached(work).await, count)
    }

    async fn dispatch(
        &self,
        open: &Open,
        items: &[DispatchItem],
        deadline: Instant,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let merchant_id = open.account.merchant_id;
        let attempts: Vec<Attempt> = items.iter().map(attempt).collect();
        let before = self.answered_before(merchant_id, KIND, &attempts).await?;
        let permits = self.check_permits(open, &attempts).await?;
        let mut answers: Vec<Result<(), WriteAnswer>> = Vec::with_capacity(items.len());
        let mut ending: Option<Ending> = None;
        for ((item, before), permit) in items.iter().zip(before).zip(permits) {
            let parcel = &item.parcel;
            let check = || {
                open.channel
                    .check_tracking(&parcel.carrier, &parcel.tracking_number)
            };
            let answer = before.and_then(|()| check()).and(permit);
            if let Ok(end) = answer {
                ending = Some(ending.map_or(end, |first| first.min(end)));
            }
            answers.push(answer.map(|_| ()));
        }
        let Some(ending) = ending else {
            return Ok(merge(answers, std::iter::empty()));
        };

        // The slot first and the permit second: a permit that is used up while its write waits would be lost.
        let candidates: Vec<_> = items
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_ok())
            .map(|(item, _)| item.clone())
            .collect();
        let permits = candidates.iter().filter_map(|item| item.permit_id);
        let hold = self.take_hold(open.session.quota(), permits);
        let left = (ending.at - self.clock.now())
            .to_std()
            .unwrap_or(Duration::ZERO);
        let ends = Instant::from_std(ending.instant).min(Instant::now() + left);
        let bucket = open.channel.gate().write;
        let slot = open.session.write_slot(hold, bucket, deadline.min(ends));
        let slot = match slot.await {
            Ok(slot) => slot,
            Err(failure) => {
                let refused = WriteAnswer::from_failure(&failure);
                return Ok(merge(answers, std::iter::repeat(refused)));
            }
        };
        let sent = self.send(open, &candidates, slot).await?;
        Ok(merge(answers, sent))
    }

    /// Uses up the permits and uploads what they allow.
    async fn send(
        &self,
        open: &Open,
        items: &[DispatchItem],
        slot: Slot,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let attempts: Vec<Attempt> = items.iter().map(attempt).collect();
        let begun = match self.begin(open, KIND, &attempts).await {
            Ok(begun) => begun,
            Err(error) => {
                slot.unused();
                return Err(error);
            }
        };
        let leaving: Vec<_> = items
            .iter()
            .zip(&begun.leave)
            .filter(|(_, leave)| leave.is_ok())
            .collect();
        let Some(ending) = begun.ending else {
            slot.unused();
            return Ok(merge(begun.leave, std::iter::empty()));
        };
        let parcels: Vec<_> = leaving
            .iter()
            .map(|(item, _)| item.parcel.clone())
            .collect();
        let answers = open
            .channel
            .dispatch(&open.session, slot, &parcels, ending)
            .await;
        let answered: Vec<_> = leaving
            .iter()
            .zip(answers)
            .map(|((item, _), mut answer)| {
                if let Some(permit) = begun.permits.get(&item.effect_id) {
                    let more = json!({
                        "permit_id": permit.id.to_string(),
                        "permit_evidence_hash": permit.evidence_hash,
                        "permit_expires_at": permit.expires_at,
                    });
                    answer.evidence = evidence::with(&answer.evidence, more);
                }
                (item.effect_id, item.fence, answer)
            })
            .collect();
        self.record(open.account.merchant_id, KIND, &answered).await;
        Ok(merge(
            begun.leave,
            answered.into_iter().map(|(_, _, answer)| answer),
        ))
    }
}

fn attempt(item: &DispatchItem) -> Attempt {
    Attempt {
        effect_id: item.effect_id,
        fence: item.fence,
        permit: Some(PermitClaim {
            permit_id: item.permit_id,
            cargo: item.parcel.cargo.clone(),
        }),
    }
}
