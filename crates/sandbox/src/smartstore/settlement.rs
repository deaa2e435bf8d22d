//! 정산: what Naver pays for product orders whose buyers are content. No envelope.
//!
//! A product order is settled on the day its purchase was decided (기준일), paid on the next working day (예정일), and
//! paid out once that day has come. Commission is what the order's detail says.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use serde_json::{Value, json};

use super::answer::{Answer, Family, without_nulls};
use super::inquiries::{Page, midnight};
use super::params::{Params, id};
use super::world::{Order, ProductOrder, RangeType, place};
use super::{Caller, kst, wire};
use crate::shared::Shared;
use crate::world::World;

const MOST: usize = 1_000;
const LONGEST_DAYS: i64 = 366;

/// One product order's share in a settlement.
struct Case<'a> {
    order: &'a Order,
    row: &'a ProductOrder,
    basis: NaiveDate,
    expect: NaiveDate,
    complete: Option<NaiveDate>,
    sales: i64,
    commission: i64,
}

/// `GET /v1/pay-settle/settle/daily`.
pub async fn daily(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    check_empty(&params, &["startDate", "endDate", "pageNumber", "pageSize"])?;
    let (start, end) = (day(&params, "startDate")?, day(&params, "endDate")?);
    if end < start || (end - start).num_days() > LONGEST_DAYS {
        return Err(invalid("endDate", "조회 기간이 올바르지 않습니다."));
    }
    let (number, size) = page_of(&params)?;
    let store = shared.store();
    let mut days: BTreeMap<NaiveDate, Vec<Case<'_>>> = BTreeMap::new();
    // Paid at most four days after: a Friday's settlement comes on Monday.
    let first = start.checked_sub_days(Days::new(4)).unwrap_or(start);
    for case in cases(&store.world, account, first, end, shared.clock.world()) {
        if (start..=end).contains(&case.expect) {
            days.entry(case.expect).or_default().push(case);
        }
    }
    let page = Page::of(days.iter(), number, size);
    let elements: Vec<Value> = page
        .rows
        .iter()
        .map(|(expect, cases)| one_day(&store.world, account, **expect, cases))
        .collect();
    Ok(paged(&elements, &page))
}

fn one_day(world: &World, account: u32, expect: NaiveDate, cases: &[Case<'_>]) -> Value {
    let sales: i64 = cases.iter().map(|case| case.sales).sum();
    let commission: i64 = cases.iter().map(|case| case.commission).sum();
    let known = world.account(account).map(|account| &account.smartstore);
    without_nulls(json!({
        "settleBasisStartDate": cases.iter().map(|case| case.basis).min(),
        "settleBasisEndDate": cases.iter().map(|case| case.basis).max(),
        "settleExpectDate": expect,
        "settleCompleteDate": cases.iter().filter_map(|case| case.complete).max(),
        "settleAmount": sales - commission,
        "paySettleAmount": sales,
        "commissionSettleAmount": -commission,
        "benefitSettleAmount": 0,
        "deductionRestoreSettleAmount": 0,
        "payHoldbackAmount": 0,
        "minusChargeAmount": 0,
        "differenceSettleAmount": 0,
        "returnCareSettleAmount": 0,
        "normalSettleAmount": sales - commission,
        "quickSettleAmount": 0,
        "preferentialCommissionAmount": 0,
        "settlementLimitAmount": 0,
        "settleMethodType": "ACCOUNT",
        "bankType": "신한은행",
        "depositorName": "라온상점",
        "accountNo": "110-***-****01",
        "merchantId": known.map(|known| &known.account_id),
        "merchantName": "라온상점",
    }))
}

/// `GET /v1/pay-settle/settle/case`: one day, product order by product order.
pub async fn by_case(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    check_empty(
        &params,
        &[
            "searchDate",
            "orderId",
            "productOrderId",
            "periodType",
            "settleDecisionType",
            "settleType",
        ],
    )?;
    let searched = day(&params, "searchDate")?;
    let by = Period::read(&params)?;
    let (number, size) = page_of(&params)?;
    let only_settled = match params.get("settleDecisionType") {
        None => None,
        Some("SETTLED") => Some(true),
        Some("UNSETTLED") => Some(false),
        Some("BEFORE_CANCEL") => {
            return Ok(paged(
                &[],
                &Page::of(std::iter::empty::<()>(), number, size),
            ));
        }
        Some(_) => {
            return Err(invalid(
                "settleDecisionType",
                "settleDecisionType 항목이 올바르지 않습니다.",
            ));
        }
    };
    let wanted = |name: &str| params.get(name).map(id);
    let (order, product_order) = (wanted("orderId"), wanted("productOrderId"));
    let store = shared.store();
    // A purchase is decided some weeks after it is paid, and settled a few days later.
    let first = searched.checked_sub_days(Days::new(60)).unwrap_or(searched);
    let last = searched.checked_add_days(Days::new(60)).unwrap_or(searched);
    let found: Vec<Case<'_>> = cases(&store.world, account, first, last, shared.clock.world())
        .filter(|case| by.date(case) == Some(searched))
        .filter(|case| only_settled.is_none_or(|settled| case.complete.is_some() == settled))
        .filter(|case| order.is_none_or(|id| id == Some(case.order.id)))
        .filter(|case| product_order.is_none_or(|id| id == Some(case.row.id)))
        .collect();
    let rows: Vec<Value> = found
        .iter()
        .flat_map(|case| case_rows(&store.world, case))
        .collect();
    let page = Page::of(rows.into_iter(), number, size);
    Ok(paged(&page.rows, &page))
}

/// Which day of a case is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Schedule,
    Basis,
    Complete,
    Pay,
}

impl Period {
    fn read(params: &Params) -> Result<Self, Answer> {
        match params.get("periodType") {
            Some("SETTLE_CASEBYCASE_SETTLE_SCHEDULE_DATE") => Ok(Self::Schedule),
            Some(
                "SETTLE_CASEBYCASE_SETTLE_BASIS_DATE" | "SETTLE_CASEBYCASE_TAXRETURN_BASIS_DATE",
            ) => Ok(Self::Basis),
            Some("SETTLE_CASEBYCASE_SETTLE_COMPLETE_DATE") => Ok(Self::Complete),
            Some("SETTLE_CASEBYCASE_PAY_DATE") => Ok(Self::Pay),
            _ => Err(invalid(
                "periodType",
                "periodType 항목이 올바르지 않습니다.",
            )),
        }
    }

    fn date(self, case: &Case<'_>) -> Option<NaiveDate> {
        match self {
            Self::Schedule => Some(case.expect),
            Self::Basis => Some(case.basis),
            Self::Complete => case.complete,
            Self::Pay => case.order.paid_at.map(korean_day),
        }
    }
}

/// The goods of a case, and the delivery when the buyer paid for it.
fn case_rows(world: &World, case: &Case<'_>) -> Vec<Value> {
    let row = case.row;
    let account = world.account(row.account);
    let product = world.smartstore.product(world.accounts(), row.origin_no);
    let listed = account.and_then(|known| place(row.account, &known.listings, row.listing));
    let fee = row.delivery_fee + row.section_fee;
    let describe = |kind: &str, sales: i64, commission: i64| {
        without_nulls(json!({
            "settleBasisDate": case.basis,
            "settleExpectDate": case.expect,
            "settleCompleteDate": case.complete,
            "payDate": case.order.paid_at.map(korean_day),
            "orderId": case.order.id.to_string(),
            "productOrderId": row.id.to_string(),
            "productOrderType": kind,
            "settleType": "NORMAL_SETTLE_ORIGINAL",
            "productId": listed.map(|place| place.channel_no.to_string()),
            "productName": product.as_ref().map(|product| &product.name),
            "purchaserName": case.order.orderer.name,
            "paySettleAmount": sales,
            "totalPayCommissionAmount": -commission,
            "freeInstallmentCommissionAmount": 0,
            "sellingInterlockCommissionAmount": 0,
            "benefitSettleAmount": 0,
            "settleExpectAmount": sales - commission,
            "merchantId": account.map(|known| &known.smartstore.account_id),
            "merchantName": "라온상점",
            "contractNo": account.map(|known| known.smartstore.channel_no.to_string()),
        }))
    };
    let mut rows = vec![describe("PROD_ORDER", case.sales - fee, case.commission)];
    if fee > 0 {
        rows.push(describe("DELIVERY", fee, 0));
    }
    rows
}

/// What was decided inside two Korean days, both included.
fn cases(
    world: &World,
    account: u32,
    first: NaiveDate,
    last: NaiveDate,
    now: DateTime<Utc>,
) -> impl Iterator<Item = Case<'_>> {
    let after = last.checked_add_days(Days::new(1)).unwrap_or(last);
    let (from, to) = (
        midnight(first).unwrap_or(DateTime::UNIX_EPOCH),
        midnight(after).unwrap_or(DateTime::UNIX_EPOCH),
    );
    let today = korean_day(now);
    world
        .smartstore
        .by_time(account, RangeType::PurchaseDecided, from, to)
        .filter_map(move |(order, row)| {
            let basis = korean_day(row.decided_at.filter(|at| *at < to)?);
            let expect = next_working_day(basis);
            let (payment, sale) = wire::commission(row);
            Some(Case {
                order,
                row,
                basis,
                expect,
                complete: (expect <= today).then_some(expect),
                sales: row.sales() + row.delivery_fee + row.section_fee,
                commission: payment + sale,
            })
        })
}

fn korean_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&kst()).date_naive()
}

fn next_working_day(day: NaiveDate) -> NaiveDate {
    day.iter_days()
        .skip(1)
        .find(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .unwrap_or(day)
}

fn page_of(params: &Params) -> Result<(usize, usize), Answer> {
    let read = |name: &str, most: usize| {
        params.number(name, 1..=most).ok().flatten().ok_or_else(|| {
            invalid(
                name,
                &format!("{name} 항목은 1 이상 {most} 이하여야 합니다."),
            )
        })
    };
    Ok((read("pageNumber", 1_000_000)?, read("pageSize", MOST)?))
}

fn paged<T>(elements: &[Value], page: &Page<T>) -> Answer {
    Answer::ok(
        Family::Plain,
        json!({
            "elements": elements,
            "pagination": {
                "page": page.number, "size": page.size, "totalPages": page.pages(),
                "totalElements": page.total,
            },
        }),
    )
}

fn day(params: &Params, name: &str) -> Result<NaiveDate, Answer> {
    let text = params.get(name).unwrap_or_default();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| invalid(name, &format!("{name} 항목이 올바르지 않습니다.")))
}

/// A filter that is sent empty is refused rather than ignored.
fn check_empty(params: &Params, names: &[&str]) -> Result<(), Answer> {
    match names
        .iter()
        .find(|name| params.has(name) && params.get(name).is_none())
    {
        None => Ok(()),
        Some(name) => Err(invalid(name, &format!("{name} 항목이 올바르지 않습니다."))),
    }
}

fn invalid(name: &str, message: &str) -> Answer {
    let status = StatusCode::BAD_REQUEST;
    Answer::error(Family::Plain, status, "BAD_REQUEST", message).with_inputs(&[(
        name,
        "typeMismatch",
        message,
    )])
}
