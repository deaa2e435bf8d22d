//! Takes a step of a claim at its channel, after a look that the claim is still what was decided about.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, Probe, SendOutcome, Verdict,
};
use moa_id::ClaimId;
use moa_proto::moa::channel_proxy::v1 as pb;
use serde_json::{Value, json};

use super::{detail, look_again, probe_outcome, reason, send_outcomes, verdict_of};
use crate::Error;
use crate::app::App;
use crate::app::claim_terms::claim_ref;
use crate::clients::channel_desk::Told;
use crate::clients::order_sync::actions;
use crate::domain::claim::{Action, ClaimState, Doing, Sight, judge};
use crate::store::claim_decisions::{self, DecidedClaim};

/// Carries out DECIDE_CLAIM effects.
pub struct DecideClaimHandler {
    /// Ways to reach the world.
    pub app: Arc<App>,
    /// The pause between two probes.
    pub probe_spacing: Duration,
}

/// A step with what is told.
struct Decided {
    claim: DecidedClaim,
    action: Action,
    told: Told,
}

/// Why a step cannot be taken.
enum Stuck {
    /// Look again later: the stored facts could not be read.
    Later(Error),
    /// A person must see to it.
    Blocked(&'static str),
}

impl DecideClaimHandler {
    async fn decided(&self, effect: &ClaimedEffect) -> Result<Decided, Stuck> {
        let read = async {
            let (ids, claims) = ([effect.effect_id], [ClaimId::from_uuid(effect.subject_id)]);
            let mut conn = self.app.db.acquire().await?;
            let merchant_id = effect.merchant_id;
            let claim = claim_decisions::claims(&mut conn, merchant_id, &claims).await?;
            let decision = claim_decisions::of_effects(&mut conn, merchant_id, &ids).await?;
            let (Some(claim), Some(standing)) =
                (claim.into_iter().next(), decision.into_iter().next())
            else {
                return Ok(None);
            };
            let decision = standing.decision;
            let told = self
                .app
                .open_terms(&mut conn, merchant_id, &decision)
                .await?;
            Ok(Some((claim, decision.action, told)))
        };
        match read.await.map_err(Stuck::Later)? {
            Some((claim, action, Some(told))) => Ok(Decided {
                claim,
                action,
                told,
            }),
            Some(_) => Err(Stuck::Blocked("what was to be told is not kept any more")),
            None => Err(Stuck::Blocked("its decision does not exist any more")),
        }
    }
}

impl Decided {
    fn claim_ref(&self) -> pb::ClaimRef {
        let claim = &self.claim;
        claim_ref(
            claim.kind,
            &claim.channel_claim_id,
            &claim.channel_order_id,
            claim.requested_at,
        )
    }

    /// What of it a look needs to know: number, pieces, and the parcel that goes out.
    fn doing(&self) -> (Doing<'_>, &str) {
        let (tracking_number, quantity, parcel) = match &self.told {
            Told::StopConfirmation(told) => ("", told.quantity, ""),
            Told::ClaimApproval(told) => ("", told.quantity, ""),
            Told::AlreadyShippedReport(told) => (told.tracking_number.as_str(), 0, ""),
            Told::CollectionReport(told) => (told.tracking_number.as_str(), 0, ""),
            Told::ExchangeReshipment(told) => (
                told.tracking_number.as_str(),
                0,
                told.channel_parcel_id.as_str(),
            ),
            _ => ("", 0, ""),
        };
        let doing = Doing {
            action: self.action,
            tracking_number,
            quantity,
        };
        (doing, parcel)
    }

    fn judge(&self, shown: Option<pb::ChannelClaim>) -> Verdict {
        let evidence = match &shown {
            Some(shown) => json!({
                "state": shown.state().as_str_name(),
                "stage": shown.stage().as_str_name(),
                "held": shown.held,
            }),
            None => json!({ "shown": false }),
        };
        let (doing, parcel) = self.doing();
        let sight = shown.map(|shown| sight(shown, parcel));
        verdict_of(judge(sight.as_ref(), &doing), evidence)
    }
}

fn sight(shown: pb::ChannelClaim, parcel: &str) -> Sight {
    let state = match shown.state() {
        pb::ClaimState::Completed => ClaimState::Completed,
        pb::ClaimState::Withdrawn => ClaimState::Withdrawn,
        pb::ClaimState::Rejected => ClaimState::Rejected,
        pb::ClaimState::Requested | pb::ClaimState::Unspecified => ClaimState::Open,
    };
    let is_collected = matches!(
        shown.stage(),
        pb::ClaimStage::Collected
            | pb::ClaimStage::ChannelCheck
            | pb::ClaimStage::Reshipped
            | pb::ClaimStage::Completed
    );
    let offered = actions(shown.actions());
    let quantity = shown.lines.iter().map(|line| line.quantity);
    let quantity = quantity.fold(0, i32::saturating_add);
    let mut going_out = shown.reshipments.into_iter();
    let going_out = going_out.find(|one| one.channel_parcel_id == parcel);
    Sight {
        state,
        is_collected,
        is_held: shown.held,
        actions: offered,
        quantity,
        collections: shown
            .collections
            .into_iter()
            .map(|one| one.tracking_number)
            .collect(),
        reshipment: going_out.map(|one| one.tracking_number),
    }
}

#[async_trait]
impl EffectHandler for DecideClaimHandler {
    fn kind(&self) -> EffectKind {
        EffectKind::DecideClaim
    }

    /// Channels take one at a time.
    fn batch_size(&self) -> usize {
        1
    }

    fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    /// A look at the claim: it must still be open, about as much, and the step offered.
    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for effect in batch {
            let now = self.app.clock.now();
            verdicts.push(match self.decided(effect).await {
                Ok(decided) => {
                    let shown = self.app.channel_proxy.claim(effect, decided.claim_ref()).await;
                    match shown {
                        Ok(shown) => decided.judge(shown),
                        Err(status) => Verdict::Later {
                            at: look_again(&status, now),
                            reason: reason(&status),
                            detail: detail(&status),
                        },
                    }
                }
                Err(Stuck::Blocked(why)) => Verdict::Blocked {
                    reason: "INTENT_MALFORMED".to_owned(),
                    detail: why.to_owned(),
                    evidence: Value::Null,
                },
                Err(Stuck::Later(error)) => {
                    tracing::error!(effect.id = %effect.effect_id, error = %error, "a decision could not be read: {error}");
                    Verdict::Later {
                        at: now + chrono::TimeDelta::seconds(5),
                        reason: "FACTS_UNREADABLE".to_owned(),
                        detail: "the stored decision could not be read".to_owned(),
                    }
                }
            });
        }
        verdicts
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for effect in batch {
            let Ok(decided) = self.decided(effect).await else {
                outcomes.push(SendOutcome::RefusedLater {
                    at: None,
                    reason: "FACTS_UNREADABLE".to_owned(),
                    detail: "the stored decision could not be read; nothing was sent".to_owned(),
                    evidence: Value::Null,
                });
                continue;
            };
            let told = self.app.channel_proxy.tell(effect, decided.told).await;
            let one = std::slice::from_ref(effect);
            outcomes.extend(send_outcomes(one, told.map(|result| vec![result])));
        }
        outcomes
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        let now = self.app.clock.now();
        match self.decided(effect).await {
            Ok(decided) => {
                let answer = self
                    .app
                    .channel_proxy
                    .probe_told(effect, decided.told)
                    .await;
                probe_outcome(answer, now)
            }
            Err(Stuck::Blocked(why)) => Probe::Conflict {
                reason: "INTENT_MALFORMED".to_owned(),
                detail: why.to_owned(),
                evidence: Value::Null,
            },
            Err(Stuck::Later(error)) => Probe::Later {
                at: now + chrono::TimeDelta::seconds(30),
                reason: "FACTS_UNREADABLE".to_owned(),
                detail: error.to_string(),
            },
        }
    }

    async fn settled(
        &self,
        conn: &mut sqlx::PgConnection,
        effects: &[Effect],
    ) -> Result<(), BoxError> {
        Ok(self.app.settle_decisions(conn, effects).await?)
    }

    fn after_commit(&self) {
        self.app.wake();
    }
}
