//! The seller: account, store, addresses. No envelope.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::answer::{Answer, Family};
use super::params::Params;
use super::{Caller, couriers, wire};
use crate::shared::Shared;
use crate::world::Account;

fn with_account(
    shared: &Shared,
    account: u32,
    tell: impl FnOnce(&Account) -> Value,
) -> Result<Answer, Answer> {
    let store = shared.store();
    let account = store.world.account(account).ok_or_else(Answer::internal)?;
    Ok(Answer::ok(Family::Plain, tell(account)))
}

/// `GET /v1/seller/account`.
pub async fn account(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
) -> Result<Answer, Answer> {
    with_account(&shared, account, |account| {
        json!({
            "accountId": account.smartstore.login_id,
            "accountUid": account.smartstore.account_id,
            "grade": "BIG_POWER",
        })
    })
}

/// `GET /v1/seller/channels`: a bare array.
pub async fn channels(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
) -> Result<Answer, Answer> {
    with_account(&shared, account, |account| {
        let known = &account.smartstore;
        json!([{
            "channelNo": known.channel_no,
            "channelType": "STOREFARM",
            "name": "라온상점",
            "url": format!("https://smartstore.naver.com/{}", known.login_id),
            "representativeImageUrl": "https://shop-phinf.pstatic.net/20260101_1/store.jpg",
            "talkTalkAccountId": "w0aaaa",
        }])
    })
}

/// `GET /v1/seller/addressbooks-for-page`.
pub async fn addresses(uri: Uri) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    let page = params.number("page", 1..=1_000_000).map_err(|_| {
        let message = "page 항목이 올바르지 않습니다.";
        let refusal = Answer::error(
            Family::Plain,
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            message,
        );
        refusal.with_inputs(&[("page", "Min", message)])
    })?;
    let page = page.unwrap_or(1);
    let (name, phone, postcode, street, door) = wire::WAREHOUSE;
    let book = |number: i64, kind: &str| {
        json!({
            "addressBookNo": number,
            "name": name,
            "addressType": kind,
            "postalCode": postcode,
            "baseAddress": street,
            "detailAddress": door,
            "address": format!("{street} {door}"),
            "phoneNumber1": phone,
            "hasLocation": true,
            "roadNameAddress": true,
            "overseasAddress": false,
        })
    };
    let books = if page == 1 {
        vec![
            book(101_001, "RELEASE"),
            book(101_002, "REFUND_OR_EXCHANGE"),
        ]
    } else {
        Vec::new()
    };
    Ok(Answer::ok(
        Family::Plain,
        json!({"addressBooks": books, "page": page, "totalPage": 1}),
    ))
}

/// `GET /v2/product-delivery-info/return-delivery-companies`: who fetches what goes back.
pub async fn return_companies() -> Answer {
    let company = |code: &str, priority: &str| {
        json!({
            "deliveryCompany": {"code": code, "name": couriers::name(code)},
            "returnDeliveryCompanyPriorityType": priority,
        })
    };
    Answer::ok(
        Family::Products,
        json!({"returnDeliveryCompanies": [company("CJGLS", "PRIMARY"), company("HANJIN", "SECONDARY_1")]}),
    )
}
