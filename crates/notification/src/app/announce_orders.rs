use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{EffectKind, Intended, NewEffect};
use moa_id::{MerchantId, MessageId, OrderId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::announcement::{Announcement, NewOrder, is_news};
use crate::domain::message::{Message, MessageState};
use crate::domain::sender::SenderKind;
use crate::domain::template::Template;
use crate::effects::intent::Intent;
use crate::error::Error;
use crate::store::{messages, senders};

/// Nobody wants to hear of new orders much later.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(1);

/// An order that was seen for the first time.
pub(crate) struct PlacedOrder {
    pub(crate) merchant_id: MerchantId,
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) order: NewOrder,
}

impl App {
    /// Intends one message for each merchant with a Slack sender, in the caller's transaction.
    pub(crate) async fn announce_orders(
        &self,
        conn: &mut PgConnection,
        placed: Vec<PlacedOrder>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut by_merchant: BTreeMap<MerchantId, Vec<NewOrder>> = BTreeMap::new();
        for placed in placed {
            if is_news(placed.ordered_at, now) {
                by_merchant
                    .entry(placed.merchant_id)
                    .or_default()
                    .push(placed.order);
            }
        }
        if by_merchant.is_empty() {
            return Ok(());
        }
        let merchants: Vec<MerchantId> = by_merchant.keys().copied().collect();
        let told = senders::merchants_with(&mut *conn, SenderKind::Slack, &merchants).await?;
        by_merchant.retain(|merchant_id, _| told.contains(merchant_id));
        for (merchant_id, orders) in by_merchant {
            self.announce(&mut *conn, merchant_id, orders, now).await?;
        }
        Ok(())
    }

    async fn announce(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        mut orders: Vec<NewOrder>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let ids: Vec<OrderId> = orders.iter().map(|order| order.order_id).collect();
        let announced = messages::announced(&mut *conn, merchant_id, &ids).await?;
        let mut known: HashSet<OrderId> = announced.into_iter().collect();
        orders.retain(|order| known.insert(order.order_id));
        let Some(first) = orders.first() else {
            return Ok(());
        };
        let message_id: MessageId = self.ids.next();
        let order_id = (orders.len() == 1).then_some(first.order_id);
        let subject_id = order_id.map_or(message_id.as_uuid(), |id| id.as_uuid());
        let intent = Intent::new_orders(message_id, Announcement::of(&orders));
        let message = Message {
            merchant_id,
            id: message_id,
            effect_id: self.ids.next(),
            sender: SenderKind::Slack,
            template: Template::NewOrders,
            subject_id,
            order_id,
            state: MessageState::Pending,
            version: 1,
            reason: String::new(),
            receipt: None,
            recipient_erased: false,
            created_at: now,
        };
        let effect = NewEffect {
            effect_id: message.effect_id,
            merchant_id,
            kind: EffectKind::Message,
            dedupe_key: format!("{}:{}", Template::NewOrders.as_str(), first.order_id),
            account_id: SenderKind::Slack.lane(),
            subject_id,
            order_id: order_id.map(|id| id.as_uuid()),
            payload: intent.into_payload()?,
            not_before: None,
            give_up_at: Some(now + GIVE_UP_AFTER),
        };
        let intended = self.ledger.intend(&mut *conn, &[effect]).await?;
        if intended != [Intended::Created] {
            return Ok(());
        }
        let told: Vec<_> = orders
            .iter()
            .map(|order| (merchant_id, order.order_id, message_id, Template::NewOrders))
            .collect();
        messages::insert(conn, &[message], &told).await
    }
}
