use moa_effects::Intended;
use moa_id::{EntitlementId, MerchantId, MessageId};

use super::plan_links::{GrantedEntitlement, dedupe_key, link_effect};
use crate::app::App;
use crate::domain::message::{Message, ResendRefused};
use crate::effects::intent::Resent;
use crate::error::Error;
use crate::store::{messages, resends};

/// An operator's wish.
pub(crate) struct ResendMessage {
    pub(crate) merchant_id: MerchantId,
    pub(crate) message_id: MessageId,
    pub(crate) request_id: String,
    pub(crate) operator: String,
}

impl App {
    /// Sends the link of a failed message once more, as a new message; whom it reaches is asked anew. The same request
    /// twice is one message.
    #[tracing::instrument(name = "notification.resend_message", skip_all, fields(message.id = %command.message_id))]
    pub(crate) async fn resend_message(&self, command: ResendMessage) -> Result<Message, Error> {
        let merchant_id = command.merchant_id;
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let locked = messages::lock(&mut tx, merchant_id, &[command.message_id]).await?;
        let failed = locked
            .into_iter()
            .next()
            .ok_or(Error::MessageNotFound(command.message_id))?;
        let first = resends::by_request(&mut tx, &failed, &command.request_id).await?;
        if let Some(message_id) = first {
            let locked = messages::lock(&mut tx, merchant_id, &[message_id]).await?;
            let first = locked.into_iter().next();
            return first.ok_or(Error::MessageNotFound(message_id));
        }
        let history = resends::history(&mut tx, &failed).await?;
        failed.check_resend(history.under_way)?;
        let order_id = failed.order_id.ok_or_else(|| Error::Row {
            table: "notification.messages",
            id: failed.id.to_string(),
            reason: "a link belongs to an order, and this one has none".to_owned(),
        })?;
        let entitlement = GrantedEntitlement {
            merchant_id,
            entitlement_id: EntitlementId::from_uuid(failed.subject_id),
            order_id,
        };
        let message = self.link_message(&entitlement, now);
        let resent = Resent {
            of: failed.id.as_uuid(),
            request_id: command.request_id,
            operator: command.operator,
        };
        let key = format!("{}:{}", dedupe_key(failed.subject_id), history.messages + 1);
        let effect = link_effect(&message, key, Some(resent))?;
        // Somebody sends another failed message of this entitlement once more, at this moment.
        if self.ledger.intend(&mut tx, &[effect]).await? != [Intended::Created] {
            return Err(ResendRefused::UnderWay.into());
        }
        let orders = [(merchant_id, order_id, message.id, message.template)];
        messages::insert(&mut tx, std::slice::from_ref(&message), &orders).await?;
        tx.commit().await?;
        self.wake();
        tracing::info!(
            merchant.id = %merchant_id,
            "message {} is sent once more as message {}", failed.id, message.id
        );
        Ok(message)
    }
}
