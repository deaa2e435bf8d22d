//! What we follow: order-sync's `listings`.

use std::sync::Arc;

use async_trait::async_trait;
use moa_money::{Currency, Money, MoneyError};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::order_sync::v1::{ListedOffer, ListingSeen};
use moa_service::{BoxError, parse_timestamp};
use sqlx::PgConnection;

use crate::app::App;
use crate::app::record_seen::{Key, Seen};
use crate::domain::sight::{Names, Offer, Sight};

/// Notes the listings that orders and product lists show.
pub struct ListingsSeen {
    app: Arc<App>,
}

impl ListingsSeen {
    /// Notes them in this catalogue.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[async_trait]
impl FeedHandler for ListingsSeen {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut seen = Vec::with_capacity(events.len());
        for event in events {
            let Some(message) = event.decode::<ListingSeen>() else {
                continue;
            };
            let message = message?;
            // Events of before the product list was read are of orders and do not say when.
            let was_ordered = message.ordered_at.is_some() || message.listed.is_none();
            let names = Names {
                product_name: message.product_name,
                option_name: message.option_name,
                sku_code: message.sku_code,
            };
            seen.push(Seen {
                key: Key(
                    event.merchant_id,
                    message.channel_account_id.parse()?,
                    message.channel_listing_id,
                ),
                channel: message.channel,
                sight: Sight {
                    ordered: was_ordered.then_some(names),
                    listed: message.listed.map(offer).transpose()?,
                },
                version: event.version,
            });
        }
        self.app.record_seen(conn, seen).await?;
        Ok(())
    }
}

fn offer(listed: ListedOffer) -> Result<Offer, BoxError> {
    let price = listed.price.map(|price| {
        let currency = Currency::parse(&price.currency)?;
        Ok::<_, MoneyError>(Money::new(price.amount_minor, currency))
    });
    let read_at = listed
        .read_at
        .map(|at| parse_timestamp("listed.read_at", Some(at)));
    Ok(Offer {
        names: Names {
            product_name: listed.product_name,
            option_name: listed.option_name,
            sku_code: listed.sku_code,
        },
        barcode: listed.barcode,
        channel_product_id: listed.channel_product_id,
        price: price.transpose()?,
        on_sale: listed.on_sale,
        read_at: read_at.transpose()?,
    })
}
