//! What SmartStore owes, case by case (건별 정산), by the day on which a sale counts. One call tells of one day.

use chrono::{NaiveDate, TimeDelta};
use moa_money::Money;
use moa_service::PageToken;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calls::{Call, always, exchange};
use super::errors::malformed;
use super::token::Tokens;
use super::windows::korean_day;
use super::wire::{self, BadField, bad};
use crate::channel::{FetchError, Page, Session, SettlementsQuery};
use crate::domain::account::InvalidField;
use crate::domain::buckets::Bucket;
use crate::domain::order::RejectedRow;
use crate::domain::settlement::{ChannelSettlement, SettlementKind};

/// Where the list of settlements goes on.
const PAGES: PageToken = PageToken::of("smartstore.settlements");

const CASES: Bucket = Bucket("pay-settle/settle/case");
/// Rows of a page.
const PAGE: u32 = 1000;
/// Days of one question; bounds the number of calls.
const MAX_DAYS: i64 = 400;

/// Where the list goes on.
#[derive(Serialize, Deserialize)]
struct Progress {
    question: (NaiveDate, NaiveDate),
    day: NaiveDate,
    page: u32,
}

/// One page of what counts on some days.
pub async fn fetch_settlements(
    tokens: &Tokens,
    session: &Session,
    query: &SettlementsQuery,
) -> Result<Page<ChannelSettlement>, FetchError> {
    if query.from > query.to {
        return Err(InvalidField::new("to_day", "must not be before from_day").into());
    }
    if query.to - query.from > TimeDelta::days(MAX_DAYS) {
        return Err(InvalidField::new("to_day", "must be at most 400 days after from_day").into());
    }
    if query.to > korean_day(session.now()) {
        return Err(InvalidField::new("to_day", "must not lie in the future").into());
    }
    let question = (query.from, query.to);
    let (day, page) = begin(&query.page_token, question)?;
    let text = format!(
        "searchDate={day}&periodType=SETTLE_CASEBYCASE_SETTLE_BASIS_DATE&pageNumber={page}&pageSize={PAGE}"
    );
    let slot = session.slot_in(CASES, query.class, query.deadline).await?;
    let call = Call {
        method: &Method::GET,
        path: "/v1/pay-settle/settle/case",
        query: &text,
        body: None,
    };
    let (reply, body) = exchange(tokens, session, slot, call, query.deadline, &always).await?;
    let elements = match body.get("elements") {
        Some(Value::Array(elements)) => elements.as_slice(),
        _ => return Err(malformed(&bad("elements", "is no array")).into()),
    };
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (index, element) in elements.iter().enumerate() {
        match settlement(element) {
            Ok(row) => rows.push(row),
            Err(error) => rejected.push(RejectedRow {
                index,
                channel_order_id: wire::named_order(element),
                reason: error.to_string(),
            }),
        }
    }
    let pages = body
        .get("pagination")
        .and_then(|pagination| pagination.get("totalPages"))
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let progress = if u64::from(page) < pages && !elements.is_empty() {
        Some((day, page.saturating_add(1)))
    } else {
        day.succ_opt().map(|next| (next, 1))
    };
    let next = progress
        .filter(|(day, _)| *day <= query.to)
        .map(|(day, page)| Progress {
            question,
            day,
            page,
        });
    Ok(Page {
        rows,
        rejected,
        next_page_token: PAGES.encode(next.as_ref()),
        read_at: reply.sent_at,
        raw: reply.body,
    })
}

fn begin(token: &str, question: (NaiveDate, NaiveDate)) -> Result<(NaiveDate, u32), InvalidField> {
    let refused = || {
        InvalidField::new(
            "page_token",
            "is not one that this list gave out for the same days; begin without it",
        )
    };
    let progress: Option<Progress> = PAGES.decode(token).map_err(|_| refused())?;
    match progress {
        None => Ok((question.0, 1)),
        Some(progress) if progress.question == question => Ok((progress.day, progress.page)),
        Some(_) => Err(refused()),
    }
}

pub fn settlement(element: &Value) -> Result<ChannelSettlement, BadField> {
    let takes_back = matches!(
        wire::text(element, "settleType").as_str(),
        "NORMAL_SETTLE_AFTER_CANCEL" | "QUICK_SETTLE_CANCEL" | "QUANTITY_CANCEL_DEDUCTION"
    );
    let kind = match (wire::text(element, "productOrderType").as_str(), takes_back) {
        ("PROD_ORDER", false) => SettlementKind::Sale,
        ("PROD_ORDER", true) => SettlementKind::Refund,
        // Extra freight of islands and claims is freight too.
        ("DELIVERY" | "EXTRAFEE", false) => SettlementKind::Shipping,
        ("DELIVERY" | "EXTRAFEE", true) => SettlementKind::ShippingRefund,
        _ => return Err(bad("productOrderType", "is none that is known here")),
    };
    let goods = matches!(kind, SettlementKind::Sale | SettlementKind::Refund);
    Ok(ChannelSettlement {
        kind,
        channel_order_id: wire::id(element, "orderId")?,
        channel_line_id: if goods {
            wire::id(element, "productOrderId")?
        } else {
            String::new()
        },
        // The case names amounts, not pieces.
        quantity: 0,
        sold_on: day(element, "payDate"),
        recognised_on: day(element, "settleBasisDate"),
        settles_on: day(element, "settleCompleteDate").or(day(element, "settleExpectDate")),
        finally_settles_on: None,
        sale: amount(element, "paySettleAmount")?,
        merchant_discount: None,
        fee: fee(element)?,
        fee_vat: None,
        settlement: amount(element, "settleExpectAmount")?,
        product_name: wire::text(element, "productName"),
        sku_code: String::new(),
    })
}

/// An amount without its sign: the kind says who gets it, as for the other channels.
fn amount(element: &Value, field: &'static str) -> Result<Option<Money>, BadField> {
    let Some(amount) = wire::money(element, field)? else {
        return Ok(None);
    };
    let plain = amount.amount_minor.checked_abs();
    plain
        .map(|plain| Some(Money::krw(plain)))
        .ok_or(bad(field, "is too large"))
}

/// What the channel keeps of the payment, of instalments without interest, of its own showcase. The channel counts
/// these below zero and names their VAT nowhere: it is inside.
fn fee(element: &Value) -> Result<Option<Money>, BadField> {
    let fields = [
        "totalPayCommissionAmount",
        "freeInstallmentCommissionAmount",
        "sellingInterlockCommissionAmount",
    ];
    let mut sum: Option<Money> = None;
    for field in fields {
        sum = match (sum, amount(element, field)?) {
            (Some(one), Some(other)) => {
                let added = one.checked_add(other);
                Some(added.map_err(|_| bad(field, "is too large"))?)
            }
            (one, other) => one.or(other),
        };
    }
    Ok(sum)
}

fn day(element: &Value, field: &str) -> Option<NaiveDate> {
    wire::text(element, field).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_map_to_sales_refunds_and_freight() {
        let page: Value = serde_json::from_str(include_str!("fixtures/settlements.json")).unwrap();
        let elements = page["elements"].as_array().unwrap();
        let lines: Vec<_> = elements.iter().map(settlement).collect();
        insta::assert_debug_snapshot!(lines);
    }

    #[test]
    fn a_token_belongs_to_its_days() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let question = (day("2026-11-01"), day("2026-11-03"));
        let progress = Progress {
            question,
            day: day("2026-11-02"),
            page: 2,
        };
        let token = PAGES.encode(Some(&progress));
        assert_eq!(begin(&token, question), Ok((day("2026-11-02"), 2)));
        assert_eq!(begin("", question), Ok((day("2026-11-01"), 1)));
        let other = (day("2026-11-01"), day("2026-11-04"));
        assert_eq!(begin(&token, other).unwrap_err().field, "page_token");
    }
}
