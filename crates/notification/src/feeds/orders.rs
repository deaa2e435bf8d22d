//! order-sync's `orders`: what came in is announced to the merchant; whose contact was erased is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use moa_id::{MerchantId, OrderId};
use moa_money::{Currency, Money};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::money::v1 as money;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::{BoxError, parse_timestamp};
use sqlx::PgConnection;

use crate::app::{App, PlacedOrder};
use crate::domain::announcement::{NewOrder, sum};

/// Announces new orders, and forgets recipients.
pub(crate) struct OrdersFeed(pub(crate) Arc<App>);

#[async_trait]
impl FeedHandler for OrdersFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut placed = Vec::new();
        let mut erased: BTreeMap<MerchantId, Vec<OrderId>> = BTreeMap::new();
        for event in events {
            if let Some(changed) = event.decode::<pb::OrderChanged>() {
                let order = changed?.order.ok_or("an OrderChanged without order")?;
                if order.contact_erased {
                    let orders = erased.entry(event.merchant_id).or_default();
                    orders.push(order.order_id.parse()?);
                }
                continue;
            }
            let Some(message) = event.decode::<pb::OrderPlaced>() else {
                continue;
            };
            let order = message?.order.ok_or("an OrderPlaced without order")?;
            // Seen for the first time when its story is half over: that is no news.
            if !matches!(
                order.state(),
                pb::OrderState::Placed | pb::OrderState::Acknowledged
            ) {
                continue;
            }
            placed.push(PlacedOrder {
                merchant_id: event.merchant_id,
                ordered_at: parse_timestamp("ordered_at", order.ordered_at)?,
                order: new_order(order)?,
            });
        }
        self.0.announce_orders(&mut *conn, placed).await?;
        for (merchant_id, orders) in erased {
            self.0
                .forget_recipients(&mut *conn, merchant_id, &orders)
                .await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}

fn new_order(order: pb::Order) -> Result<NewOrder, BoxError> {
    let totals = order
        .lines
        .iter()
        .map(|line| amount(line.line_total.as_ref()));
    let fee = order.shipping_fee.as_ref().map(|fee| amount(Some(fee)));
    let total = sum(totals.chain(fee));
    let products = order.lines.iter().map(|line| {
        let name = format!("{} {}", line.product_name, line.option_name);
        (name, i64::from(line.quantity))
    });
    Ok(NewOrder {
        order_id: order.order_id.parse()?,
        products: products.collect(),
        total,
        channel: order.channel,
    })
}

fn amount(money: Option<&money::Money>) -> Option<Money> {
    let money = money?;
    Some(Money::new(
        money.amount_minor,
        Currency::parse(&money.currency).ok()?,
    ))
}
