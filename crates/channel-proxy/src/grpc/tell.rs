//! What every write of a topic has in common.

use moa_id::{ChannelAccountId, EffectId, MerchantId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{invalid_field, parse_id};
use tokio::time::Instant;
use tonic::Status;

use super::{convert, parse};
use crate::app::{App, Told};
use crate::domain::operation::Operation;

/// Whose write it is, and as which effect.
pub struct Head {
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    effect_id: EffectId,
    fence: i64,
}

impl Head {
    pub fn parse(
        merchant_id: &str,
        account_id: &str,
        effect_id: &str,
        fence: i64,
    ) -> Result<Self, Status> {
        let (merchant_id, account_id) = parse::account(merchant_id, account_id)?;
        let effect_id = parse_id("effect_id", effect_id)?;
        if fence < 1 {
            return Err(invalid_field("fence", "must be at least 1"));
        }
        Ok(Self {
            merchant_id,
            account_id,
            effect_id,
            fence,
        })
    }

    /// Tells it to the channel.
    pub async fn tell(
        self,
        app: &App,
        operation: Operation,
        deadline: Instant,
    ) -> Result<pb::WriteResult, Status> {
        let told = Told {
            effect_id: self.effect_id,
            fence: self.fence,
            operation,
        };
        let answer = app.carry_out(self.merchant_id, self.account_id, told, deadline);
        let answer = answer.await?;
        Ok(convert::write_result(self.effect_id.to_string(), answer))
    }
}
