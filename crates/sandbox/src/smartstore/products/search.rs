//! 상품 목록: products by number, code, status and date, without their options.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::super::answer::{Answer, Family, instant, without_nulls};
use super::super::inquiries::{Page, midnight};
use super::super::world::{Product, origin_numbers};
use super::super::{Caller, kst};
use super::wire::image;
use super::{invalid, read_body};
use crate::shared::Shared;

const MOST: usize = 500;
const STATUSES: [&str; 9] = [
    "WAIT",
    "SALE",
    "OUTOFSTOCK",
    "UNADMISSION",
    "REJECTION",
    "SUSPENSION",
    "CLOSE",
    "PROHIBITION",
    "DELETE",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    search_keyword_type: Option<String>,
    channel_product_nos: Vec<i64>,
    origin_product_nos: Vec<i64>,
    seller_management_code: Option<String>,
    #[serde(deserialize_with = "one_or_many")]
    product_status_types: Vec<String>,
    page: usize,
    size: usize,
    order_type: String,
    period_type: Option<String>,
    from_date: Option<NaiveDate>,
    to_date: Option<NaiveDate>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            search_keyword_type: None,
            channel_product_nos: Vec::new(),
            origin_product_nos: Vec::new(),
            seller_management_code: None,
            product_status_types: Vec::new(),
            page: 1,
            size: 50,
            order_type: "NO".to_owned(),
            period_type: None,
            from_date: None,
            to_date: None,
        }
    }
}

/// `POST /v1/products/search`.
pub async fn search(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let request: Request = if bytes.is_empty() {
        Request::default()
    } else {
        read_body(&bytes)?
    };
    request.check()?;
    let store = shared.store();
    let accounts = store.world.accounts();
    let Some(owner) = store.world.account(account) else {
        return Err(Answer::internal());
    };
    let mut found: Vec<Product> = origin_numbers(account, owner)
        .filter_map(|number| store.world.smartstore.product(accounts, number))
        .filter(|product| request.fits(product))
        .collect();
    request.sort(&mut found);
    let page = Page::of(found.iter(), request.page, request.size);
    let contents: Vec<Value> = page.rows.iter().map(|product| row(product)).collect();
    Ok(Answer::ok(
        Family::Products,
        json!({
            "contents": contents,
            "page": page.number,
            "size": page.size,
            "totalElements": page.total,
            "totalPages": page.pages(),
            "sort": {"sorted": true, "fields": [{"name": request.order_type, "direction": "DESC"}]},
            "first": page.number == 1,
            "last": page.is_last(),
        }),
    ))
}

impl Request {
    fn check(&self) -> Result<(), Answer> {
        let unknown = self
            .product_status_types
            .iter()
            .any(|status| !STATUSES.contains(&status.as_str()));
        if unknown {
            return Err(invalid(
                "productStatusTypes",
                "Invalid",
                "상품 상태가 올바르지 않습니다.",
            ));
        }
        if self.page == 0 {
            return Err(invalid("page", "Min", "page 항목은 1 이상이어야 합니다."));
        }
        if !(1..=MOST).contains(&self.size) {
            return Err(invalid(
                "size",
                "Range",
                "size 항목은 1 이상 500 이하여야 합니다.",
            ));
        }
        let keyword = self.search_keyword_type.as_deref();
        if keyword.is_some_and(|kind| {
            ![
                "CHANNEL_PRODUCT_NO",
                "PRODUCT_NO",
                "GROUP_PRODUCT_NO",
                "SELLER_CODE",
            ]
            .contains(&kind)
        }) {
            return Err(invalid(
                "searchKeywordType",
                "Invalid",
                "검색 유형이 올바르지 않습니다.",
            ));
        }
        Ok(())
    }

    fn fits(&self, product: &Product) -> bool {
        let keyword = match self.search_keyword_type.as_deref() {
            Some("CHANNEL_PRODUCT_NO") => self.channel_product_nos.contains(&product.channel_no),
            Some("PRODUCT_NO") => self.origin_product_nos.contains(&product.origin_no),
            Some("SELLER_CODE") => {
                product.seller_code.is_some() && product.seller_code == self.seller_management_code
            }
            Some(_) => false,
            None => true,
        };
        // Without a wish for it, what was deleted is not found.
        let status = if self.product_status_types.is_empty() {
            product.status != "DELETE"
        } else {
            self.product_status_types.contains(&product.status)
        };
        let at = match self.period_type.as_deref() {
            Some("PROD_MOD_DAY") => product.modified_at.unwrap_or_else(registered),
            _ => registered(),
        };
        let day = at.with_timezone(&kst()).date_naive();
        let dated = self.period_type.is_none()
            || (self.from_date.is_none_or(|from| day >= from)
                && self.to_date.is_none_or(|to| day <= to));
        keyword && status && dated
    }

    /// Newest first by number, unless asked for by price or name.
    fn sort(&self, found: &mut [Product]) {
        match self.order_type.as_str() {
            "NAME" => found.sort_by(|one, other| one.name.cmp(&other.name)),
            "LOW_PRICE" => found.sort_by_key(|product| product.sale_price),
            "HIGH_PRICE" => found.sort_by_key(|product| -product.sale_price),
            "MOD_DATE" => found.sort_by_key(|product| std::cmp::Reverse(product.modified_at)),
            _ => found.sort_by_key(|product| -product.origin_no),
        }
    }
}

/// When every played product was registered.
fn registered() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2026, 1, 5)
        .and_then(midnight)
        .unwrap_or(DateTime::UNIX_EPOCH)
}

fn row(product: &Product) -> Value {
    let listing = json!({
        "originProductNo": product.origin_no,
        "channelProductNo": product.channel_no,
        "channelServiceType": "STOREFARM",
        "categoryId": if product.digital { "50005804" } else { "50000803" },
        "name": product.name,
        "sellerManagementCode": product.seller_code,
        "statusType": product.status,
        "channelProductDisplayStatusType": if product.status == "SUSPENSION" { "SUSPENSION" } else { "ON" },
        "salePrice": product.sale_price,
        "discountedPrice": product.sale_price,
        "mobileDiscountedPrice": product.sale_price,
        "stockQuantity": product.stock,
        "knowledgeShoppingProductRegistration": true,
        "deliveryAttributeType": "NORMAL",
        "deliveryFee": if product.digital { 0 } else { 3_000 },
        "returnFee": 3_000,
        "exchangeFee": 6_000,
        "representativeImage": {"url": image(product)},
        "sellerTags": [],
        "regDate": instant(registered()),
        "modifiedDate": instant(product.modified_at.unwrap_or_else(registered)),
    });
    json!({"originProductNo": product.origin_no, "channelProducts": [without_nulls(listing)]})
}

/// A list, also as a single value, which one kit sends.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Many(many) => many,
        Either::One(one) => vec![one],
    })
}
