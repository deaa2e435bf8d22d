//! Coupang's own JSON, read tolerantly.
//!
//! Documents, samples and live answers disagree about types: codes are numbers or texts, single reads answer objects
//! or arrays, v4 renders money as a number and v5 as an object. So fields are read one by one: what an order cannot
//! do without must be there, the rest may be missing, and a wrong row names its field without its value.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use moa_money::{Currency, Money};

pub use crate::channel::json::text;
use crate::channel::json::{Json, JsonBody, field, plain};

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

/// What surrounds every answer.
#[derive(Debug)]
pub struct Envelope {
    /// "200", "SUCCESS", "ERROR", "400", …
    pub code: String,
    /// For people; Korean or English.
    pub message: String,
    /// Empty on the last page.
    pub next_token: String,
    /// Told by few lists; then it is right and the token may be anything.
    pub has_next: Option<bool>,
    body: JsonBody,
}

impl Envelope {
    /// Reads an answer's body.
    pub fn read(body: &[u8]) -> Result<Self, BadField> {
        let body = JsonBody::read(body).ok_or(bad("body", "is no JSON"))?;
        let root = body.root();
        if !root.is_object() {
            return Err(bad("body", "is no JSON object"));
        }
        let message = ["message", "errorMessage", "resultMessage", "reason"]
            .into_iter()
            .map(|field| text(root, field))
            .find(|message| !message.is_empty())
            .unwrap_or_default();
        let mut code = text(root, "code");
        // An answered stop (`completedShipment`) puts everything, its code too, inside `data`.
        if code.is_empty()
            && let Some(data @ Json::Object(_)) = field(root, "data")
        {
            code = text(data, "code");
        }
        Ok(Self {
            code,
            message,
            // Lists by index name the next index.
            next_token: ["nextToken", "nextPageIndex"]
                .into_iter()
                .map(|field| text(root, field))
                .find(|token| !token.is_empty())
                .unwrap_or_default(),
            has_next: field(root, "hasNext").and_then(|it| it.as_bool()),
            body,
        })
    }

    /// The content; null when absent.
    pub fn data(&self) -> &Json<'_> {
        field(self.body.root(), "data").unwrap_or(&Json::Null)
    }

    /// Whether the body itself says that the call worked.
    pub fn is_success(&self) -> bool {
        matches!(self.code.as_str(), "200" | "SUCCESS" | "OK")
    }

    /// The rows of `data`, whether one or many.
    pub fn rows(&self) -> Result<&[Json<'_>], BadField> {
        match self.data() {
            Json::Array(rows) => Ok(rows),
            row @ Json::Object(_) => Ok(std::slice::from_ref(row)),
            _ => Err(bad("data", "is neither an array nor an object")),
        }
    }
}

/// The gateway's own name of a call, which stands in its refusals; empty when there is none.
pub fn transaction_id(body: &[u8]) -> String {
    serde_json::from_slice::<Json<'_>>(body)
        .map_or_else(|_| String::new(), |body| text(&body, "transactionId"))
}

/// One box of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSheet {
    pub shipment_box_id: String,
    pub order_id: String,
    pub status: String,
    pub ordered_at: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
    pub shipping_price: Option<Money>,
    pub orderer: Person,
    pub receiver: Person,
    pub parcel_print_message: String,
    pub invoice_number: String,
    /// It is one of the parts of a split box.
    pub split_shipping: bool,
    /// Absent in older answers.
    pub able_split_shipping: Option<bool>,
    pub items: Vec<OrderItem>,
}

/// Orderer or receiver. Personal data: no `Debug` that prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub safe_number: String,
    pub addr1: String,
    pub addr2: String,
    pub post_code: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A line in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    pub vendor_item_id: String,
    pub vendor_item_name: String,
    pub seller_product_name: String,
    pub seller_product_item_name: String,
    pub external_vendor_sku_code: String,
    pub shipping_count: i32,
    pub cancel_count: i32,
    pub hold_count_for_cancel: i32,
    pub sales_price: Option<Money>,
    pub order_price: Option<Money>,
    /// All three discounts together.
    pub discount_price: Option<Money>,
    /// `discountPrice` was there and is no amount.
    pub discount_unclear: bool,
    /// By a coupon of the seller's that every buyer gets.
    pub instant_coupon_discount: Option<Money>,
    /// By a coupon of the seller's that the buyer took.
    pub downloadable_coupon_discount: Option<Money>,
    /// Paid by Coupang.
    pub coupang_discount: Option<Money>,
    pub confirm_date: String,
    pub canceled: bool,
}

impl OrderSheet {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        let items = match field(row, "orderItems") {
            Some(Json::Array(items)) => items,
            _ => return Err(bad("orderItems", "is no array")),
        };
        if items.is_empty() {
            return Err(bad("orderItems", "is empty"));
        }
        let status = text(row, "status");
        if status.is_empty() {
            return Err(bad("status", "is missing"));
        }
        Ok(Self {
            shipment_box_id: id(row, "shipmentBoxId")?,
            order_id: id(row, "orderId")?,
            status,
            ordered_at: instant(row, "orderedAt"),
            paid_at: instant(row, "paidAt"),
            shipping_price: money(row, "shippingPrice")?,
            orderer: Person::read(field(row, "orderer")),
            receiver: Person::read(field(row, "receiver")),
            parcel_print_message: text(row, "parcelPrintMessage"),
            invoice_number: text(row, "invoiceNumber"),
            split_shipping: flag(row, "splitShipping"),
            able_split_shipping: field(row, "ableSplitShipping")
                .filter(|able| !able.is_null())
                .map(|_| flag(row, "ableSplitShipping")),
            items: items
                .iter()
                .map(OrderItem::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Person {
    fn read(person: Option<&Json<'_>>) -> Self {
        let field = |name| person.map(|person| text(person, name)).unwrap_or_default();
        Self {
            name: field("name"),
            email: field("email"),
            safe_number: field("safeNumber"),
            addr1: field("addr1"),
            addr2: field("addr2"),
            post_code: field("postCode"),
        }
    }
}

impl OrderItem {
    fn read(item: &Json<'_>) -> Result<Self, BadField> {
        let (discount_price, discount_unclear) = match field(item, "discountPrice") {
            None => (None, false),
            // Null says that there is none, where no field says nothing.
            Some(Json::Null) => (Some(Money::krw(0)), false),
            Some(_) => {
                let discount = shown_amount(item, "discountPrice");
                (discount, discount.is_none())
            }
        };
        Ok(Self {
            vendor_item_id: id(item, "vendorItemId")?,
            vendor_item_name: text(item, "vendorItemName"),
            seller_product_name: text(item, "sellerProductName"),
            seller_product_item_name: text(item, "sellerProductItemName"),
            external_vendor_sku_code: text(item, "externalVendorSkuCode"),
            shipping_count: count(item, "shippingCount")?
                .ok_or(bad("shippingCount", "is missing"))?,
            cancel_count: count(item, "cancelCount")?.unwrap_or(0),
            hold_count_for_cancel: count(item, "holdCountForCancel")?.unwrap_or(0),
            sales_price: money(item, "salesPrice")?,
            order_price: money(item, "orderPrice")?,
            discount_price,
            discount_unclear,
            instant_coupon_discount: shown_amount(item, "instantCouponDiscount"),
            downloadable_coupon_discount: shown_amount(item, "downloadableCouponDiscount"),
            coupang_discount: shown_amount(item, "coupangDiscount"),
            confirm_date: text(item, "confirmDate"),
            canceled: flag(item, "canceled"),
        })
    }
}

/// What became of one box of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxResult {
    pub shipment_box_id: String,
    pub succeed: bool,
    pub result_code: String,
    pub retry_required: bool,
    pub result_message: String,
}

/// Reads the results of a write: below `data`, as documented, or one level up or down, as seen.
pub fn box_results(envelope: &Envelope) -> Result<Vec<BoxResult>, BadField> {
    let list = match envelope.data() {
        Json::Array(list) => list,
        data => match field(data, "responseList") {
            Some(Json::Array(list)) => list,
            _ => return Err(bad("data.responseList", "is no array")),
        },
    };
    list.iter().map(BoxResult::read).collect()
}

impl BoxResult {
    fn read(row: &Json<'_>) -> Result<Self, BadField> {
        Ok(Self {
            shipment_box_id: id(row, "shipmentBoxId")?,
            succeed: flag(row, "succeed"),
            result_code: text(row, "resultCode"),
            retry_required: flag(row, "retryRequired"),
            result_message: text(row, "resultMessage"),
        })
    }
}

/// An id: up to 19 digits, as number or text.
pub fn id(object: &Json<'_>, field: &'static str) -> Result<String, BadField> {
    let text = text(object, field);
    if text.is_empty() {
        return Err(bad(field, "is missing"));
    }
    if text.len() > 19 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad(field, "is no id of digits"));
    }
    Ok(text)
}

/// An array that may be absent.
pub fn array<'a>(object: &'a Json<'_>, name: &'static str) -> Result<&'a [Json<'a>], BadField> {
    match field(object, name) {
        Some(Json::Array(items)) => Ok(items),
        None | Some(Json::Null) => Ok(&[]),
        Some(_) => Err(bad(name, "is no array")),
    }
}

/// A quantity; `None` when absent.
pub fn count(object: &Json<'_>, field: &'static str) -> Result<Option<i32>, BadField> {
    let text = text(object, field);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i32>() {
        Ok(count) if (0..=1_000_000).contains(&count) => Ok(Some(count)),
        _ => Err(bad(field, "is no quantity")),
    }
}

/// An amount: an object (v5) or a number (v4); `None` when absent.
pub fn money(object: &Json<'_>, name: &'static str) -> Result<Option<Money>, BadField> {
    let wrong = bad(name, "is no amount of won");
    let Some(value) = field(object, name) else {
        return Ok(None);
    };
    let (units, currency) = match value {
        Json::Null => return Ok(None),
        Json::Object(_) => (text(value, "units"), text(value, "currencyCode")),
        _ => (plain(value).unwrap_or_default(), String::new()),
    };
    if units.is_empty() && currency.is_empty() {
        return Ok(None);
    }
    if !currency.is_empty() && currency != Currency::KRW.code() {
        return Err(wrong);
    }
    let units = units.strip_suffix(".0").unwrap_or(&units);
    let amount: i64 = units.parse().map_err(|_| wrong)?;
    Ok(Some(Money::krw(amount)))
}

/// An amount that is shown to people and never negative; `None` when absent or no such amount: an order is not lost for
/// what it was made cheaper by.
fn shown_amount(object: &Json<'_>, field: &'static str) -> Option<Money> {
    let amount = money(object, field).ok().flatten();
    amount.filter(|amount| amount.amount_minor >= 0)
}

/// A yes or no, also as text.
pub fn flag(object: &Json<'_>, name: &str) -> bool {
    match field(object, name) {
        Some(Json::Bool(flag)) => *flag,
        Some(Json::Str(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A moment: with an offset (v5), or naive in Korean time (v4). `None` when absent or unreadable: an order is not
/// lost for its date.
pub fn instant(object: &Json<'_>, field: &str) -> Option<DateTime<Utc>> {
    let text = text(object, field);
    if let Ok(at) = DateTime::parse_from_rfc3339(&text) {
        return Some(at.with_timezone(&Utc));
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())?
        .checked_sub_signed(TimeDelta::hours(9))
        .map(|at| at.and_utc())
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
