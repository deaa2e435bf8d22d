use chrono::TimeDelta;
use moa_effects::{EffectKind, Intended, NewEffect};
use moa_id::{EntitlementId, MerchantId, OrderId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::effects::intent::Intent;
use crate::error::Error;
use crate::store::messages;

/// A link that could not be sent for so long needs a person: fulfillment does not keep its secret for ever.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(7);

/// A digital product that may be delivered.
pub(crate) struct GrantedEntitlement {
    pub(crate) merchant_id: MerchantId,
    pub(crate) entitlement_id: EntitlementId,
    pub(crate) order_id: OrderId,
}

impl App {
    /// Intends a message for each entitlement, once, in the caller's transaction.
    pub(crate) async fn plan_links(
        &self,
        conn: &mut PgConnection,
        granted: &[GrantedEntitlement],
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut planned = Vec::with_capacity(granted.len());
        let mut effects = Vec::with_capacity(granted.len());
        for entitlement in granted {
            let message = Message {
                merchant_id: entitlement.merchant_id,
                id: self.ids.next(),
                effect_id: self.ids.next(),
                sender: SenderKind::Solapi,
                template: Template::ActivationLink,
                subject_id: entitlement.entitlement_id.as_uuid(),
                order_id: Some(entitlement.order_id),
                state: MessageState::Pending,
                version: 1,
                reason: String::new(),
                receipt: None,
                created_at: now,
            };
            let intent = Intent::ActivationLink {
                message_id: message.id.as_uuid(),
            };
            effects.push(NewEffect {
                effect_id: message.effect_id,
                merchant_id: entitlement.merchant_id,
                kind: EffectKind::Message,
                dedupe_key: format!(
                    "{}:{}",
                    Template::ActivationLink.as_str(),
                    entitlement.entitlement_id
                ),
                account_id: SenderKind::Solapi.lane(),
                subject_id: message.subject_id,
                order_id: Some(entitlement.order_id.as_uuid()),
                payload: intent.into_payload()?,
                not_before: None,
                give_up_at: Some(now + GIVE_UP_AFTER),
            });
            planned.push(message);
        }
        let intended = self.ledger.intend(&mut *conn, &effects).await?;
        let new: Vec<Message> = planned
            .into_iter()
            .zip(intended)
            .filter(|(_, intended)| *intended == Intended::Created)
            .map(|(message, _)| message)
            .collect();
        let orders: Vec<_> = new
            .iter()
            .filter_map(|m| Some((m.merchant_id, m.order_id?, m.id, m.template)))
            .collect();
        messages::insert(conn, &new, &orders).await
    }
}
