//! Intends a step of a claim. The claim is looked up first, outside of any transaction.

use moa_effects::{EffectKind, NewEffect, RedriveRefused};
use moa_id::{ClaimDecisionId, ClaimId, DataKeyId, EffectId, MerchantId, OperatorId, OrderId};
use moa_proto::moa::channel_proxy::v1 as channel;
use prost::Message;
use serde_json::json;
use sqlx::PgConnection;

use super::App;
use super::answer_inquiry::standing_of;
use super::claim_terms::Terms;
use super::sealed::{Place, Sealed};
use crate::Error;
use crate::clients::channel_desk::Told;
use crate::clients::order_sync::Demand;
use crate::domain::claim::{ClaimKind, ClaimRefusal, Step, StoredClaim, Taken, decide};
use crate::domain::packing::DuplicateNumber;
use crate::store::claim_decisions::{self, ClaimDecision, DecidedClaim, StandingDecision};

/// A step that somebody takes.
pub struct DecideCommand {
    /// Of which claim.
    pub claim_id: ClaimId,
    /// The same again changes nothing.
    pub request_id: String,
    /// What is done.
    pub terms: Terms,
    /// What to do with a number that another receiver's parcel has.
    pub duplicate: DuplicateNumber,
    /// Who decided.
    pub operator_id: OperatorId,
}

/// What the step comes to as things stand.
fn step(
    demand: &Demand,
    before: &[StandingDecision],
    command: &DecideCommand,
) -> Result<Step, ClaimRefusal> {
    let taken: Vec<Taken> = before.iter().map(taken).collect();
    let stored = StoredClaim {
        is_open: demand.is_open,
        actions: &demand.actions,
    };
    decide(&stored, command.terms.action(), &taken, &command.request_id)
}

/// The decision whose effect it is.
fn the_one(
    decisions: Vec<StandingDecision>,
    effect_id: EffectId,
    claim_id: ClaimId,
) -> Result<StandingDecision, Error> {
    let mut decisions = decisions.into_iter();
    let found = decisions.find(|one| one.decision.effect_id == effect_id);
    found.ok_or(Error::ClaimNotFound(claim_id))
}

impl App {
    /// Intends a step of a claim, or gives one that failed new terms.
    #[tracing::instrument(name = "fulfillment.decide_claim", skip_all, fields(claim.id = %command.claim_id))]
    pub async fn decide_claim(
        &self,
        merchant_id: MerchantId,
        command: DecideCommand,
    ) -> Result<StandingDecision, Error> {
        let demand = self
            .order_sync
            .demand(merchant_id, command.claim_id)
            .await?;
        let kind = demand.kind.ok_or(ClaimRefusal::KindUnknown)?;
        let claim = DecidedClaim {
            claim_id: demand.claim_id,
            channel_account_id: demand.channel_account_id,
            channel_claim_id: demand.channel_claim_id.clone(),
            channel_order_id: demand.channel_order_id.clone(),
            kind,
            requested_at: demand.requested_at,
        };
        let mut conn = self.db.acquire().await?;
        let before =
            claim_decisions::of_claims(&mut conn, merchant_id, &[command.claim_id]).await?;
        drop(conn);
        // What was taken, or cannot be taken, says so before anything is asked about its number.
        if let Step::Nothing(effect_id) = step(&demand, &before, &command)? {
            return the_one(before, effect_id, command.claim_id);
        }
        if command.duplicate == DuplicateNumber::Refuse
            && let Some(waybill) = command.terms.sent()
        {
            let orders: Vec<OrderId> = demand.order_id.into_iter().collect();
            self.check_number(
                merchant_id,
                waybill.carrier,
                &waybill.tracking_number,
                &orders,
            )
            .await?;
        }
        let mut tx = moa_service::begin(&self.db).await?;
        claim_decisions::lock_claim(&mut tx, merchant_id, &claim).await?;
        let subject = command.claim_id.as_uuid();
        crate::store::effects::lock_of_subject(&mut tx, merchant_id, subject).await?;
        let ids = [command.claim_id];
        let before = claim_decisions::of_claims(&mut tx, merchant_id, &ids).await?;
        let effect_id = match step(&demand, &before, &command)? {
            Step::Nothing(effect_id) => return the_one(before, effect_id, command.claim_id),
            Step::TryAgain(effect_id) => {
                let failed = the_one(before, effect_id, command.claim_id)?;
                self.take_again(
                    &mut tx,
                    merchant_id,
                    failed.decision,
                    &demand,
                    kind,
                    command,
                )
                .await?
            }
            Step::Intend(given) => {
                self.take_first(&mut tx, merchant_id, &demand, kind, given, command)
                    .await?
            }
        };
        let standing = claim_decisions::of_effects(&mut tx, merchant_id, &[effect_id]).await?;
        tx.commit().await?;
        self.wake();
        let standing = standing.into_iter().next();
        standing.ok_or(Error::ClaimNotFound(demand.claim_id))
    }

    async fn take_first(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        demand: &Demand,
        kind: ClaimKind,
        given: usize,
        command: DecideCommand,
    ) -> Result<moa_id::EffectId, Error> {
        let now = self.clock.now();
        let decision_id: ClaimDecisionId = self.ids.next();
        let action = command.terms.action();
        let told = command.terms.told(demand, kind)?;
        let decision = ClaimDecision {
            decision_id,
            claim_id: command.claim_id,
            action,
            effect_id: self.ids.next(),
            request_id: command.request_id,
            operator_id: command.operator_id,
            terms: self
                .seal_terms(&mut *conn, merchant_id, decision_id, told)
                .await?,
            created_at: now,
            updated_at: now,
        };
        let effect = NewEffect {
            effect_id: decision.effect_id,
            merchant_id,
            kind: EffectKind::DecideClaim,
            // One for each step, ever; what repeats is counted.
            dedupe_key: format!("decide:{}:{}:{given}", decision.claim_id, action.as_str()),
            account_id: demand.channel_account_id.as_uuid(),
            subject_id: decision.claim_id.as_uuid(),
            order_id: demand.order_id.map(|id| id.as_uuid()),
            payload: json!({
                "decision_id": decision_id.to_string(),
                "action": action.as_str(),
                "channel_claim_id": demand.channel_claim_id,
            }),
            not_before: None,
            give_up_at: None,
        };
        self.ledger.intend(&mut *conn, &[effect]).await?;
        claim_decisions::save(conn, merchant_id, &decision).await?;
        Ok(decision.effect_id)
    }

    async fn take_again(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        before: ClaimDecision,
        demand: &Demand,
        kind: ClaimKind,
        command: DecideCommand,
    ) -> Result<moa_id::EffectId, Error> {
        let old_keys: [DataKeyId; 1] = [before.terms.data_key_id];
        let told = command.terms.told(demand, kind)?;
        let decision_id = before.decision_id;
        let decision = ClaimDecision {
            request_id: command.request_id,
            operator_id: command.operator_id,
            terms: self
                .seal_terms(&mut *conn, merchant_id, decision_id, told)
                .await?,
            updated_at: self.clock.now(),
            ..before
        };
        claim_decisions::save(&mut *conn, merchant_id, &decision).await?;
        self.vault
            .destroy_data_keys(&mut *conn, merchant_id, &old_keys)
            .await?;
        let operator = command.operator_id.to_string();
        let reason = "the claim was decided again";
        let redriven = self
            .ledger
            .redrive(conn, merchant_id, decision.effect_id, &operator, reason)
            .await;
        match redriven {
            Ok(_) => Ok(decision.effect_id),
            Err(RedriveRefused::Database(error)) => Err(error.into()),
            // It is locked and was found at rest.
            Err(RedriveRefused::NotFound(_) | RedriveRefused::NotRedrivable { .. }) => {
                Err(ClaimRefusal::UnderWay(decision.action).into())
            }
        }
    }

    async fn seal_terms(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        decision_id: ClaimDecisionId,
        told: Told,
    ) -> Result<Sealed, Error> {
        let message = channel::ProbeEffectRequest {
            intended: Some(told.into()),
            ..channel::ProbeEffectRequest::default()
        };
        let plain = moa_vault::Zeroizing::new(message.encode_to_vec());
        self.seal(conn, place(merchant_id, decision_id), &plain)
            .await
    }

    /// What is to be told; none when it is gone or means nothing to this version.
    pub(crate) async fn open_terms(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        decision: &ClaimDecision,
    ) -> Result<Option<Told>, Error> {
        let place = place(merchant_id, decision.decision_id);
        let opened = self.unseal(conn, place, &decision.terms).await?;
        let message = opened.map(|plain| channel::ProbeEffectRequest::decode(plain.as_slice()));
        let Some(Ok(message)) = message else {
            return Ok(None);
        };
        Ok(message.intended.and_then(Told::of))
    }
}

fn place(merchant_id: MerchantId, decision_id: ClaimDecisionId) -> Place {
    Place {
        merchant_id,
        table: "claim_decisions",
        row: decision_id.as_uuid(),
    }
}

pub(super) fn taken(standing: &StandingDecision) -> Taken {
    Taken {
        action: standing.decision.action,
        effect_id: standing.decision.effect_id,
        standing: standing_of(standing.state),
        request_id: standing.decision.request_id.clone(),
    }
}
