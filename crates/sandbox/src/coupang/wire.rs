//! How an order sheet is written: v4 with plain numbers and naive Korean times, v5 with money objects and offsets.

use std::borrow::Cow;

use chrono::{DateTime, Days, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::couriers;
use super::params::kst;
use super::rules::Rules;
use crate::world::{Account, Line, Order, Parcel, ParcelStatus, World};

/// Which generation of the API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// v4.
    Old,
    /// v5 of orders, v6 of returns.
    New,
}

impl Edition {
    /// Reads it off the path: only v4 is old.
    pub fn of_path(path: &str) -> Self {
        if path.contains("/api/v4/") {
            Self::Old
        } else {
            Self::New
        }
    }

    pub fn money(self, won: i64) -> Money {
        match self {
            Self::Old => Money::Plain(won),
            Self::New => Money::Object {
                currency_code: "KRW",
                units: won,
                nanos: 0,
            },
        }
    }

    pub fn instant(self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&kst());
        match self {
            Self::Old => local.format("%Y-%m-%dT%H:%M:%S").to_string(),
            Self::New => local.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string(),
        }
    }

    /// Times of what may not have happened yet: `""` then, and in v4 with a blank instead of the T.
    pub fn later_instant(self, at: Option<DateTime<Utc>>) -> String {
        match (at, self) {
            (None, _) => String::new(),
            (Some(at), Self::Old) => at
                .with_timezone(&kst())
                .format("%Y-%m-%d %H:%M:%S")
                .to_string(),
            (Some(at), Self::New) => self.instant(at),
        }
    }

    /// `0502-123-4567`, or `+825021234567`.
    pub fn phone(self, digits: &str) -> String {
        match (self, digits.split_at_checked(4)) {
            (Self::Old, Some((prefix, rest))) if rest.len() > 4 => {
                let (middle, last) = rest.split_at(rest.len() - 4);
                format!("{prefix}-{middle}-{last}")
            }
            (Self::New, _) => format!("+82{}", digits.strip_prefix('0').unwrap_or(digits)),
            (Self::Old, _) => digits.to_owned(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Money {
    Plain(i64),
    Object {
        #[serde(rename = "currencyCode")]
        currency_code: &'static str,
        units: i64,
        nanos: i32,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet<'a> {
    shipment_box_id: i64,
    order_id: i64,
    ordered_at: String,
    orderer: Orderer<'a>,
    paid_at: String,
    status: &'static str,
    shipping_price: Money,
    remote_price: Option<Money>,
    remote_area: bool,
    parcel_print_message: Option<&'a str>,
    split_shipping: bool,
    able_split_shipping: bool,
    receiver: Receiver<'a>,
    order_items: Vec<Item<'a>>,
    oversea_shipping_info_dto: OverseaShippingInfo,
    delivery_company_name: &'static str,
    invoice_number: &'a str,
    /// The misspelling is Coupang's.
    in_trasit_date_time: String,
    delivered_date: String,
    refer: &'a str,
    shipment_type: &'static str,
    is_cod: bool,
    extra_properties: SheetExtra,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Orderer<'a> {
    name: Cow<'a, str>,
    email: &'static str,
    safe_number: Option<String>,
    orderer_number: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receiver<'a> {
    name: Cow<'a, str>,
    safe_number: Option<String>,
    receiver_number: Option<&'static str>,
    addr1: &'a str,
    addr2: &'a str,
    post_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    vendor_item_package_id: i64,
    vendor_item_package_name: &'a str,
    product_id: i64,
    vendor_item_id: i64,
    vendor_item_name: String,
    shipping_count: i64,
    sales_price: Money,
    order_price: Money,
    discount_price: Option<Money>,
    instant_coupon_discount: Option<Money>,
    downloadable_coupon_discount: Option<Money>,
    coupang_discount: Option<Money>,
    external_vendor_sku_code: &'a str,
    etc_info_header: Option<&'static str>,
    etc_info_value: Option<&'static str>,
    etc_info_values: Option<Vec<&'static str>>,
    seller_product_id: i64,
    seller_product_name: &'a str,
    seller_product_item_name: &'a str,
    first_seller_product_item_name: &'a str,
    cancel_count: i64,
    hold_count_for_cancel: i64,
    estimated_shipping_date: String,
    planned_shipping_date: String,
    invoice_number_upload_date: String,
    extra_properties: Map<String, Value>,
    pricing_badge: bool,
    used_product: bool,
    confirm_date: String,
    delivery_charge_type_name: &'static str,
    up_bundle_vendor_item_id: Option<i64>,
    up_bundle_vendor_item_name: Option<&'static str>,
    up_bundle_size: Option<i64>,
    up_bundle_item: bool,
    canceled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OverseaShippingInfo {
    personal_customs_clearance_code: &'static str,
    orderer_ssn: &'static str,
    orderer_phone_number: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SheetExtra {
    same_day_shipping: &'static str,
    cut_off_time_hour: &'static str,
}

/// Writes one parcel. `None` when it belongs to nothing, which a world never lets happen.
pub fn sheet<'a>(
    world: &'a World,
    parcel: &'a Parcel,
    edition: Edition,
    rules: &Rules,
) -> Option<Sheet<'a>> {
    let order = world.order(parcel.order_id)?;
    let account = world.account(parcel.account)?;
    let tracking = parcel.tracking.as_ref();
    let several = parcel.lines.len() > 1;
    Some(Sheet {
        shipment_box_id: parcel.id,
        order_id: order.id,
        ordered_at: edition.instant(order.ordered_at),
        orderer: Orderer {
            name: rules.name(&order.buyer.name),
            email: "",
            safe_number: rules.safe_number(edition.phone(&order.receiver.safe_number)),
            orderer_number: None,
        },
        paid_at: edition.instant(order.paid_at),
        status: parcel.status.as_str(),
        shipping_price: edition.money(parcel.shipping_price),
        remote_price: parcel.remote_price.map(|price| edition.money(price)),
        remote_area: order.address.remote,
        parcel_print_message: order.note.as_deref(),
        split_shipping: parcel.split,
        able_split_shipping: several
            && !parcel.split
            && tracking.is_none()
            && parcel.status <= ParcelStatus::Instruct,
        receiver: receiver(order, edition, rules),
        order_items: parcel
            .lines
            .iter()
            .filter_map(|line| item(account, parcel, line, edition))
            .collect(),
        oversea_shipping_info_dto: OverseaShippingInfo {
            personal_customs_clearance_code: "",
            orderer_ssn: "",
            orderer_phone_number: "",
        },
        delivery_company_name: tracking
            .and_then(|tracking| couriers::find(&tracking.carrier))
            .map_or("", |c| c.name),
        invoice_number: tracking.map_or("", |tracking| tracking.number.as_str()),
        in_trasit_date_time: edition
            .later_instant(tracking.and_then(|tracking| tracking.in_transit_at)),
        delivered_date: edition.later_instant(tracking.and_then(|tracking| tracking.delivered_at)),
        refer: &order.device,
        shipment_type: "THIRD_PARTY",
        is_cod: false,
        extra_properties: SheetExtra {
            same_day_shipping: "false",
            cut_off_time_hour: "0",
        },
    })
}

fn receiver<'a>(order: &'a Order, edition: Edition, rules: &Rules) -> Receiver<'a> {
    Receiver {
        name: rules.name(&order.receiver.name),
        safe_number: rules.safe_number(edition.phone(&order.receiver.safe_number)),
        receiver_number: None,
        addr1: &order.address.street,
        addr2: &order.address.detail,
        post_code: &order.address.postcode,
    }
}

fn item<'a>(
    account: &'a Account,
    parcel: &Parcel,
    line: &Line,
    edition: Edition,
) -> Option<Item<'a>> {
    let listing = account.listings.get(line.listing)?;
    let ship_by = parcel
        .created_at
        .with_timezone(&kst())
        .date_naive()
        .checked_add_days(Days::new(2));
    let uploaded = parcel
        .tracking
        .as_ref()
        .map(|tracking| tracking.uploaded_at.with_timezone(&kst()));
    Some(Item {
        vendor_item_package_id: 0,
        vendor_item_package_name: listing.product_name,
        product_id: listing.product_id,
        vendor_item_id: line.vendor_item_id,
        vendor_item_name: listing.full_name(),
        shipping_count: line.quantity,
        sales_price: edition.money(line.price),
        order_price: edition.money(line.price * line.quantity),
        // Null when there is none.
        discount_price: (line.discounts.total() > 0).then(|| edition.money(line.discounts.total())),
        instant_coupon_discount: Some(edition.money(line.discounts.instant)),
        downloadable_coupon_discount: Some(edition.money(line.discounts.coupon)),
        coupang_discount: Some(edition.money(line.discounts.channel)),
        external_vendor_sku_code: listing.sku,
        etc_info_header: None,
        etc_info_value: None,
        etc_info_values: None,
        seller_product_id: listing.seller_product_id,
        seller_product_name: listing.product_name,
        seller_product_item_name: listing.item_name,
        first_seller_product_item_name: listing.item_name,
        cancel_count: line.cancelled,
        hold_count_for_cancel: line.held,
        estimated_shipping_date: ship_by.map(|day| day.to_string()).unwrap_or_default(),
        planned_shipping_date: line
            .planned_day
            .map(|day| day.to_string())
            .unwrap_or_default(),
        invoice_number_upload_date: uploaded
            .map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string())
            .unwrap_or_default(),
        extra_properties: Map::new(),
        pricing_badge: false,
        used_product: false,
        confirm_date: edition.later_instant(parcel.confirmed_at),
        delivery_charge_type_name: if parcel.shipping_price > 0 {
            "유료"
        } else {
            "무료"
        },
        up_bundle_vendor_item_id: None,
        up_bundle_vendor_item_name: None,
        up_bundle_size: None,
        up_bundle_item: false,
        canceled: line.cancelled >= line.quantity,
    })
}

/// A page of a list: the numeric code is how reads answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListAnswer<T> {
    pub code: u16,
    pub message: &'static str,
    pub data: Vec<T>,
    /// Digits, or `""` on the last page.
    pub next_token: String,
}

/// Tokens are places moved by this, so that they look like the nine opaque digits of the real ones.
const TOKEN_BASE: u64 = 448_000_000;

pub fn token(place: Option<u64>) -> String {
    place
        .map(|place| (TOKEN_BASE + place).to_string())
        .unwrap_or_default()
}

pub fn place_of(token: &str) -> Option<u64> {
    token.parse::<u64>().ok()?.checked_sub(TOKEN_BASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_editions_write_the_same_differently() {
        let at = DateTime::from_timestamp_micros(1_772_327_730_000_000).unwrap();
        assert_eq!(Edition::Old.instant(at), "2026-03-01T10:15:30");
        assert_eq!(Edition::New.instant(at), "2026-03-01T10:15:30.000000+09:00");
        assert_eq!(Edition::Old.later_instant(Some(at)), "2026-03-01 10:15:30");
        assert_eq!(Edition::Old.phone("05021234567"), "0502-123-4567");
        assert_eq!(Edition::New.phone("05021234567"), "+825021234567");
        assert_eq!(
            serde_json::to_string(&Edition::Old.money(3000)).unwrap(),
            "3000"
        );
        assert_eq!(
            serde_json::to_string(&Edition::New.money(3000)).unwrap(),
            r#"{"currencyCode":"KRW","units":3000,"nanos":0}"#
        );
    }

    #[test]
    fn a_token_leads_back_to_its_place_and_garbage_to_none() {
        assert_eq!(place_of(&token(Some(17))), Some(17));
        assert_eq!(token(None), "");
        assert_eq!(place_of("12"), None);
        assert_eq!(place_of("x"), None);
    }
}
