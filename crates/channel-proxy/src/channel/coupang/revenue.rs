//! What Coupang owes: the revenue history (매출내역), by the day on which a sale counts.

use chrono::NaiveDate;
use moa_money::Money;

use super::calls::{encoded, malformed, provider_path, read, vendor_id};
use super::lists::step_at;
use super::windows::{Span, Window, korean};
use super::wire::{BadField, Envelope, array, bad, count, money, text};
use crate::channel::json::{Json, field};
use crate::channel::{FetchError, Page, Session, SettlementsQuery};
use crate::domain::account::InvalidField;
use crate::domain::order::RejectedRow;
use crate::domain::settlement::{ChannelSettlement, SettlementKind};

/// Difference of dates of one read: "at most a month", of which the shortest has 28 days.
const MONTH_DAYS: i64 = 27;

pub async fn fetch_settlements(
    session: &Session,
    query: &SettlementsQuery,
) -> Result<Page<ChannelSettlement>, FetchError> {
    let today = korean(session.now()).date();
    if query.to >= today {
        return Err(InvalidField::new(
            "to_day",
            "must be yesterday in Korea at the latest: Coupang tells no revenue of today",
        )
        .into());
    }
    let window = Window::of_days(query.from, query.to)?;
    let steps = window.day_steps("REVENUE", MONTH_DAYS);
    let progress = window.progress("revenue", &query.page_token)?;
    let step = step_at(&steps, progress.step)?;
    let (from, to) = match step.span {
        Span::Minutes(from, to) => (from.date(), to.date()),
        Span::Days(from, to) => (from, to),
    };
    let vendor = vendor_id(session);
    // The token must be there on the first page too, empty.
    let token = encoded(&progress.next_token);
    let text = format!(
        "vendorId={vendor}&recognitionDateFrom={from}&recognitionDateTo={to}&token={token}&maxPerPage=50"
    );
    let path = provider_path("openapi", "v1/revenue-history");
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let (rows, rejected) = settlements(&envelope).map_err(|error| malformed(&error))?;
    let next = match envelope.has_next {
        Some(false) => "",
        _ => envelope.next_token.as_str(),
    };
    Ok(Page {
        raw: reply.body,
        rows,
        rejected,
        next_page_token: progress.after(next, steps.len()),
        read_at: reply.sent_at,
    })
}

/// A page: each row is an order's sale or refund with its lines and its freight.
pub fn settlements(
    envelope: &Envelope,
) -> Result<(Vec<ChannelSettlement>, Vec<RejectedRow>), BadField> {
    let (rows, rejected) = super::map::rows(envelope.rows()?, "orderId", |_, row| lines(row))?;
    Ok((rows.into_iter().flatten().collect(), rejected))
}

fn lines(row: &Json<'_>) -> Result<Vec<ChannelSettlement>, BadField> {
    let refund = match text(row, "saleType").as_str() {
        "SALE" => false,
        "REFUND" => true,
        "" => return Err(bad("saleType", "is missing")),
        _ => return Err(bad("saleType", "is neither SALE nor REFUND")),
    };
    let order_id = match text(row, "orderId") {
        // Rows that fill up a month are about no order.
        none if none == "0" => String::new(),
        id if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => return Err(bad("orderId", "is no id of digits")),
    };
    let line = |kind| ChannelSettlement {
        kind,
        channel_order_id: order_id.clone(),
        channel_line_id: String::new(),
        quantity: 0,
        sold_on: day(row, "saleDate"),
        recognised_on: day(row, "recognitionDate"),
        settles_on: day(row, "settlementDate"),
        finally_settles_on: day(row, "finalSettlementDate"),
        sale: None,
        merchant_discount: None,
        fee: None,
        fee_vat: None,
        settlement: None,
        product_name: String::new(),
        sku_code: String::new(),
    };
    let items = array(row, "items")?;
    let mut lines = Vec::with_capacity(items.len() + 1);
    for item in items {
        let kind = if refund {
            SettlementKind::Refund
        } else {
            SettlementKind::Sale
        };
        lines.push(ChannelSettlement {
            channel_line_id: match text(item, "vendorItemId") {
                none if none == "0" => String::new(),
                id => id,
            },
            quantity: count(item, "quantity")?.unwrap_or(0),
            sale: money(item, "saleAmount")?,
            merchant_discount: sum(item, ["sellerDiscountCoupon", "downloadableCoupon"])?,
            fee: sum(item, ["serviceFee", "couranteeFee"])?,
            fee_vat: sum(item, ["serviceFeeVat", "couranteeFeeVat"])?,
            settlement: money(item, "settlementAmount")?,
            product_name: text(item, "productName"),
            sku_code: text(item, "externalSellerSkuCode"),
            ..line(kind)
        });
    }
    if let Some(freight @ Json::Object(_)) = field(row, "deliveryFee") {
        let amount = money(freight, "amount")?;
        let kind = if refund {
            SettlementKind::ShippingRefund
        } else {
            SettlementKind::Shipping
        };
        if amount.is_some_and(|amount| amount.amount_minor != 0) {
            lines.push(ChannelSettlement {
                sale: amount,
                fee: money(freight, "fee")?,
                fee_vat: money(freight, "feeVat")?,
                settlement: money(freight, "settlementAmount")?,
                ..line(kind)
            });
        }
    }
    Ok(lines)
}

/// Two amounts as one; absent when both are.
fn sum(object: &Json<'_>, fields: [&'static str; 2]) -> Result<Option<Money>, BadField> {
    let [a, b] = fields;
    match (money(object, a)?, money(object, b)?) {
        (Some(one), Some(other)) => {
            let sum = one.checked_add(other);
            sum.map(Some).map_err(|_| bad(a, "is too large"))
        }
        (one, other) => Ok(one.or(other)),
    }
}

fn day(row: &Json<'_>, field: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&text(row, field), "%Y-%m-%d").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sales_refunds_and_freight_map_to_lines() {
        let body = include_str!("fixtures/revenue_history_v1.json");
        let envelope = Envelope::read(body.as_bytes()).unwrap();
        assert_eq!(envelope.has_next, Some(true));
        insta::assert_debug_snapshot!(settlements(&envelope).unwrap());
    }
}
