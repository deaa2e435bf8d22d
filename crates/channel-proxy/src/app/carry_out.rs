use moa_id::{ChannelAccountId, EffectId, MerchantId};
use tokio::time::Instant;

use super::App;
use super::attempts::Attempt;
use super::open::Open;
use super::writes::{Write, unanswered, unsent};
use crate::channel::{Channel, Operations};
use crate::domain::effect::EffectKind;
use crate::domain::operation::Operation;
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::error::Error;
use crate::store::accounts;

/// One thing told to a channel, as one effect.
#[derive(Debug, Clone)]
pub struct Told {
    pub effect_id: EffectId,
    pub fence: i64,
    pub operation: Operation,
}

impl App {
    /// Tells a channel something beside acknowledge and dispatch.
    #[tracing::instrument(
        name = "channel_proxy.carry_out",
        skip_all,
        fields(channel_account.id = %id, effect.id = %told.effect_id, effect.kind = told.operation.kind().as_str())
    )]
    pub async fn carry_out(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        told: Told,
        deadline: Instant,
    ) -> Result<WriteAnswer, Error> {
        let app = self.clone();
        let work = async move {
            let open = app.open(merchant_id, id).await?;
            app.tell(&open, &told, deadline).await
        };
        let answers = unsent(self.detached(work).await, 1)?;
        Ok(answers.into_iter().next().unwrap_or_else(unanswered))
    }

    /// What the channel would refuse of this by what is known before anything is sent.
    pub async fn check(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        operation: &Operation,
    ) -> Result<Option<WriteAnswer>, Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, id).await?;
        let account = account.ok_or(Error::AccountNotFound(id))?;
        let channel = self.channel_of(&account)?;
        let operations = operations(channel.as_ref(), operation.kind())?;
        Ok(operations.check(operation).err())
    }

    async fn tell(
        &self,
        open: &Open,
        told: &Told,
        deadline: Instant,
    ) -> Result<Vec<WriteAnswer>, Error> {
        let (operation, kind) = (&told.operation, told.operation.kind());
        let operations = operations(open.channel.as_ref(), kind)?;
        if let Err(refused) = operations.check(operation) {
            return Ok(vec![refused]);
        }
        let attempt = Attempt {
            effect_id: told.effect_id,
            fence: told.fence,
            permit: None,
        };
        let write = Write {
            open,
            kind,
            attempts: &[attempt],
            slot: open
                .session
                .slot_in(operations.bucket(operation), class(operation), deadline),
        };
        self.write(write, |slot, _| async move {
            vec![
                operations
                    .carry_out(&open.session, slot, operation, deadline)
                    .await,
            ]
        })
        .await
    }
}

/// The channel's way to be told this, if it has one.
pub fn operations(channel: &dyn Channel, kind: EffectKind) -> Result<&dyn Operations, Error> {
    let operations = channel.operations();
    let operations = operations.filter(|operations| operations.kinds().contains(&kind));
    operations.ok_or_else(|| Error::LacksOperation {
        channel: channel.code(),
        operation: kind.as_str(),
    })
}

/// Goods are moved before words, and words before offers.
fn class(operation: &Operation) -> CallClass {
    match operation {
        Operation::Claim(_) | Operation::Parcel(_) => CallClass::Gate,
        Operation::Inquiry(_) | Operation::Listing(_) => CallClass::Poll,
    }
}
