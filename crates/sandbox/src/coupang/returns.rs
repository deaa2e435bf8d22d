//! Reading return requests: by creation and state, by order, one receipt.

use axum::Extension;
use axum::extract::{OriginalUri, Path, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::json;

use super::params::{self, Offset, Params, Refusal};
use super::return_wire::{ReceiptSheet, receipt_sheet};
use super::wire::{self, Edition, ListAnswer};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Page, Receipt, ReceiptGroup, ReceiptKind, Span};

const UNKNOWN: &str =
    "ReceiptId doesn't belong to the vendorId, or cannot find the Receipt by the given id";

/// What a list is asked for.
struct Query {
    span: Span,
    groups: Vec<ReceiptGroup>,
    order_id: Option<i64>,
    after: Option<u64>,
    limit: usize,
}

/// `GET …/returnRequests`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let query = Query::read(&Params::parse(uri.query()))?;
    let rules = shared.coupang.rules();
    let wide = query.span.until - query.span.from > TimeDelta::days(14);
    if rules.slow_completed_returns && wide && query.groups.contains(&ReceiptGroup::Completed) {
        return Ok(answer::timed_out());
    }
    let (now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let page = match query.order_id {
        Some(order_id) => of_order(store.world.receipts_of_order(order_id), account, &query),
        None => store
            .world
            .receipt_page(
                account,
                &query.groups,
                query.span,
                query.after,
                now,
                query.limit,
            )
            .ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?,
    };
    let shown: Vec<i64> = page
        .rows
        .iter()
        .flat_map(|row| &row.items)
        .map(|item| item.parcel_id)
        .collect();
    let data: Vec<ReceiptSheet<'_>> = page
        .rows
        .iter()
        .filter_map(|receipt| receipt_sheet(&store.world, receipt, edition, now, &rules))
        .collect();
    let next_token = wire::token(page.next);
    let response = answer::ok(&ListAnswer {
        code: 200,
        message: "OK",
        data,
        next_token,
    });
    match query.order_id {
        // No receipts of this order is as much an answer as some.
        Some(order_id) => {
            let order = store
                .world
                .order(order_id)
                .filter(|order| order.account == account);
            let parcels = order
                .map(|order| order.parcel_ids.clone())
                .unwrap_or_default();
            store.world.look_directly(&parcels, real);
        }
        None => store.world.look_in_list(&shown, now, real),
    }
    Ok(response)
}

/// The few receipts of one order, filtered as a page of them would be.
fn of_order<'a>(
    receipts: impl Iterator<Item = &'a Receipt>,
    account: u32,
    query: &Query,
) -> Page<'a, Receipt> {
    let inside = |receipt: &&Receipt| {
        receipt.account == account
            && query.groups.contains(&ReceiptGroup::of(receipt))
            && (query.span.from..query.span.until).contains(&receipt.created_at)
    };
    Page {
        rows: receipts.filter(inside).collect(),
        next: None,
    }
}

impl Query {
    fn read(params: &Params) -> Result<Self, Refusal> {
        let time_frame = params.is_time_frame()?;
        let span = if time_frame {
            minutes(params)?
        } else {
            days(params)?
        };
        let order_id = match params.get("orderId") {
            None => None,
            Some(_) if time_frame => {
                return Err(Refusal::bad_request(
                    "orderId is not supported with searchType timeFrame",
                ));
            }
            Some(text) => {
                let wrong = || Refusal::bad_request(format!("orderId ({text}) should be a number"));
                Some(text.parse().map_err(|_| wrong())?)
            }
        };
        let cancelled = match params.get("cancelType") {
            None | Some("RETURN") => false,
            Some("CANCEL") => true,
            Some(other) => {
                return Err(Refusal::bad_request(format!(
                    "cancelType ({other}) is not supported"
                )));
            }
        };
        let groups = match (params.get("status"), cancelled) {
            (None, true) if order_id.is_none() => vec![ReceiptGroup::Cancelled],
            (_, true) => {
                return Err(Refusal::bad_request(
                    "status and orderId are not supported with cancelType CANCEL",
                ));
            }
            (None, false) if order_id.is_some() => {
                vec![
                    ReceiptGroup::StopUnchecked,
                    ReceiptGroup::Unchecked,
                    ReceiptGroup::CoupangCheck,
                    ReceiptGroup::Completed,
                ]
            }
            (None, false) => {
                let message = "OrderId can't be null , if doesn't pass the parameter status";
                return Err(Refusal::bad_request(message));
            }
            (Some("RU"), false) => vec![ReceiptGroup::StopUnchecked],
            (Some("UC"), false) => vec![ReceiptGroup::StopUnchecked, ReceiptGroup::Unchecked],
            (Some("CC"), false) => vec![ReceiptGroup::Completed],
            (Some("PR"), false) => vec![ReceiptGroup::CoupangCheck],
            (Some(other), false) => {
                return Err(Refusal::bad_request(format!(
                    "status ({other}) is not supported"
                )));
            }
        };
        if time_frame {
            return Ok(Self {
                span,
                groups,
                order_id,
                after: None,
                limit: usize::MAX,
            });
        }
        let after = match params.get("nextToken") {
            None => None,
            Some(token) => Some(
                wire::place_of(token)
                    .ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?,
            ),
        };
        Ok(Self {
            span,
            groups,
            order_id,
            after,
            limit: params.page_size()?,
        })
    }
}

fn days(params: &Params) -> Result<Span, Refusal> {
    let from = params::day(params, "createdAtFrom", Offset::Optional)?;
    let to = params::day(params, "createdAtTo", Offset::Optional)?;
    check(to - from)?;
    Ok(params::days(from, to))
}

fn minutes(params: &Params) -> Result<Span, Refusal> {
    let from = params::minute(params, "createdAtFrom", Offset::Optional)?;
    let to = params::minute(params, "createdAtTo", Offset::Optional)?;
    check(to - from)?;
    Ok(params::moments(from, to))
}

fn check(length: TimeDelta) -> Result<(), Refusal> {
    if length < TimeDelta::zero() {
        // Counted in days, rounded away from zero, so that an hour too early is one.
        let days = (-length).num_seconds().div_euclid(86_400).max(1);
        return Err(Refusal::bad_request(format!(
            "createdAtTo should be later than createdAtFrom. SearchPeriod=-{days}"
        )));
    }
    if length > TimeDelta::days(31) {
        return Err(Refusal::bad_request("검색기간은 최대 31일입니다."));
    }
    Ok(())
}

/// `GET …/returnRequests/{receiptId}`: an array of one, for receipts of returns only.
pub async fn single(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let rules = shared.coupang.rules();
    let (now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let receipt = id.parse().ok().and_then(|id| store.world.receipt(id));
    let receipt = receipt
        .filter(|receipt| receipt.account == account && receipt.kind == ReceiptKind::Return)
        .filter(|receipt| receipt.withdrawn_at.is_none())
        .ok_or_else(|| Refusal::bad_request(UNKNOWN))?;
    let shown: Vec<i64> = receipt.items.iter().map(|item| item.parcel_id).collect();
    let data: Vec<ReceiptSheet<'_>> = receipt_sheet(&store.world, receipt, edition, now, &rules)
        .into_iter()
        .collect();
    let response = answer::ok(&json!({"code": "200", "message": "OK", "data": data}));
    store.world.look_directly(&shown, real);
    Ok(response)
}
