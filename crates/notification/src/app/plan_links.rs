use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{EffectKind, Intended, NewEffect};
use moa_id::{EntitlementId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::App;
use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::effects::intent::{Intent, Resent};
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
            let message = self.link_message(entitlement, now);
            effects.push(link_effect(&message, dedupe_key(message.subject_id), None)?);
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

    /// A message about an entitlement that nobody was told of yet.
    pub(super) fn link_message(
        &self,
        entitlement: &GrantedEntitlement,
        now: DateTime<Utc>,
    ) -> Message {
        Message {
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
            recipient_erased: false,
            created_at: now,
        }
    }
}

/// What makes the first link of an entitlement one of a kind.
pub(super) fn dedupe_key(entitlement: Uuid) -> String {
    format!("{}:{entitlement}", Template::ActivationLink.as_str())
}

/// What carries a message with a link out.
pub(super) fn link_effect(
    message: &Message,
    dedupe_key: String,
    resent: Option<Resent>,
) -> Result<NewEffect, Error> {
    let intent = Intent::ActivationLink {
        message_id: message.id.as_uuid(),
        resent,
    };
    Ok(NewEffect {
        effect_id: message.effect_id,
        merchant_id: message.merchant_id,
        kind: EffectKind::Message,
        dedupe_key,
        account_id: message.sender.lane(),
        subject_id: message.subject_id,
        order_id: message.order_id.map(|order_id| order_id.as_uuid()),
        payload: intent.into_payload()?,
        not_before: None,
        give_up_at: Some(message.created_at + GIVE_UP_AFTER),
    })
}
