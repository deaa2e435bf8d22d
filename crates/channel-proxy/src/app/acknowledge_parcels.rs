use moa_id::{ChannelAccountId, EffectId, MerchantId};
use tokio::time::Instant;

use super::App;
use super::attempts::Attempt;
use super::open::Open;
use super::writes::{Write, unsent};
use crate::channel::AcknowledgeParcel;
use crate::domain::effect::EffectKind;
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
        let attempts: Vec<Attempt> = items
            .iter()
            .map(|item| Attempt {
                effect_id: item.effect_id,
                fence: item.fence,
                permit: None,
            })
            .collect();
        let write = Write {
            open,
            kind: KIND,
            attempts: &attempts,
            slot: open.session.slot_in(
                open.channel.acknowledge_bucket(),
                CallClass::Gate,
                deadline,
            ),
        };
        self.write(write, |slot, leaving| async move {
            let items = leaving.iter().filter_map(|at| items.get(*at));
            let parcels: Vec<_> = items.map(|item| item.parcel.clone()).collect();
            open.channel
                .acknowledge(&open.session, slot, &parcels, deadline)
                .await
        })
        .await
    }
}
