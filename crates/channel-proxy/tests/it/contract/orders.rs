//! Finding orders and claims: windows, pages, pages read again, single orders.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_service::status::{fields_of, reason_of};
use moa_service::{Clock, timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::desk::Desk;
use super::world::World;

fn ids(pages: &[pb::FetchOrdersResponse]) -> BTreeSet<String> {
    let orders = pages.iter().flat_map(|page| &page.orders);
    orders.map(|order| order.channel_order_id.clone()).collect()
}

/// What is paid, what was discounted by whom, and what is paid out fit together.
fn assert_amounts_add_up(line: &pb::ChannelOrderLine) {
    let won = |money: &Option<Money>| money.as_ref().map(|money| money.amount_minor).unwrap();
    let goods = won(&line.unit_price) * i64::from(line.quantity);
    assert_eq!(
        won(&line.line_total) + won(&line.discount),
        goods,
        "{line:?}"
    );
    let share = won(&line.merchant_discount);
    assert!((0..=won(&line.discount)).contains(&share), "{line:?}");
    if let Some(expected) = &line.expected_settlement {
        assert!(expected.amount_minor > 0, "{line:?}");
    }
}

/// Whole, with whom it goes to, and the same again from the page that was kept.
pub async fn an_order_is_found_with_its_contact_and_its_raw_page<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let placed = desk.place(1, 2).await.remove(0);
    let pages = desk.stage.fetch_all(desk.new_orders()).await.unwrap();
    let page = pages.iter().find(|page| !page.orders.is_empty()).unwrap();
    assert_eq!(page.rejected_rows, []);
    let orders = &page.orders;
    assert!(orders.iter().all(|order| order.channel_order_id == placed));
    let lines = orders.iter().flat_map(|order| &order.lines);
    for line in lines {
        assert_eq!(line.state(), pb::LineState::Placed, "{line:?}");
        assert!(line.quantity > 0);
        assert_amounts_add_up(line);
        assert!(!line.product_name.is_empty() && !line.channel_listing_id.is_empty());
        assert!(!line.channel_line_id.is_empty() && !line.channel_parcel_id.is_empty());
    }
    let contact = orders[0].contact.as_ref().unwrap();
    assert!(!contact.receiver_name.is_empty() && contact.postcode.len() == 5);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    assert!(digits(&contact.receiver_phone), "digits only");

    let again = pb::ParseOrdersRequest {
        merchant_id: desk.merchant_id(),
        channel: W::CHANNEL.to_owned(),
        raw_page: page.raw_page.clone(),
        read_at: page.read_at,
    };
    let parsed = desk.stage.order_sync.parse_orders(again).await.unwrap();
    let mut parsed = parsed.into_inner().orders;
    let mut orders = page.orders.clone();
    // A channel that promises no order of its rows keeps them in ours, and a page of two reads is as old as the first.
    for order in orders.iter_mut().chain(&mut parsed) {
        order.read_at = page.read_at;
        let id = |line: &pb::ChannelOrderLine| line.channel_line_id.clone();
        order.lines.sort_by_key(id);
    }
    assert_eq!(parsed, orders);
}

pub async fn every_order_of_a_window_is_on_one_of_its_pages<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let placed = desk.place(W::MORE_THAN_A_PAGE, 1).await;
    let placed: BTreeSet<String> = placed.into_iter().collect();
    for class in [pb::CallClass::Poll, pb::CallClass::Sweep] {
        let mut request = desk.new_orders();
        request.set_call_class(class);
        let pages = desk.stage.fetch_all(request.clone()).await.unwrap();
        assert_eq!(ids(&pages), placed, "{class:?}");
        // A poll's window may be read without pages; a sweep's is not.
        if class == pb::CallClass::Sweep {
            let most = usize::try_from(desk.can.max_orders_per_page).unwrap();
            assert!(pages.len() > 1);
            assert!(pages.iter().all(|page| page.orders.len() <= most));
        }
        // Read again, a page that shows nothing new is the same page, and stays behind when it is known.
        let again = desk.stage.fetch_all(request.clone()).await.unwrap();
        assert_eq!(again[0].raw_page, pages[0].raw_page);
        let shown = pages.iter().find(|page| !page.orders.is_empty()).unwrap();
        request.known_sha256 = Sha256::digest(&shown.raw_page).to_vec().into();
        let again = desk.stage.fetch_all(request).await.unwrap();
        for (page, again) in pages.iter().zip(again) {
            let is_known = page.raw_page == shown.raw_page;
            let orders = u32::try_from(page.orders.len()).ok();
            assert_eq!(again.unchanged_orders, orders.filter(|_| is_known));
            assert_eq!(
                again.raw_page.is_empty() && again.orders.is_empty(),
                is_known
            );
        }
    }
    assert_eq!(desk.stage.verdict("quota_violations").await, 0);
}

pub async fn a_window_without_orders_is_an_empty_page<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let mut request = desk.new_orders();
    let now = Clock::system().now();
    request.from = Some(timestamp(now - TimeDelta::days(2)));
    request.to = Some(timestamp(now - TimeDelta::days(1)));
    let pages = desk.stage.fetch_all(request).await.unwrap();
    assert!(!pages.is_empty());
    for page in pages {
        assert_eq!((page.orders, page.rejected_rows), (vec![], vec![]));
        assert!(page.read_at.is_some());
    }
}

pub async fn questions_that_make_no_window_are_refused_by_field<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let now = Clock::system().now();
    let good = desk.new_orders();
    let with = |change: &dyn Fn(&mut pb::FetchOrdersRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let ago = |days: i64| Some(timestamp(now - TimeDelta::days(days)));
    let other_way = match desk.can.order_discovery() {
        pb::OrderDiscovery::BoxesByState => pb::LineState::Unspecified,
        _ => pb::LineState::Placed,
    };
    for (request, field) in [
        (with(&|r| r.to = r.from), "to"),
        (with(&|r| r.to = ago(1)), "to"),
        (with(&|r| r.from = ago(500)), "to"),
        (with(&|r| r.from = None), "from"),
        (with(&|r| r.to = None), "to"),
        (with(&|r| r.call_class = 0), "call_class"),
        (with(&|r| r.call_class = 99), "call_class"),
        (with(&|r| r.state = 99), "state"),
        (with(&|r| r.set_state(other_way)), "state"),
        (
            with(&|r| r.page_token = "bm9uc2Vuc2U".to_owned()),
            "page_token",
        ),
        (
            with(&|r| r.channel_account_id.clear()),
            "channel_account_id",
        ),
    ] {
        let refused = desk.stage.fetch_all(request.clone()).await.unwrap_err();
        let fields = fields_of(&refused);
        assert_eq!(fields[0].0, field, "{request:?}");
        assert!(!fields[0].1.is_empty());
    }
    let mut claims = desk.claims_request();
    claims.to = claims.from;
    let refused = desk.stage.order_sync.fetch_claims(claims).await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "to");
}

/// A token goes with its question: with another window it would skip what nobody read.
pub async fn a_token_of_another_question_is_refused<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    desk.place(W::MORE_THAN_A_PAGE, 1).await;
    let mut request = desk.new_orders();
    request.set_call_class(pb::CallClass::Sweep);
    let page = desk.stage.order_sync.fetch_orders(request.clone()).await;
    request.page_token = page.unwrap().into_inner().next_page_token;
    assert!(!request.page_token.is_empty());
    request.from = Some(timestamp(Clock::system().now() - TimeDelta::days(3)));
    let refused = desk.stage.fetch_all(request.clone()).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "page_token");
    let mut claims = desk.claims_request();
    claims.page_token = request.page_token;
    let refused = desk.stage.order_sync.fetch_claims(claims).await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "page_token");
}

pub async fn an_answer_that_cannot_be_read_loses_nothing<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let placed: BTreeSet<String> = desk.place(2, 1).await.into_iter().collect();
    // Before the trouble, so that it hits the list and not what leads to it.
    desk.stage.fetch_all(desk.new_orders()).await.unwrap();
    for (kind, reasons) in [
        ("garbage_body", &["CHANNEL_MALFORMED_ANSWER"][..]),
        (
            "torn_body",
            &["CHANNEL_MALFORMED_ANSWER", "CHANNEL_ANSWER_UNFINISHED"],
        ),
        ("error_500", &["CHANNEL_FAULT"]),
        ("reset_before", &["CHANNEL_CONNECTION_LOST"]),
    ] {
        desk.trouble(kind, "/", None).await;
        let refused = desk.stage.fetch_all(desk.new_orders()).await.unwrap_err();
        let reason = reason_of(&refused).unwrap();
        assert!(reasons.contains(&reason.as_str()), "{kind}: {reason}");
    }
    desk.calm().await;
    let pages = desk.stage.fetch_all(desk.new_orders()).await.unwrap();
    assert_eq!(ids(&pages), placed);
}

/// What the channel says twice, or with members that nobody documented, is read all the same.
pub async fn rows_twice_and_unknown_members_do_no_harm<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let placed: BTreeSet<String> = desk.place(2, 1).await.into_iter().collect();
    for kind in ["duplicate_page", "unknown_field"] {
        desk.trouble(kind, "/", None).await;
        let pages = desk.stage.fetch_all(desk.new_orders()).await.unwrap();
        assert_eq!(ids(&pages), placed, "{kind}");
        assert!(pages.iter().all(|page| page.rejected_rows.is_empty()));
    }
}

pub async fn one_parcel_is_read_by_its_id<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(1, 1).await;
    let parcel = desk.placed(&orders).await.remove(0);
    let request = |id: &str| pb::FetchParcelRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        channel_parcel_id: id.to_owned(),
    };
    let (good, bad) = (request(&parcel.channel_parcel_id), request("../x"));
    let sevens = request(&"7".repeat(parcel.channel_parcel_id.len()));
    let response = desk.stage.order_sync.fetch_parcel(good).await.unwrap();
    let read = response.into_inner();
    assert!(!read.gone && !read.raw_page.is_empty());
    let order = read.order.unwrap();
    assert_eq!(order.channel_order_id, orders[0]);
    let line = &order.lines[0];
    assert_eq!(line.channel_line_id, parcel.lines[0].channel_line_id);
    assert_eq!(line.quantity, parcel.lines[0].quantity);
    let refused = desk.stage.order_sync.fetch_parcel(bad).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "channel_parcel_id");
    let refused = desk.stage.order_sync.fetch_parcel(sevens).await;
    let reason = reason_of(&refused.unwrap_err());
    assert_eq!(reason.as_deref(), Some("CHANNEL_REFUSED"));
}

/// A cancel that waits shows as a claim, holds its line, and is gone once it was taken back.
pub async fn a_cancel_that_waits_is_found_as_a_claim_and_holds_its_line<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let parcel = desk.acknowledged(1).await.remove(0);
    let order_id = &parcel.channel_order_id;
    desk.buyer(order_id, "cancel", json!({})).await;
    let claim = desk.claim_of(order_id).await;
    let kinds = [pb::ClaimKind::Cancel, pb::ClaimKind::StopShipment];
    assert!(kinds.contains(&claim.kind()), "{claim:?}");
    assert!(claim.requested_at.is_some() && claim.read_at.is_some());
    let line = &parcel.lines[0];
    assert_eq!(claim.lines[0].channel_line_id, line.channel_line_id);
    assert_eq!(claim.lines[0].quantity, line.quantity);
    let shown = desk.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(shown.channel_claim_id, claim.channel_claim_id);
    assert_eq!(shown.state(), pb::ClaimState::Requested);

    W::take_back(&mut desk, &claim).await;
    let later = desk.fetch_claim(&claim).await;
    let withdrawn = later.claim.as_ref().is_some_and(|claim| {
        claim.state() == pb::ClaimState::Withdrawn && claim.actions.is_empty()
    });
    assert!(later.gone || withdrawn, "{later:?}");
}

/// What is decided about a claim that was taken back reaches nobody.
pub async fn a_claim_that_was_taken_back_is_not_decided_about<W: World>(pool: PgPool) {
    use pb::ChannelOperation::{ConfirmCollected, RejectClaim};
    let mut desk = Desk::<W>::open(&pool).await;
    // SmartStore takes no claim back whose goods are there: a refusal is possible before.
    let operation = if desk.declares(RejectClaim) {
        RejectClaim
    } else {
        ConfirmCollected
    };
    let claim = W::claim_for(&mut desk, operation).await;
    W::take_back(&mut desk, &claim).await;
    let head = desk.head();
    let told = super::messages::about(operation, &claim);
    let result = desk.tell(operation, head, Some(told)).await.unwrap();
    let outcomes = [pb::WriteOutcome::Blocked, pb::WriteOutcome::RefusedFinal];
    assert!(outcomes.contains(&result.outcome()), "{result:?}");
    let reasons = ["CLAIM_WITHDRAWN", "CLAIM_NOT_FOUND"];
    assert!(reasons.contains(&result.reason.as_str()), "{result:?}");
}
