//! How products are written. Their API has an envelope of its own: `SUCCESS` or `ERROR` for a code.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer;
use super::params::{self, Refusal};
use crate::journal::JournalError;
use crate::shared::Shared;
use crate::world::{Account, GoodsKind, Listing, Shelf, World};

/// A refusal by the product API.
#[derive(Debug)]
pub struct ProductRefusal {
    status: StatusCode,
    message: String,
}

impl ProductRefusal {
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }
}

impl IntoResponse for ProductRefusal {
    fn into_response(self) -> Response {
        answer::with_status(
            self.status,
            &json!({"code": "ERROR", "message": self.message, "data": null}),
        )
    }
}

impl From<Refusal> for ProductRefusal {
    fn from(refusal: Refusal) -> Self {
        let (status, message) = refusal.into_parts();
        Self { status, message }
    }
}

impl From<JournalError> for ProductRefusal {
    fn from(error: JournalError) -> Self {
        Refusal::from(error).into()
    }
}

/// Turns refusals into answers with status 200, when the rules say so.
pub async fn soften(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::BAD_REQUEST && shared.coupang.rules().product_errors_are_ok
    {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

pub fn success(message: &str, data: Value) -> Response {
    answer::ok(&json!({"code": "SUCCESS", "message": message, "data": data}))
}

/// The options of one product, the first of which speaks for it.
pub struct Product<'a> {
    pub account: &'a Account,
    pub options: Vec<&'a Listing>,
}

impl<'a> Product<'a> {
    /// Every product of an account, in the order of registration.
    pub fn of_account(account: &'a Account) -> Vec<Self> {
        let mut products: Vec<Self> = Vec::new();
        for listing in &account.listings {
            match products.last_mut() {
                Some(product) if product.id() == Some(listing.seller_product_id) => {
                    product.options.push(listing);
                }
                _ => products.push(Self {
                    account,
                    options: vec![listing],
                }),
            }
        }
        products
    }

    pub fn first(&self) -> Option<&'a Listing> {
        self.options.first().copied()
    }

    pub fn id(&self) -> Option<i64> {
        self.first().map(|listing| listing.seller_product_id)
    }

    pub fn name(&self) -> &'static str {
        self.first().map_or("", |listing| listing.product_name)
    }

    /// A row of a list.
    pub fn row(&self) -> Value {
        let id = self.id().unwrap_or_default();
        json!({
            "sellerProductId": id,
            "sellerProductName": self.name(),
            "displayCategoryCode": self.category(),
            "categoryId": self.category() + 1000,
            "productId": self.first().map(|listing| listing.product_id),
            "vendorId": self.account.vendor_id,
            "mdId": "",
            "mdName": "",
            "saleStartedAt": "2026-01-02T00:00:00",
            "saleEndedAt": "2999-12-31T00:00:00",
            "brand": "온기",
            "statusName": "승인완료",
            "createdAt": params::naive(World::registered_at(id)),
        })
    }

    /// Everything about it.
    pub fn whole(&self, world: &World) -> Value {
        let mut whole = self.delivery();
        if let (Value::Object(members), Value::Object(rest)) = (&mut whole, self.row()) {
            members.extend(rest);
            let extra = json!({
                "displayProductName": self.name(),
                "generalProductName": self.name(),
                "productGroup": "",
                "vendorUserId": self.account.wing_id,
                "requested": true,
                "status": "APPROVED",
                "items": self.options.iter().map(|listing| item(listing, world.shelf(listing))).collect::<Vec<_>>(),
                "requiredDocuments": [],
                "extraInfoMessage": "",
                "manufacture": "온기",
                "bundleInfo": {"bundleType": "SINGLE"},
            });
            if let Value::Object(extra) = extra {
                members.extend(extra);
            }
        }
        whole
    }

    /// What can be changed without approval: how it is delivered and taken back.
    pub fn delivery(&self) -> Value {
        let digital = self
            .first()
            .is_some_and(|listing| listing.kind == GoodsKind::Digital);
        json!({
            "sellerProductId": self.id(),
            "deliveryMethod": if digital { "VENDOR_DIRECT" } else { "SEQUENCIAL" },
            "deliveryCompanyCode": if digital { "DIRECT" } else { "CJGLS" },
            "deliveryChargeType": if digital { "FREE" } else { "CONDITIONAL_FREE" },
            "deliveryCharge": if digital { 0 } else { 3_000 },
            "freeShipOverAmount": if digital { 0 } else { 30_000 },
            "deliveryChargeOnReturn": if digital { 0 } else { 3_000 },
            "remoteAreaDeliverable": "Y",
            "unionDeliveryType": "UNION_DELIVERY",
            "returnCenterCode": "1000274592",
            "returnChargeName": "반품지",
            "companyContactNumber": "02-1234-5678",
            "returnZipCode": "06164",
            "returnAddress": "서울특별시 강남구 테헤란로 501",
            "returnAddressDetail": "1층",
            "returnCharge": if digital { 0 } else { 3_000 },
            "outboundShippingPlaceCode": 74010,
        })
    }

    fn category(&self) -> i64 {
        56_100 + self.id().unwrap_or_default().rem_euclid(1_000)
    }
}

fn item(listing: &Listing, shelf: Shelf) -> Value {
    json!({
        "sellerProductItemId": listing.vendor_item_id + 1,
        "vendorItemId": listing.vendor_item_id,
        "itemId": listing.vendor_item_id + 2,
        "itemName": listing.item_name,
        "originalPrice": shelf.list_price,
        "salePrice": shelf.price,
        "supplyPrice": 0,
        "maximumBuyCount": crate::world::MOST_STOCK,
        "maximumBuyForPerson": 0,
        "maximumBuyForPersonPeriod": 1,
        "outboundShippingTimeDay": 2,
        "unitCount": 1,
        "adultOnly": "EVERYONE",
        "taxType": "TAX",
        "parallelImported": "NOT_PARALLEL_IMPORTED",
        "overseasPurchased": "NOT_OVERSEAS_PURCHASED",
        "pccNeeded": false,
        "externalVendorSku": listing.sku,
        "barcode": "",
        "emptyBarcode": true,
        "emptyBarcodeReason": "상품확인불가_바코드없음사유",
        "modelNo": listing.sku,
        "images": [],
        "notices": [],
        "attributes": [{
            "attributeTypeName": "옵션", "attributeValueName": listing.item_name, "exposed": "EXPOSED",
            "editable": true,
        }],
        "contents": [],
        "certifications": [],
        "searchTags": [],
        "offerCondition": "NEW",
        "isAutoGenerated": false,
        "autoPricingInfoView": null,
        "saleAgentCommission": 10.8,
        "sameDayShipping": null,
    })
}
