//! What the seller earned, sale by sale, and when it is paid out.

use axum::Extension;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::params::{self, Params, Refusal};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Earning, EarningKind, World};

/// Coupang's share in thousandths.
const FEE: i64 = 108;
/// The same for what is paid for shipping.
const SHIPPING_FEE: i64 = 30;
/// Days from the end of a week until it is paid out; the real one counts 15 working days.
const PAID_AFTER: Days = Days::new(21);

fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&params::kst()).date_naive()
}

/// The Sunday that ends the week of a day, which is the last of those that are paid together.
fn week_end(day: NaiveDate) -> NaiveDate {
    let left = 6 - u64::from(day.weekday().num_days_from_monday());
    day.checked_add_days(Days::new(left)).unwrap_or(day)
}

fn paid_on(recognised: NaiveDate) -> NaiveDate {
    week_end(recognised)
        .checked_add_days(PAID_AFTER)
        .unwrap_or(recognised)
}

/// A share and its tax.
fn fee(amount: i64, thousandths: i64) -> (i64, i64) {
    let fee = amount * thousandths / 1_000;
    (fee, fee / 10)
}

/// What an earning amounts to: goods, and shipping when the whole parcel was sold.
fn amounts(earning: &Earning<'_>) -> (i64, i64) {
    let goods = earning
        .lines
        .iter()
        .map(|(line, count)| line.price * count)
        .sum();
    let shipping = match earning.kind {
        EarningKind::Sale => {
            earning.parcel.shipping_price + earning.parcel.remote_price.unwrap_or(0)
        }
        EarningKind::Refund => 0,
    };
    (goods, shipping)
}

/// `GET …/revenue-history`.
pub async fn revenue(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let invalid = |words: &str| Refusal::bad_request(format!("The request is invalid: {words}"));
    let now = shared.clock.world();
    let store = shared.store();
    super::check_vendor(&store.world, account, params.required("vendorId")?)?;
    let day = |name: &str| {
        let text = params.required(name)?;
        params::plain_day(text)
            .ok_or_else(|| invalid(&format!("{name} ({text}) format should be yyyy-MM-dd")))
    };
    let (from, to) = (day("recognitionDateFrom")?, day("recognitionDateTo")?);
    // The token has to be there even when it is empty.
    if !params.has("token") {
        params.required("token")?;
    }
    if to < from {
        return Err(invalid(
            "recognitionDateTo should not be earlier than recognitionDateFrom",
        ));
    }
    if to >= day_of(now) {
        return Err(invalid(
            "recognitionDateTo should be earlier than or equal to yesterday",
        ));
    }
    if from
        .checked_add_months(Months::new(1))
        .is_none_or(|month| to > month)
    {
        return Err(invalid("Date range period must be less than 1 months"));
    }
    let size = params.positive("maxPerPage", 50)?;
    // Fifty are documented; a live client gets a hundred.
    if size > 100 {
        return Err(invalid("maxPerPage should be between 1 and 100"));
    }
    let start: usize = match params.get("token") {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| invalid(&format!("token ({token})")))?,
    };
    let rows = store.world.earnings(account, params::days(from, to));
    let data: Vec<Value> = rows
        .iter()
        .skip(start)
        .take(size)
        .map(|earning| describe(&store.world, earning))
        .collect();
    let more = rows.len() > start.saturating_add(size);
    let next = if more {
        (start + size).to_string()
    } else {
        String::new()
    };
    Ok(answer::ok(
        &json!({"code": 200, "message": "OK", "data": data, "hasNext": more, "nextToken": next}),
    ))
}

fn describe(world: &World, earning: &Earning<'_>) -> Value {
    let recognised = day_of(earning.recognised_at);
    let (_, shipping) = amounts(earning);
    let (shipping_fee, shipping_vat) = fee(shipping, SHIPPING_FEE);
    let base = earning.parcel.shipping_price.min(shipping);
    let remote = shipping - base;
    let items: Vec<Value> = earning
        .lines
        .iter()
        .map(|(line, count)| {
            let listing = world
                .listing(line.vendor_item_id)
                .map(|(_, listing)| listing);
            let amount = line.price * count;
            let off = line.discounts.of_pieces(*count, line.quantity);
            let (service_fee, vat) = fee(amount, FEE);
            json!({
                "taxType": "TAX",
                "productId": listing.map(|listing| listing.seller_product_id),
                "productName": listing.map(|listing| listing.product_name),
                "vendorItemId": line.vendor_item_id,
                "vendorItemName": listing.map(|listing| listing.full_name()),
                "salePrice": amount,
                "quantity": count,
                "coupangDiscountCoupon": off.channel,
                "discountCouponPolicyAgreement": "N",
                "saleAmount": amount,
                "sellerDiscountCoupon": off.instant,
                "downloadableCoupon": off.coupon,
                "serviceFee": service_fee,
                "serviceFeeVat": vat,
                "serviceFeeRatio": 10.8,
                "settlementAmount": amount - off.by_seller() - service_fee - vat,
                "couranteeFeeRatio": 0,
                "couranteeFee": 0,
                "couranteeFeeVat": 0,
                "externalSellerSkuCode": listing.map(|listing| listing.sku),
                "storeFeeDiscount": 0,
                "storeFeeDiscountVat": 0,
            })
        })
        .collect();
    let (base_fee, base_vat) = fee(base, SHIPPING_FEE);
    let (remote_fee, remote_vat) = fee(remote, SHIPPING_FEE);
    let paid = paid_on(recognised);
    json!({
        "orderId": earning.parcel.order_id,
        "saleType": match earning.kind {
            EarningKind::Sale => "SALE",
            EarningKind::Refund => "REFUND",
        },
        "saleDate": day_of(earning.parcel.created_at).to_string(),
        "recognitionDate": recognised.to_string(),
        "settlementDate": paid.to_string(),
        "finalSettlementDate": paid.checked_add_days(Days::new(30)).unwrap_or(paid).to_string(),
        "deliveryFee": {
            "amount": shipping,
            "fee": shipping_fee,
            "feeVat": shipping_vat,
            "feeRatio": 3.0,
            "settlementAmount": shipping - shipping_fee - shipping_vat,
            "baseAmount": base,
            "baseFee": base_fee,
            "baseFeeVat": base_vat,
            "remoteAmount": remote,
            "remoteFee": remote_fee,
            "remoteFeeVat": remote_vat,
        },
        "items": items,
    })
}

/// `GET …/settlement-histories`: a bare array, a row for each week of the month and one for what is held back.
pub async fn settlements(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let text = params.required("revenueRecognitionYearMonth")?;
    let first = params::plain_day(&format!("{text}-01")).ok_or_else(|| {
        Refusal::bad_request("Invalid revenueRecognitionYearMonth format (yyyy-MM)")
    })?;
    let today = day_of(shared.clock.world());
    if first > today {
        return Err(Refusal::bad_request("해당월까지만 조회할 수 있습니다."));
    }
    let last = first
        .checked_add_months(Months::new(1))
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(first);
    let store = shared.store();
    let holder = store
        .world
        .account(account)
        .map(|known| known.vendor_id.clone());
    let earnings = store.world.earnings(account, params::days(first, last));
    let mut rows = Vec::new();
    let (mut from, mut held) = (first, Sums::default());
    while from <= last {
        let to = week_end(from).min(last);
        let mut sums = Sums::default();
        for earning in &earnings {
            if (from..=to).contains(&day_of(earning.recognised_at)) {
                sums.add(earning);
                held.add(earning);
            }
        }
        if sums.sale != 0 {
            rows.push(sums.row(
                "WEEKLY",
                text,
                (from, to),
                paid_on(to),
                today,
                70,
                holder.as_deref(),
            ));
        }
        from = to + TimeDelta::days(1);
    }
    if held.sale != 0 {
        let paid = last.checked_add_months(Months::new(2)).unwrap_or(last);
        rows.push(held.row(
            "RESERVE",
            text,
            (first, last),
            paid,
            today,
            30,
            holder.as_deref(),
        ));
    }
    Ok(answer::ok(&rows))
}

#[derive(Default)]
struct Sums {
    sale: i64,
    fee: i64,
    /// Discounts that the seller bears.
    instant: i64,
    coupon: i64,
}

impl Sums {
    fn add(&mut self, earning: &Earning<'_>) {
        let (goods, shipping) = amounts(earning);
        let sign = match earning.kind {
            EarningKind::Sale => 1,
            EarningKind::Refund => -1,
        };
        let ((goods_fee, goods_vat), (shipping_fee, shipping_vat)) =
            (fee(goods, FEE), fee(shipping, SHIPPING_FEE));
        for (line, count) in &earning.lines {
            let off = line.discounts.of_pieces(*count, line.quantity);
            self.instant += sign * off.instant;
            self.coupon += sign * off.coupon;
        }
        self.sale += sign * (goods + shipping);
        self.fee += sign * (goods_fee + goods_vat + shipping_fee + shipping_vat);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is one column of the row, used once"
    )]
    fn row(
        &self,
        kind: &str,
        month: &str,
        (from, to): (NaiveDate, NaiveDate),
        paid: NaiveDate,
        today: NaiveDate,
        percent: i64,
        holder: Option<&str>,
    ) -> Value {
        let target = self.sale - self.fee - self.instant - self.coupon;
        let amount = target * percent / 100;
        json!({
            "settlementType": kind,
            "settlementDate": paid.to_string(),
            "revenueRecognitionYearMonth": month,
            "revenueRecognitionDateFrom": from.to_string(),
            "revenueRecognitionDateTo": to.to_string(),
            "totalSale": self.sale,
            "serviceFee": self.fee,
            "settlementTargetAmount": target,
            "settlementAmount": amount,
            "lastAmount": target - amount,
            "pendingReleasedAmount": 0,
            "sellerDiscountCoupon": self.instant,
            "downloadableCoupon": self.coupon,
            "dedicatedDeliveryAmount": 0,
            "sellerServiceFee": 0,
            "couranteeFee": 0,
            "couranteeCustomerReward": 0,
            "deductionAmount": 0,
            "debtOfLastWeek": 0,
            "finalAmount": amount,
            "bankAccountHolder": holder,
            "bankName": "국민은행",
            "bankAccount": "1234567890****",
            "status": if paid <= today { "DONE" } else { "SUBJECT" },
            "storeFeeDiscount": 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_ends_on_its_sunday() {
        let day = |text: &str| params::plain_day(text).unwrap();
        assert_eq!(week_end(day("2026-11-23")), day("2026-11-29"));
        assert_eq!(week_end(day("2026-11-29")), day("2026-11-29"));
    }
}
