//! What a write does before its first byte and after its answer.

use std::collections::HashMap;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, MerchantId, PermitId};
use moa_jobs::LeaseLost;
use tokio::time::Instant;

use super::App;
use super::open::Open;
use crate::domain::effect::{Admission, EffectKind, StoredEffect, stale_fence};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::{Cargo, Ending, Permit, PermitRefusal};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::error::Error;
use crate::store::{effects, permits};

/// One attempt at one effect.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub effect_id: EffectId,
    pub fence: i64,
    /// What a dispatch needs; an acknowledge needs none.
    pub permit: Option<PermitClaim>,
}

/// The permit a dispatch shows, and what it would send under it.
#[derive(Debug, Clone)]
pub struct PermitClaim {
    /// Absent when it is no id at all.
    pub permit_id: Option<PermitId>,
    pub cargo: Cargo,
}

/// Which attempts may leave.
pub struct Begun {
    /// In the order of the attempts: leave, or the answer instead.
    pub leave: Vec<Result<(), WriteAnswer>>,
    /// The used permits by effect.
    pub permits: HashMap<EffectId, Permit>,
    /// When the first of them ends; nothing when there is none.
    pub ending: Option<Ending>,
}

/// The refusal of a permit as an answer: nothing was sent.
pub fn permit_refused(refusal: PermitRefusal) -> WriteAnswer {
    WriteAnswer::new(
        WriteOutcome::RefusedLater,
        refusal.reason(),
        refusal.detail(),
    )
}

fn admit(stored: Option<&StoredEffect>, fence: i64) -> Result<(), WriteAnswer> {
    match stored.map(|stored| stored.admit(fence)) {
        None | Some(Admission::Fresh) => Ok(()),
        Some(Admission::Answered(answer)) => Err(answer),
        Some(Admission::Stale { highest }) => Err(stale_fence(highest)),
    }
}

impl App {
    /// Answers what needs no call: repeats, and workers that lost their claim. In the order of the attempts.
    pub async fn answered_before(
        &self,
        merchant_id: MerchantId,
        kind: EffectKind,
        attempts: &[Attempt],
    ) -> Result<Vec<Result<(), WriteAnswer>>, Error> {
        let ids: Vec<EffectId> = attempts.iter().map(|attempt| attempt.effect_id).collect();
        let mut conn = self.pool.acquire().await?;
        let stored = by_id(effects::list(&mut conn, merchant_id, kind, &ids).await?);
        let decide = |attempt: &Attempt| admit(stored.get(&attempt.effect_id), attempt.fence);
        let decisions: Vec<_> = attempts.iter().map(decide).collect();
        let answered = attempts
            .iter()
            .zip(&decisions)
            .filter(|(_, decision)| decision.is_err());
        let fences: Vec<_> = answered
            .map(|(attempt, _)| (attempt.effect_id, attempt.fence))
            .collect();
        if !fences.is_empty() {
            effects::raise_fences(&mut conn, merchant_id, kind, &fences).await?;
        }
        Ok(decisions)
    }

    /// Writes down that attempts leave, and uses up their permits, before the first byte.
    pub async fn begin(
        &self,
        open: &Open,
        kind: EffectKind,
        attempts: &[Attempt],
    ) -> Result<Begun, Error> {
        let account = &open.account;
        let merchant_id = account.merchant_id;
        let now = self.clock.now();
        let ids: Vec<EffectId> = attempts.iter().map(|attempt| attempt.effect_id).collect();
        let permit_ids: Vec<PermitId> = attempts
            .iter()
            .filter_map(|a| a.permit.as_ref()?.permit_id)
            .collect();

        let mut tx = moa_service::begin(&self.pool).await?;
        open.session
            .hold()
            .lease
            .guard(&mut tx)
            .await
            .map_err(lease_lost)?;
        let stored = by_id(effects::lock(&mut tx, merchant_id, account.id, kind, &ids, now).await?);
        let found = permits::lock(&mut tx, merchant_id, &permit_ids).await?;
        let found: HashMap<PermitId, Permit> = found
            .into_iter()
            .map(|permit| (permit.id, permit))
            .collect();

        let mut begun = Begun {
            leave: Vec::new(),
            permits: HashMap::new(),
            ending: None,
        };
        let mut leaving = Vec::new();
        for attempt in attempts {
            let decision = admit(stored.get(&attempt.effect_id), attempt.fence).and_then(|()| {
                let Some(claim) = &attempt.permit else {
                    return Ok(());
                };
                let permit = claim.permit_id.and_then(|id| found.get(&id));
                let permit = permit.ok_or_else(|| permit_refused(PermitRefusal::Invalid))?;
                let ending = self
                    .allows(permit, account.id, attempt.effect_id, &claim.cargo, now)
                    .map_err(permit_refused)?;
                begun.ending = Some(begun.ending.map_or(ending, |first| first.min(ending)));
                begun.permits.insert(attempt.effect_id, permit.clone());
                Ok(())
            });
            if decision.is_ok() {
                leaving.push((attempt.effect_id, attempt.fence));
            }
            begun.leave.push(decision);
        }
        effects::begin(&mut tx, merchant_id, kind, &leaving, now).await?;
        let used: Vec<PermitId> = begun.permits.values().map(|permit| permit.id).collect();
        permits::use_up(&mut tx, merchant_id, &used, now).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// Which permits would allow their attempts now, without using them.
    pub async fn check_permits(
        &self,
        open: &Open,
        attempts: &[Attempt],
    ) -> Result<Vec<Result<Ending, WriteAnswer>>, Error> {
        let ids: Vec<PermitId> = attempts
            .iter()
            .filter_map(|a| a.permit.as_ref()?.permit_id)
            .collect();
        let mut conn = self.pool.acquire().await?;
        let found = permits::lock(&mut conn, open.account.merchant_id, &ids).await?;
        let now = self.clock.now();
        let check = |attempt: &Attempt| {
            let invalid = || permit_refused(PermitRefusal::Invalid);
            let claim = attempt.permit.as_ref().ok_or_else(invalid)?;
            let permit = found
                .iter()
                .find(|permit| Some(permit.id) == claim.permit_id);
            let permit = permit.ok_or_else(invalid)?;
            self.allows(
                permit,
                open.account.id,
                attempt.effect_id,
                &claim.cargo,
                now,
            )
            .map_err(permit_refused)
        };
        Ok(attempts.iter().map(check).collect())
    }

    /// Whether a permit allows exactly this, by both clocks, and until when. One that another process issued does not:
    /// its age is not known here.
    fn allows(
        &self,
        permit: &Permit,
        account_id: ChannelAccountId,
        effect_id: EffectId,
        cargo: &Cargo,
        now: DateTime<Utc>,
    ) -> Result<Ending, PermitRefusal> {
        permit.allows(account_id, effect_id, cargo, now)?;
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let instant = issued.ending(permit.id, Instant::now().into_std())?;
        let at = permit.expires_at;
        Ok(Ending { at, instant })
    }

    /// Stores the answers. When the database is away the attempts stay unknown here and are probed later; the caller
    /// gets the answers all the same.
    pub async fn record(
        &self,
        merchant_id: MerchantId,
        kind: EffectKind,
        answers: &[(EffectId, i64, WriteAnswer)],
    ) {
        let store = async {
            let mut conn = self.pool.acquire().await?;
            effects::decide(&mut conn, merchant_id, kind, answers, self.clock.now()).await
        };
        if let Err(error) = store.await {
            tracing::error!(error = %error, "the outcomes of {} writes are not stored: {error}", answers.len());
        }
    }
}

fn by_id(stored: Vec<StoredEffect>) -> HashMap<EffectId, StoredEffect> {
    stored
        .into_iter()
        .map(|effect| (effect.effect_id, effect))
        .collect()
}

fn lease_lost(error: LeaseLost) -> Error {
    match error {
        LeaseLost::Taken { .. } => CallFailure::without_effect(
            FailureKind::HeldElsewhere,
            "another channel-proxy took over this seller; nothing was sent",
        )
        .into(),
        unchecked => Error::internal("the seller's lease", unchecked),
    }
}
