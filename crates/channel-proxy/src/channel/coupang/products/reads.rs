//! Products and offers as they are now.

use chrono::TimeDelta;
use moa_service::PageToken;

use super::wire;
use crate::channel::coupang::calls::{encoded, malformed, provider_path, read, vendor_id};
use crate::channel::coupang::errors::Refusal;
use crate::channel::coupang::look::{Asked, stamp};
use crate::channel::coupang::map::rows;
use crate::channel::{FetchError, Page, PageQuery, ReadQuery, Session, Single};
use crate::domain::account::InvalidField;
use crate::domain::facts::Read;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::ListingRef;
use crate::quota::Slot;

/// Where the list of products goes on.
const PAGES: PageToken = PageToken::of("coupang.products");

/// A product that was just made or changed cannot be read for so long.
const SETTLING: TimeDelta = TimeDelta::minutes(10);

/// A path of the product API, which has no vendor in it.
pub fn product_path(rest: &str) -> String {
    provider_path("seller_api", &format!("v1/marketplace/{rest}"))
}

pub async fn fetch_products(
    session: &Session,
    query: &PageQuery,
) -> Result<Page<ChannelProduct>, FetchError> {
    let refused = |_| InvalidField::new("page_token", "is not one that this list gave out");
    let token: Option<String> = PAGES.decode(&query.page_token).map_err(refused)?;
    // The first page is asked for by 1: left out, or empty, the list was seen to be silently empty.
    let token = token.unwrap_or_else(|| "1".to_owned());
    let vendor = vendor_id(session);
    let text = format!(
        "vendorId={vendor}&nextToken={}&maxPerPage=100",
        encoded(&token)
    );
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &product_path("seller-products"), &text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let page = envelope.rows().map_err(|error| malformed(&error))?;
    let (rows, rejected) = rows(page, "sellerProductId", |_, row| {
        wire::product(row, reply.sent_at)
    })
    .map_err(|error| malformed(&error))?;
    let next = (!envelope.next_token.is_empty()).then_some(&envelope.next_token);
    Ok(Page {
        raw: reply.body,
        rows,
        rejected,
        next_page_token: PAGES.encode(next),
        read_at: reply.sent_at,
    })
}

pub async fn fetch_product(
    session: &Session,
    query: &ReadQuery<String>,
) -> Result<Single<ChannelProduct>, FetchError> {
    let path = product_path(&format!("seller-products/{}", encoded(&query.what)));
    let slot = session.slot(query.class, query.deadline).await?;
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let product = wire::product(envelope.data(), reply.sent_at);
            let product = product.map_err(|error| malformed(&error))?;
            Ok(Single {
                raw: reply.body,
                found: Some(product),
                read_at: reply.sent_at,
            })
        }
        Err(refusal) if is_no_product(&refusal) => Ok(Single {
            raw: bytes::Bytes::new(),
            found: None,
            read_at: session.now(),
        }),
        Err(refusal) if is_settling(&refusal) => Err(CallFailure::without_effect(
            FailureKind::Fault,
            "the product was made or changed a moment ago; Coupang shows it ten minutes later",
        )
        .not_before(session.now() + SETTLING)
        .into()),
        Err(refusal) => Err(refusal.failure.into()),
    }
}

fn is_no_product(refusal: &Refusal) -> bool {
    let message = &refusal.message;
    message.contains("데이터가 없습니다") || message.contains("상품을 조회할 수 없습니다")
}

fn is_settling(refusal: &Refusal) -> bool {
    let message = &refusal.message;
    message.contains("being registered or modified") || message.contains("등록 또는 수정")
}

pub async fn fetch_offer(
    session: &Session,
    query: &ReadQuery<ListingRef>,
) -> Result<Single<ChannelOffer>, FetchError> {
    let slot = session.slot(query.class, query.deadline).await?;
    let sight = look(session, slot, &query.what.channel_listing_id).await?;
    Ok(Single {
        raw: sight.raw,
        found: sight.offer,
        read_at: sight.read.sent_at,
    })
}

/// A look at one offer.
pub struct Sight {
    /// Absent when the channel does not know the option.
    pub offer: Option<ChannelOffer>,
    /// The body exactly as received; empty when there is nothing.
    pub raw: bytes::Bytes,
    /// The read.
    pub read: Read,
}

/// Stock, price and sale of one option as they are now.
pub async fn look(
    session: &Session,
    slot: Slot,
    vendor_item_id: &str,
) -> Result<Sight, CallFailure> {
    let id = encoded(vendor_item_id);
    let path = product_path(&format!("vendor-items/{id}/inventories"));
    let asked = Asked::now(session);
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let offer = wire::offer(vendor_item_id, envelope.data(), reply.sent_at);
            let offer = offer.map_err(|error| malformed(&error))?;
            Ok(Sight {
                offer: Some(offer),
                read: stamp("inventories", &reply),
                raw: reply.body,
            })
        }
        Err(refusal) if refusal.message.contains("유효한 옵션이 없습니다") => Ok(Sight {
            offer: None,
            raw: bytes::Bytes::new(),
            read: asked.refused(session, "inventories", &refusal),
        }),
        Err(refusal) => Err(refusal.failure),
    }
}
