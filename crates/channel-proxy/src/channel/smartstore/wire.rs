//! SmartStore's own JSON, read tolerantly.
//!
//! Keys that have no value are left out, envelopes differ by domain, numbers may come as texts. So fields are read one
//! by one: what an order cannot do without must be there, the rest may be missing, and a wrong row names its field
//! without its value.

use chrono::{DateTime, Utc};
use moa_money::Money;
use serde_json::Value;

/// What a page cannot be read for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct BadField {
    /// The field's own name.
    pub field: &'static str,
    /// Why, without the value.
    pub reason: &'static str,
}

pub fn bad(field: &'static str, reason: &'static str) -> BadField {
    BadField { field, reason }
}

/// A body as JSON: an object, or (some seller APIs) an array.
pub fn body(body: &[u8]) -> Result<Value, BadField> {
    let value: Value = serde_json::from_slice(body).map_err(|_| bad("body", "is no JSON"))?;
    if value.is_object() || value.is_array() {
        Ok(value)
    } else {
        Err(bad("body", "is neither an object nor an array"))
    }
}

/// One page of what changed (변경 상품 주문 내역).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// In the channel's order.
    pub rows: Vec<Result<ChangedRow, (String, BadField)>>,
    /// Where the rest begins; absent on the last page.
    pub more: Option<More>,
}

/// Where a feed goes on: the first row not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct More {
    pub from: String,
    pub sequence: String,
}

/// The newest change of one product order. A hint: the detail is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    pub order_id: String,
    pub product_order_id: String,
    pub last_changed_type: String,
    pub claim_type: String,
}

impl ChangedRow {
    /// Whether the change may be about a claim.
    pub fn tells_of_a_claim(&self) -> bool {
        !self.claim_type.is_empty()
            || self.last_changed_type.starts_with("CLAIM_")
            || self.last_changed_type == "COLLECT_DONE"
    }

    fn read(row: &Value) -> Result<Self, BadField> {
        Ok(Self {
            order_id: id(row, "orderId")?,
            product_order_id: id(row, "productOrderId")?,
            last_changed_type: text(row, "lastChangedType"),
            claim_type: text(row, "claimType"),
        })
    }
}

impl Changes {
    /// Reads an answer. Without a change there is no `data` at all.
    pub fn read(body: &Value) -> Result<Self, BadField> {
        let data = match body.get("data") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(data) => data,
        };
        let rows = match data.get("lastChangeStatuses") {
            Some(Value::Array(rows)) => rows,
            _ => return Err(bad("data.lastChangeStatuses", "is no array")),
        };
        let row = |row| ChangedRow::read(row).map_err(|error| (named_order(row), error));
        let more = match data.get("more") {
            None | Some(Value::Null) => None,
            Some(more) => Some(More {
                from: required(more, "moreFrom")?,
                sequence: text(more, "moreSequence"),
            }),
        };
        Ok(Self {
            rows: rows.iter().map(row).collect(),
            more,
        })
    }
}

/// The detail rows of a page: of a query by ids, of a list by condition, or of a page that was cut out of one.
pub fn detail_rows(body: &Value) -> Result<Vec<&Value>, BadField> {
    let data = match body {
        Value::Array(_) => body,
        _ => match body.get("data") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(data) => data,
        },
    };
    if let Value::Array(rows) = data {
        return Ok(rows.iter().collect());
    }
    match data.get("contents") {
        Some(Value::Array(rows)) => Ok(rows
            .iter()
            .map(|row| row.get("content").unwrap_or(row))
            .collect()),
        None if data.get("pagination").is_some() => Ok(Vec::new()),
        _ => Err(bad("data", "holds no rows")),
    }
}

/// Whether a list by condition has another page.
pub fn has_next(body: &Value) -> bool {
    let pagination = body.get("data").and_then(|data| data.get("pagination"));
    pagination.is_some_and(|pagination| flag(pagination, "hasNext"))
}

/// One product order with its order, delivery and claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub order: Order,
    pub product: ProductOrder,
    pub delivery: Delivery,
    /// Apart from the rest: an order is not lost for a claim that cannot be read.
    pub claims: Result<Vec<Claim>, BadField>,
}

/// What all product orders of one payment share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub order_id: String,
    pub order_date: Option<DateTime<Utc>>,
    pub payment_date: Option<DateTime<Utc>>,
    pub orderer: Person,
}

/// The unit of confirm, ship and claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductOrder {
    pub product_order_id: String,
    pub product_order_status: String,
    pub place_order_status: String,
    pub claim_type: String,
    pub claim_status: String,
    pub claim_id: String,
    pub gift_receiving_status: String,
    pub product_id: String,
    pub option_code: String,
    pub product_name: String,
    pub product_option: String,
    pub option_manage_code: String,
    pub seller_product_code: String,
    pub package_number: String,
    pub initial_quantity: i32,
    /// Absent when the answer does not count pieces.
    pub remain_quantity: Option<i32>,
    pub unit_price: Option<Money>,
    pub option_price: Option<Money>,
    pub payment_amount: Option<Money>,
    /// All discounts, whoever bears them.
    pub discount: Option<Money>,
    /// What of them the seller bears.
    pub seller_discount: Option<Money>,
    /// What Naver expects to pay out for it, less its commissions.
    pub expected_settlement: Option<Money>,
    pub delivery_fee: Option<Money>,
    pub shipping_memo: String,
    pub shipping_due_date: Option<DateTime<Utc>>,
    pub delayed_dispatch_reason: String,
    pub place_order_date: Option<DateTime<Utc>>,
    pub decision_date: Option<DateTime<Utc>>,
    pub receiver: Person,
}

/// Orderer or receiver. Personal data: no `Debug` that prints.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Person {
    pub name: String,
    pub phone: String,
    pub zip_code: String,
    pub base_address: String,
    pub detailed_address: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What is known of the parcel once it left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    pub tracking_number: String,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// A claim of one product order, running or over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claim {
    /// `CANCEL`, `RETURN`, `EXCHANGE`, …
    pub claim_type: String,
    pub claim_id: String,
    pub claim_status: String,
    /// It stands where running claims stand.
    pub running: bool,
    /// It stands where claims stand that are over.
    pub over: bool,
    pub requested_at: Option<DateTime<Utc>>,
    pub quantity: Option<i32>,
    pub reason: String,
    /// Who asked for it, in the channel's words.
    pub request_channel: String,
    pub holdback: bool,
    /// What the buyer pays for the way back.
    pub fee_demanded: Option<Money>,
    /// How the buyer pays it, in the channel's words.
    pub fee_pay_method: String,
    /// What Naver pays of it in the buyer's place.
    pub fee_support: Option<Money>,
    /// What the buyer pays besides.
    pub etc_fee_demanded: Option<Money>,
    /// When the money goes back to the buyer.
    pub refund_expected_at: Option<DateTime<Utc>>,
    pub collect: Waybill,
    pub redelivery: Waybill,
    pub collect_address: Person,
    pub redelivery_address: Person,
    pub buyer_note: Note,
}

/// Who carries something, in the channel's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waybill {
    pub company: String,
    pub tracking_number: String,
}

/// A buyer's own words. Personal data: no `Debug` that prints.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Note(pub String);

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Detail {
    /// Reads one row.
    pub fn read(row: &Value) -> Result<Self, BadField> {
        let part = |name: &'static str| match row.get(name) {
            Some(part @ Value::Object(_)) => Ok(part),
            _ => Err(bad(name, "is no object")),
        };
        let (order, product) = (part("order")?, part("productOrder")?);
        let delivery = row.get("delivery").map(|delivery| Delivery {
            tracking_number: text(delivery, "trackingNumber"),
            sent_at: instant(delivery, "sendDate"),
            delivered_at: instant(delivery, "deliveredDate"),
        });
        Ok(Self {
            order: Order::read(order)?,
            product: ProductOrder::read(product)?,
            delivery: delivery.unwrap_or_default(),
            claims: claims(row),
        })
    }
}

impl Order {
    fn read(order: &Value) -> Result<Self, BadField> {
        Ok(Self {
            order_id: id(order, "orderId")?,
            order_date: instant(order, "orderDate"),
            payment_date: instant(order, "paymentDate"),
            orderer: Person {
                name: text(order, "ordererName"),
                phone: text(order, "ordererTel"),
                ..Person::default()
            },
        })
    }
}

impl ProductOrder {
    fn read(product: &Value) -> Result<Self, BadField> {
        let initial = count(product, "initialQuantity")?;
        let initial_quantity = match initial {
            Some(quantity) => quantity,
            None => count(product, "quantity")?.ok_or(bad("quantity", "is missing"))?,
        };
        let payment_amount = match money(product, "initialPaymentAmount")? {
            None => money(product, "totalPaymentAmount")?,
            amount => amount,
        };
        let discount = shown_amount(product, "initialProductDiscountAmount")
            .or_else(|| shown_amount(product, "productDiscountAmount"));
        Ok(Self {
            product_order_id: id(product, "productOrderId")?,
            product_order_status: required(product, "productOrderStatus")?,
            place_order_status: text(product, "placeOrderStatus"),
            claim_type: text(product, "claimType"),
            claim_status: text(product, "claimStatus"),
            claim_id: text(product, "claimId"),
            gift_receiving_status: text(product, "giftReceivingStatus"),
            product_id: id(product, "productId")?,
            option_code: code(product, "optionCode"),
            product_name: text(product, "productName"),
            product_option: text(product, "productOption"),
            option_manage_code: text(product, "optionManageCode"),
            seller_product_code: text(product, "sellerProductCode"),
            package_number: text(product, "packageNumber"),
            initial_quantity,
            remain_quantity: count(product, "remainQuantity")?,
            unit_price: money(product, "unitPrice")?,
            option_price: money(product, "optionPrice")?,
            payment_amount,
            discount,
            seller_discount: shown_amount(product, "sellerBurdenDiscountAmount"),
            // Negative when commissions exceed what was paid.
            expected_settlement: money(product, "expectedSettlementAmount").unwrap_or_default(),
            delivery_fee: money(product, "deliveryFeeAmount")?,
            shipping_memo: text(product, "shippingMemo"),
            shipping_due_date: instant(product, "shippingDueDate"),
            delayed_dispatch_reason: text(product, "delayedDispatchReason"),
            place_order_date: instant(product, "placeOrderDate"),
            decision_date: instant(product, "decisionDate"),
            receiver: Person::read(product.get("shippingAddress")),
        })
    }
}

impl Person {
    fn read(address: Option<&Value>) -> Self {
        let field = |name| {
            address
                .map(|address| text(address, name))
                .unwrap_or_default()
        };
        Self {
            name: field("name"),
            phone: field("tel1"),
            zip_code: field("zipCode"),
            base_address: field("baseAddress"),
            detailed_address: field("detailedAddress"),
        }
    }
}

/// Running claims, those an exchange was raised on, and those that are over. Until October 2026 running ones also stood
/// beside `order`, without `currentClaim`.
fn claims(row: &Value) -> Result<Vec<Claim>, BadField> {
    let mut found: Vec<Claim> = Vec::new();
    let homes = [
        (current_claim(row)?, true),
        (row.get("beforeClaim"), false),
        (Some(row), true),
    ];
    for (home, running) in homes {
        for (key, claim_type) in CLAIM_KEYS {
            let Some(claim @ Value::Object(_)) = home.and_then(|home| home.get(key)) else {
                continue;
            };
            let mut claim = Claim::read(claim, claim_type.to_owned())?;
            claim.running = running;
            if !found.iter().any(|known| known.claim_id == claim.claim_id) {
                found.push(claim);
            }
        }
    }
    let completed = match row.get("completedClaims") {
        None | Some(Value::Null) => return Ok(found),
        Some(Value::Array(completed)) => completed,
        Some(_) => return Err(bad("completedClaims", "is no array")),
    };
    for claim in completed {
        let mut claim = Claim::read(claim, required(claim, "claimType")?)?;
        claim.over = true;
        if !found.iter().any(|known| known.claim_id == claim.claim_id) {
            found.push(claim);
        }
    }
    Ok(found)
}

const CLAIM_KEYS: [(&str, &str); 3] = [
    ("cancel", "CANCEL"),
    ("return", "RETURN"),
    ("exchange", "EXCHANGE"),
];

/// Where the running claim stands. One that cannot be told is no absence of claims.
fn current_claim(row: &Value) -> Result<Option<&Value>, BadField> {
    let (current, claims) = match row.get("currentClaim") {
        None | Some(Value::Null) => return Ok(None),
        Some(current @ Value::Object(claims)) => (current, claims),
        Some(_) => return Err(bad("currentClaim", "is no object")),
    };
    for (key, claim) in claims {
        let is_known = claim.is_object() && CLAIM_KEYS.iter().any(|(known, _)| known == key);
        if !is_known && !claim.is_null() {
            return Err(bad(
                "currentClaim",
                "holds something that is no known claim",
            ));
        }
    }
    Ok(Some(current))
}

impl Claim {
    fn read(claim: &Value, claim_type: String) -> Result<Self, BadField> {
        let buyer_note = [
            "cancelDetailedReason",
            "returnDetailedReason",
            "exchangeDetailedReason",
            "claimRequestDetailContent",
        ]
        .into_iter()
        .map(|field| text(claim, field))
        .find(|note| !note.is_empty());
        let waybill = |company, number| Waybill {
            company: text(claim, company),
            tracking_number: text(claim, number),
        };
        let reason = [
            "cancelReason",
            "returnReason",
            "exchangeReason",
            "claimRequestReason",
        ]
        .into_iter()
        .map(|field| code(claim, field))
        .find(|reason| !reason.is_empty());
        Ok(Self {
            claim_type,
            claim_id: id(claim, "claimId")?,
            claim_status: text(claim, "claimStatus"),
            running: false,
            over: false,
            requested_at: instant(claim, "claimRequestDate"),
            quantity: count(claim, "requestQuantity")?,
            reason: reason.unwrap_or_default(),
            request_channel: text(claim, "requestChannel"),
            holdback: text(claim, "holdbackStatus") == "HOLDBACK",
            fee_demanded: money(claim, "claimDeliveryFeeDemandAmount")?,
            fee_pay_method: text(claim, "claimDeliveryFeePayMethod"),
            // What the rest costs loses no claim.
            fee_support: [
                "claimDeliveryFeeSupportAmount",
                "membershipsArrivalGuaranteeClaimSupportingAmount",
            ]
            .into_iter()
            .find_map(|field| money(claim, field).unwrap_or_default()),
            etc_fee_demanded: money(claim, "etcFeeDemandAmount").unwrap_or_default(),
            refund_expected_at: instant(claim, "refundExpectedDate"),
            collect: waybill("collectDeliveryCompany", "collectTrackingNumber"),
            redelivery: waybill("reDeliveryCompany", "reDeliveryTrackingNumber"),
            collect_address: Person::read(claim.get("collectAddress")),
            redelivery_address: Person::read(claim.get("reDeliveryAddress")),
            buyer_note: Note(buyer_note.unwrap_or_default()),
        })
    }
}

/// What became of the items of a write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteResults {
    pub succeeded: Vec<String>,
    pub failed: Vec<FailedItem>,
}

/// An item that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedItem {
    pub product_order_id: String,
    pub code: String,
    pub message: String,
}

impl WriteResults {
    /// Reads the two lists. Confirm calls its first one otherwise than all other writes do.
    pub fn read(body: &Value) -> Result<Self, BadField> {
        let data = body.get("data").ok_or(bad("data", "is missing"))?;
        let list = |name| match data.get(name) {
            None | Some(Value::Null) => Ok([].as_slice()),
            Some(Value::Array(rows)) => Ok(rows.as_slice()),
            Some(_) => Err(bad("data", "holds a list that is none")),
        };
        let mut results = Self::default();
        for row in list("successProductOrderInfos")? {
            results.succeeded.push(id(row, "productOrderId")?);
        }
        for row in list("successProductOrderIds")? {
            let id = row
                .as_str()
                .ok_or(bad("successProductOrderIds", "is no text"))?;
            results.succeeded.push(id.to_owned());
        }
        for row in list("failProductOrderInfos")? {
            results.failed.push(FailedItem {
                product_order_id: id(row, "productOrderId")?,
                code: text(row, "code"),
                message: text(row, "message"),
            });
        }
        Ok(results)
    }
}

/// The order that a row names, for a message; empty when it names none.
pub fn named_order(row: &Value) -> String {
    let direct = text(row, "orderId");
    let order = row.get("order").map(|order| text(order, "orderId"));
    let named = if direct.is_empty() {
        order.unwrap_or_default()
    } else {
        direct
    };
    named.chars().take(40).collect()
}

/// A text; numbers read as text, everything else as empty.
pub fn text(object: &Value, field: &str) -> String {
    match object.get(field) {
        Some(Value::String(text)) => text.replace('\0', ""),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A text that must be there.
fn required(object: &Value, field: &'static str) -> Result<String, BadField> {
    let text = text(object, field);
    if text.is_empty() || text.len() > 64 {
        return Err(bad(field, "is missing or too long"));
    }
    Ok(text)
}

/// An id: up to 20 digits, as number or text.
pub fn id(object: &Value, field: &'static str) -> Result<String, BadField> {
    let text = text(object, field);
    if text.is_empty() {
        return Err(bad(field, "is missing"));
    }
    if text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(field, "is no id of digits"));
    }
    Ok(text)
}

/// A short word of letters, digits and underscores; anything else reads as none.
fn code(object: &Value, field: &str) -> String {
    let text = text(object, field);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if text.len() <= 40 && text.bytes().all(plain) {
        text
    } else {
        String::new()
    }
}

/// A quantity; `None` when absent.
fn count(object: &Value, field: &'static str) -> Result<Option<i32>, BadField> {
    let text = text(object, field);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(count) if (0..=1_000_000).contains(&count) => Ok(Some(count)),
        _ => Err(bad(field, "is no quantity")),
    }
}

/// An amount of won; `None` when absent.
pub fn money(object: &Value, field: &'static str) -> Result<Option<Money>, BadField> {
    let text = text(object, field);
    if text.is_empty() {
        return Ok(None);
    }
    let units = text.strip_suffix(".0").unwrap_or(&text);
    let amount: i64 = units
        .parse()
        .map_err(|_| bad(field, "is no amount of won"))?;
    Ok(Some(Money::krw(amount)))
}

/// An amount that is shown to people and never negative; `None` when absent or no such amount: an order is not lost for
/// what it was made cheaper by.
fn shown_amount(object: &Value, field: &'static str) -> Option<Money> {
    let amount = money(object, field).ok().flatten();
    amount.filter(|amount| amount.amount_minor >= 0)
}

/// A yes or no, also as text.
pub fn flag(object: &Value, field: &str) -> bool {
    match object.get(field) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A moment with its offset. `None` when absent or unreadable: an order is not lost for its date.
pub fn instant(object: &Value, field: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(&text(object, field)).ok()?;
    Some(at.with_timezone(&Utc))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
