//! What became of answers to what buyers asked.

use moa_effects::{Effect, EffectState};
use moa_id::EffectId;
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use crate::store::inquiry_answers;
use crate::{Error, events};

impl App {
    /// Forgets the texts that their channels have and tells of it, in the transaction of the effects' transitions. The
    /// effects are of one merchant.
    pub async fn settle_answers(
        &self,
        conn: &mut PgConnection,
        effects: &[Effect],
    ) -> Result<(), Error> {
        let given = effects
            .iter()
            .filter(|effect| effect.state == EffectState::Confirmed);
        let given: Vec<EffectId> = given.map(|effect| effect.effect_id).collect();
        let Some(merchant_id) = effects.first().map(|effect| effect.merchant_id) else {
            return Ok(());
        };
        if given.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let answers = inquiry_answers::of_effects(&mut *conn, merchant_id, &given).await?;
        let told: Vec<NewEvent> = answers
            .iter()
            .map(|one| events::inquiry_answered(&self.ids, merchant_id, &one.answer, now))
            .collect();
        self.outbox.push_all(&mut *conn, &told).await?;
        let keys = inquiry_answers::forget_texts(&mut *conn, merchant_id, &given).await?;
        self.vault
            .destroy_data_keys(conn, merchant_id, &keys)
            .await?;
        Ok(())
    }
}
