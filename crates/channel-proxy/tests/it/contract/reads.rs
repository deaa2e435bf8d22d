//! Reading what stands beside the lists of orders: single claims and orders, a parcel's way, questions, products, what
//! the channel owes.

use chrono::{Days, FixedOffset, NaiveDate};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::Clock;
use moa_service::status::fields_of;
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;
use tonic::Status;

use super::desk::Desk;
use super::effects::{no_account, says_it_lacks, strangers};
use super::messages::inquiry_ref;
use super::world::World;
use crate::topics::{NUMBER, claim_ref};

const WORDS: &str = "내일 출고됩니다.\n감사합니다.";

/// Whether the channel has a read; that it has not is said by name.
async fn has<W: World>(desk: &mut Desk<W>, operation: Operation) -> bool {
    if desk.declares(operation) {
        return true;
    }
    let [_, mut head] = strangers(desk);
    head.channel_account_id = desk.account.clone();
    let refused = ask(desk, operation, head).await.unwrap_err();
    says_it_lacks::<W>(&refused, operation);
    false
}

/// Asks for something that nobody has.
async fn ask<W: World>(
    desk: &mut Desk<W>,
    operation: Operation,
    head: crate::topics::Head,
) -> Result<(), Status> {
    let (merchant_id, channel_account_id) = (head.merchant_id, head.channel_account_id);
    let (call_class, id) = (pb::CallClass::Poll.into(), "7".to_owned());
    match operation {
        Operation::FetchClaim => {
            let claim = pb::ClaimRef {
                channel_claim_id: id.clone(),
                channel_order_id: id,
                kind: pb::ClaimKind::Return.into(),
                requested_at: None,
            };
            let request = pb::FetchClaimRequest {
                merchant_id,
                channel_account_id,
                call_class,
                claim: Some(claim),
            };
            desk.claims.fetch_claim(request).await.map(drop)
        }
        Operation::FetchOrder => {
            let request = pb::FetchOrderRequest {
                merchant_id,
                channel_account_id,
                call_class,
                channel_order_id: id,
            };
            desk.parcels.fetch_order(request).await.map(drop)
        }
        Operation::FetchParcelHistory => {
            let request = pb::FetchParcelHistoryRequest {
                merchant_id,
                channel_account_id,
                call_class,
                channel_parcel_id: id,
            };
            desk.parcels.fetch_parcel_history(request).await.map(drop)
        }
        Operation::FetchInquiries => {
            let mut request = desk.questions_request(pb::InquiryKind::Product);
            (request.merchant_id, request.channel_account_id) = (merchant_id, channel_account_id);
            desk.questions.fetch_inquiries(request).await.map(drop)
        }
        Operation::FetchProducts => {
            let request = pb::FetchProductsRequest {
                merchant_id,
                channel_account_id,
                call_class,
                page_token: String::new(),
            };
            desk.listings.fetch_products(request).await.map(drop)
        }
        Operation::FetchSettlements => {
            let mut request = days(desk, yesterday(), yesterday());
            (request.merchant_id, request.channel_account_id) = (merchant_id, channel_account_id);
            desk.settlements.fetch_settlements(request).await.map(drop)
        }
        other => panic!("{other:?} is no read"),
    }
}

/// Every read, with an account that is not the caller's.
pub async fn reads_are_refused_to_strangers<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    for operation in super::READS {
        for stranger in strangers(&desk) {
            no_account(&ask(&mut desk, *operation, stranger).await.unwrap_err());
        }
    }
}

pub async fn one_claim_is_read_by_its_name<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchClaim).await {
        return;
    }
    let parcel = desk.acknowledged(1).await.remove(0);
    desk.buyer(&parcel.channel_order_id, "cancel", json!({}))
        .await;
    let listed = desk.claim_of(&parcel.channel_order_id).await;
    let single = desk.fetch_claim(&listed).await;
    assert!(!single.gone && !single.raw_page.is_empty() && single.read_at.is_some());
    let claim = single.claim.unwrap();
    assert_eq!(claim.channel_claim_id, listed.channel_claim_id);
    assert_eq!(claim.kind(), listed.kind());
    assert_eq!(claim.lines, listed.lines);
    assert!(
        claim.actions().count() > 0,
        "something can be done about it"
    );

    let mut nothing = listed.clone();
    let seven = |c: char| if c.is_ascii_digit() { '7' } else { c };
    nothing.channel_claim_id = nothing.channel_claim_id.chars().map(seven).collect();
    assert!(desk.fetch_claim(&nothing).await.gone);
    let request = pb::FetchClaimRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        call_class: pb::CallClass::Gate.into(),
        claim: claim_ref(&pb::ChannelClaim { kind: 0, ..listed }),
    };
    let refused = desk.claims.fetch_claim(request).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "claim.kind");
}

pub async fn one_order_is_read_with_all_its_parcels<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchOrder).await {
        return;
    }
    let placed = desk.place(1, 2).await.remove(0);
    let read = desk.order(&placed).await;
    assert!(!read.gone && !read.raw_page.is_empty());
    assert_eq!(read.rejected_rows, []);
    assert_eq!(read.order.unwrap().lines.len(), 2);
    let nobody_s = desk.order(&"7".repeat(placed.len())).await;
    assert!(nobody_s.gone && nobody_s.order.is_none(), "{nobody_s:?}");
}

pub async fn a_parcel_s_way_is_told_newest_first<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchParcelHistory).await {
        return;
    }
    let parcel = desk.dispatched(NUMBER).await;
    let request = pb::FetchParcelHistoryRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        call_class: pb::CallClass::Gate.into(),
        channel_parcel_id: parcel.channel_parcel_id.clone(),
    };
    let history = desk.parcels.fetch_parcel_history(request).await.unwrap();
    let history = history.into_inner();
    let states: Vec<_> = history.events.iter().map(|event| event.state()).collect();
    use pb::LineState::{Acknowledged, Dispatched, Placed};
    assert_eq!(states, [Dispatched, Acknowledged, Placed]);
    assert!(!history.raw_page.is_empty());
}

/// Where buyers ask: each kind is listed by state, read by name and, once it was answered, shows the answer.
pub async fn every_kind_of_question_is_asked_read_and_answered<W: World>(pool: PgPool) {
    use pb::InquiryState::{Answered, Waiting};
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchInquiries).await {
        return;
    }
    for kind in W::INQUIRY_KINDS {
        let (order_id, inquiry) = desk.asked(*kind, false).await;
        assert_eq!((inquiry.kind(), inquiry.state()), (*kind, Waiting));
        let about_it = inquiry.channel_order_ids.contains(&order_id);
        assert!(
            about_it || !inquiry.channel_product_id.is_empty(),
            "{inquiry:?}"
        );
        assert!(inquiry.asked_at.is_some());
        let by_state = |state: pb::InquiryState| {
            let mut request = desk.questions_request(*kind);
            request.set_state(state);
            request
        };
        let (waiting, answered) = (by_state(Waiting), by_state(Answered));
        assert_eq!(desk.listed_questions(waiting.clone()).await.len(), 1);
        assert_eq!(desk.listed_questions(answered.clone()).await.len(), 0);

        let told = Intended::InquiryAnswer(desk.answer(&inquiry, WORDS));
        desk.told_well(Operation::AnswerInquiry, told).await;
        let now = question(&mut desk, &inquiry).await.inquiry.unwrap();
        assert_eq!(now.state(), Answered, "{now:?}");
        let ours = |message: &&pb::InquiryMessage| message.author() == pb::InquiryAuthor::Merchant;
        let words: Vec<_> = now.messages.iter().filter(ours).collect();
        assert_eq!(words.len(), 1);
        assert_eq!(words[0].text, WORDS);
        assert_eq!(desk.listed_questions(waiting).await.len(), 0);
        assert_eq!(desk.listed_questions(answered).await.len(), 1);
    }
}

async fn question<W: World>(
    desk: &mut Desk<W>,
    inquiry: &pb::ChannelInquiry,
) -> pb::FetchInquiryResponse {
    let request = pb::FetchInquiryRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        inquiry: inquiry_ref(inquiry),
    };
    let response = desk.inquiries.fetch_inquiry(request).await.unwrap();
    response.into_inner()
}

pub async fn questions_are_refused_by_field<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchInquiries).await {
        return;
    }
    let kinds = [
        pb::InquiryKind::Unspecified,
        pb::InquiryKind::Product,
        pb::InquiryKind::Order,
        pb::InquiryKind::CallCenter,
    ];
    for kind in kinds {
        let request = desk.questions_request(kind);
        let answer = desk.questions.fetch_inquiries(request).await;
        if W::INQUIRY_KINDS.contains(&kind) {
            assert_eq!(answer.unwrap().into_inner().inquiries, []);
        } else {
            assert_eq!(fields_of(&answer.unwrap_err())[0].0, "kind", "{kind:?}");
        }
    }
    let mut no_window = desk.questions_request(W::INQUIRY_KINDS[0]);
    no_window.to = no_window.from;
    let refused = desk.questions.fetch_inquiries(no_window).await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "to");
    let mut token = desk.questions_request(W::INQUIRY_KINDS[0]);
    token.page_token = "bm9uc2Vuc2U".to_owned();
    let refused = desk.questions.fetch_inquiries(token).await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "page_token");
}

/// From the list of products to what one listing costs, and how many there are.
pub async fn every_listing_is_reached_by_its_product<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchProducts).await {
        return;
    }
    let offered = desk.known().await["listings"].as_array().unwrap().len();
    let mut found = 0;
    for product in desk.products().await {
        let id = product.channel_product_id;
        assert!(!product.name.is_empty());
        for listing in desk.product(&id).await.product.unwrap().listings {
            found += 1;
            assert!(!listing.sku_code.is_empty(), "{listing:?}");
            let named = pb::ListingRef {
                channel_listing_id: listing.channel_listing_id,
                channel_product_id: id.clone(),
            };
            let offer = desk.offer(&named).await.offer.unwrap();
            assert_eq!(offer.price, listing.price);
            assert!(offer.on_sale && offer.stock > 0, "{offer:?}");
        }
    }
    assert_eq!(found, offered);
    let nothing = pb::ListingRef {
        channel_listing_id: "7".to_owned(),
        channel_product_id: String::new(),
    };
    assert!(desk.offer(&nothing).await.gone);
    assert!(desk.product("7").await.gone);
}

/// A change shows in the offer, and mistakes are refused before they are told.
pub async fn an_offer_shows_what_was_changed<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let before = desk.listing().await;
    let was = desk.offer(&before).await.offer.unwrap();
    for operation in [
        Operation::SetStock,
        Operation::SetPrice,
        Operation::StopSale,
    ] {
        if desk.declares(operation) {
            let told = desk.ready(operation).await;
            desk.told_well(operation, told).await;
        }
    }
    let now = desk.offer(&before).await.offer.unwrap();
    assert_eq!(now.stock == 17, desk.declares(Operation::SetStock));
    assert_eq!(now.price != was.price, desk.declares(Operation::SetPrice));
    assert_eq!(now.on_sale, !desk.declares(Operation::StopSale));
    let negative = pb::SetStockRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        effect_id: desk.head().effect_id,
        fence: 1,
        stock_change: Some(pb::StockChange {
            listing: Some(before),
            quantity: -1,
        }),
    };
    let refused = desk.listings.set_stock(negative).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "stock_change.quantity");
}

fn yesterday() -> NaiveDate {
    let korea = FixedOffset::east_opt(9 * 3600).unwrap();
    Clock::system().now().with_timezone(&korea).date_naive() - Days::new(1)
}

fn days<W: World>(desk: &Desk<W>, from: NaiveDate, to: NaiveDate) -> pb::FetchSettlementsRequest {
    pb::FetchSettlementsRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        from_day: from.to_string(),
        to_day: to.to_string(),
        page_token: String::new(),
    }
}

pub async fn what_is_owed_is_read_page_by_page_to_its_end<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !has(&mut desk, Operation::FetchSettlements).await {
        return;
    }
    let mut request = days(&desk, yesterday() - Days::new(40), yesterday());
    let mut pages = 0;
    loop {
        let page = desk.settlements.fetch_settlements(request.clone()).await;
        let page = page.unwrap().into_inner();
        assert_eq!((page.settlements, page.rejected_rows), (vec![], vec![]));
        assert!(!page.raw_page.is_empty());
        pages += 1;
        assert!(pages < 100, "a day is a page at most");
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(pages > 1, "more days than one read takes");
    let far = days(&desk, yesterday() - Days::new(500), yesterday());
    let backwards = days(&desk, yesterday(), yesterday() - Days::new(2));
    let mut no_day = days(&desk, yesterday(), yesterday());
    no_day.to_day = "01.03.2026".to_owned();
    let future = days(&desk, yesterday(), yesterday() + Days::new(400));
    for request in [far, backwards, no_day, future] {
        let refused = desk.settlements.fetch_settlements(request.clone()).await;
        let refused = refused.unwrap_err();
        assert_eq!(fields_of(&refused)[0].0, "to_day", "{request:?}");
    }
}
