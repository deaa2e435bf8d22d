//! Reading what the merchant offers.

use moa_service::PageToken;
use serde_json::{Value, json};

use super::goods::{Numbers, found, numbers, state};
use super::look::{Asker, contents};
use crate::channel::smartstore::token::Tokens;
use crate::channel::{FetchError, Page, PageQuery, ReadQuery, Session, Single};
use crate::domain::account::InvalidField;
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::ListingRef;
use crate::domain::order::RejectedRow;

/// Where the list of products goes on.
const PAGES: PageToken = PageToken::of("smartstore.products");

/// Products of a page.
pub const PAGE: u32 = 100;

pub async fn fetch_products(
    tokens: &Tokens,
    session: &Session,
    query: &PageQuery,
) -> Result<Page<ChannelProduct>, FetchError> {
    let page: Option<u32> = PAGES.decode(&query.page_token).map_err(|_| {
        InvalidField::new(
            "page_token",
            "is not one that this list gave out; begin without it",
        )
    })?;
    let page = page.unwrap_or(1);
    let asker = Asker {
        tokens,
        session,
        class: query.class,
        deadline: query.deadline,
    };
    let body = json!({"page": page, "size": PAGE, "orderType": "NO"});
    let (reply, body) = asker.search(&body).await?;
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (index, row) in contents(&body)?.iter().enumerate() {
        let products = row.get("channelProducts").and_then(Value::as_array);
        for product in products.into_iter().flatten() {
            match found(product, reply.sent_at) {
                Ok(product) => rows.push(product),
                Err(error) => rejected.push(RejectedRow {
                    index,
                    channel_order_id: String::new(),
                    reason: error.to_string(),
                }),
            }
        }
    }
    let more = body.get("last") == Some(&Value::Bool(false)) && !contents(&body)?.is_empty();
    let next = more.then(|| page.saturating_add(1));
    Ok(Page {
        rows,
        rejected,
        next_page_token: PAGES.encode(next.as_ref()),
        read_at: reply.sent_at,
        raw: reply.body,
    })
}

pub async fn fetch_product(
    tokens: &Tokens,
    session: &Session,
    query: &ReadQuery<String>,
) -> Result<Single<ChannelProduct>, FetchError> {
    let Some(Numbers {
        channel_product_no,
        option_id: None,
    }) = numbers(&query.what)
    else {
        return Err(InvalidField::new(
            "channel_product_id",
            "must be the number of a channel product, as SmartStore shows it",
        )
        .into());
    };
    let asker = Asker {
        tokens,
        session,
        class: query.class,
        deadline: query.deadline,
    };
    let sight = asker.goods(channel_product_no).await?;
    let read_at = sight.read.sent_at;
    let product = sight.goods.map(|goods| ChannelProduct {
        channel_product_id: channel_product_no.to_owned(),
        listings: goods.listings(channel_product_no),
        state: state(&goods.status),
        name: goods.name,
        brand: goods.brand,
        read_at,
    });
    Ok(Single {
        found: product,
        raw: sight.raw,
        read_at,
    })
}

pub async fn fetch_offer(
    tokens: &Tokens,
    session: &Session,
    query: &ReadQuery<ListingRef>,
) -> Result<Single<ChannelOffer>, FetchError> {
    let listing = &query.what.channel_listing_id;
    let Some(numbers) = numbers(listing) else {
        return Err(InvalidField::new(
            "listing.channel_listing_id",
            "must be a channel product's number, and its option's behind a hyphen, as an order line names it",
        )
        .into());
    };
    let asker = Asker {
        tokens,
        session,
        class: query.class,
        deadline: query.deadline,
    };
    let sight = asker.goods(numbers.channel_product_no).await?;
    let read_at = sight.read.sent_at;
    let goods = sight.goods.as_ref();
    Ok(Single {
        found: goods.and_then(|goods| goods.offer(listing, numbers, read_at)),
        raw: sight.raw,
        read_at,
    })
}
