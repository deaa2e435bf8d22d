//! What became of steps of claims.

use moa_effects::{Effect, EffectState};
use moa_id::{DataKeyId, EffectId};
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use crate::store::claim_decisions;
use crate::{Error, events};

impl App {
    /// Destroys the keys of terms that their channels have and tells of it, in the transaction of the effects'
    /// transitions. The effects are of one merchant.
    pub async fn settle_decisions(
        &self,
        conn: &mut PgConnection,
        effects: &[Effect],
    ) -> Result<(), Error> {
        let Some(merchant_id) = effects.first().map(|effect| effect.merchant_id) else {
            return Ok(());
        };
        let taken = effects
            .iter()
            .filter(|effect| effect.state == EffectState::Confirmed);
        let told: Vec<NewEvent> = taken
            .clone()
            .map(|effect| events::claim_decided(&self.ids, effect, self.clock.now()))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        self.outbox.push_all(&mut *conn, &told).await?;
        let ids: Vec<EffectId> = taken.map(|effect| effect.effect_id).collect();
        let decisions = claim_decisions::of_effects(&mut *conn, merchant_id, &ids).await?;
        let keys = decisions.iter().map(|one| one.decision.terms.data_key_id);
        let keys: Vec<DataKeyId> = keys.collect();
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;
        Ok(())
    }
}
