//! What speaks against starting an effect anew: a claim takes one step at a time, whichever way it is asked for.

use moa_effects::{Effect, EffectKind};
use moa_id::ClaimId;
use sqlx::PgConnection;

use super::App;
use super::decide_claim::taken;
use crate::Error;
use crate::domain::claim::{Taken, may_redrive};
use crate::store::{claim_decisions, effects};

impl App {
    /// Refuses to start a step of a claim anew while another one is on its way. Until the caller's transaction ends, no
    /// other step of that claim is intended.
    pub(crate) async fn check_redrive(
        &self,
        conn: &mut PgConnection,
        effect: &Effect,
    ) -> Result<(), Error> {
        if effect.kind != EffectKind::DecideClaim {
            return Ok(());
        }
        let claim_id = ClaimId::from_uuid(effect.subject_id);
        claim_decisions::lock_decided(&mut *conn, effect.merchant_id, claim_id).await?;
        effects::lock_of_subject(&mut *conn, effect.merchant_id, effect.subject_id).await?;
        let steps = claim_decisions::of_claims(conn, effect.merchant_id, &[claim_id]).await?;
        let steps: Vec<Taken> = steps.iter().map(taken).collect();
        Ok(may_redrive(&steps, effect.effect_id)?)
    }
}
