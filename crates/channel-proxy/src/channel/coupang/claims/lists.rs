//! Claims, page by page.

use chrono::NaiveTime;

use super::map;
use crate::channel::coupang::calls::{encoded, malformed, read, vendor_path};
use crate::channel::coupang::lists::{page_after, step_at, token_part};
use crate::channel::coupang::windows::{Span, Step, Window};
use crate::channel::{ClaimList, ClaimsPage, ClaimsQuery, FetchError, Session};

/// Stop requests, received claims, and what was cancelled while it was only placed: the latter are in no other list.
pub const OPEN_KINDS: [&str; 3] = ["RU", "UC", "CANCEL"];
/// Completed ones: a stopped box leaves the order lists, so only this shows how it ended.
pub const COMPLETED_KINDS: [&str; 1] = ["CC"];

/// Exchanges, and demands that were taken back.
const EXCHANGES: &str = "EXCHANGES";
const WITHDRAWALS: &str = "WITHDRAWALS";

pub async fn fetch_claims(
    session: &Session,
    query: &ClaimsQuery,
) -> Result<ClaimsPage, FetchError> {
    let window = Window::parse(query.from, query.to, query.class)?;
    let mut steps = Vec::new();
    let mut lists = Vec::new();
    if query.wants(ClaimList::OpenReturns) {
        steps.extend(window.claim_steps(&OPEN_KINDS));
        lists.push("open");
    }
    if query.wants(ClaimList::CompletedReturns) {
        steps.extend(window.claim_steps(&COMPLETED_KINDS));
        lists.push("completed");
    }
    if query.wants(ClaimList::Exchanges) {
        steps.extend(window.week_steps(EXCHANGES));
        lists.push(EXCHANGES);
    }
    if query.wants(ClaimList::Withdrawals) {
        steps.extend(window.week_day_steps(WITHDRAWALS));
        lists.push(WITHDRAWALS);
    }
    let progress = window.progress(&lists.join(","), &query.page_token)?;
    let step = step_at(&steps, progress.step)?;

    let (path, query_text) = question(session, step, &progress.next_token);
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &query_text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let (parsed, next_token) = match step.what {
        EXCHANGES => (
            map::exchanges(&envelope, reply.sent_at),
            envelope.next_token.as_str(),
        ),
        WITHDRAWALS => (
            map::withdrawals(&envelope, reply.sent_at),
            envelope.next_token.as_str(),
        ),
        _ => (
            map::claims(&envelope, reply.sent_at),
            page_after(step, &envelope.next_token),
        ),
    };
    let (claims, rejected) = parsed.map_err(|error| malformed(&error))?;
    Ok(ClaimsPage {
        raw: reply.body,
        claims,
        rejected,
        next_page_token: progress.after(next_token, steps.len()),
        read_at: reply.sent_at,
    })
}

/// Path and query of one read.
fn question(session: &Session, step: &Step, next_token: &str) -> (String, String) {
    match step.what {
        EXCHANGES => (
            vendor_path(session, "v4", "exchangeRequests"),
            exchanges_query(&step.span, "", next_token),
        ),
        WITHDRAWALS => (
            vendor_path(session, "v4", "returnWithdrawRequests"),
            withdrawals_query(&step.span, next_token),
        ),
        kind => (
            vendor_path(session, "v6", "returnRequests"),
            claims_query(kind, &step.span, next_token),
        ),
    }
}

/// The query of the exchange list: Korean times to the second, at most a week.
pub fn exchanges_query(span: &Span, order_id: &str, next_token: &str) -> String {
    let order = match order_id {
        "" => String::new(),
        id => format!("&orderId={}", encoded(id)),
    };
    let token = token_part(next_token);
    let (from, to) = match span {
        Span::Minutes(from, to) => (*from, *to),
        Span::Days(from, to) => (from.and_time(NaiveTime::MIN), to.and_time(NaiveTime::MIN)),
    };
    format!(
        "createdAtFrom={}&createdAtTo={}{order}&maxPerPage=50{token}",
        from.format("%Y-%m-%dT%H:%M:%S"),
        to.format("%Y-%m-%dT%H:%M:%S"),
    )
}

/// The query of the list of withdrawals: Korean days, both inside, by page number.
fn withdrawals_query(span: &Span, next_index: &str) -> String {
    let (from, to) = match span {
        Span::Minutes(from, to) => (from.date(), to.date()),
        Span::Days(from, to) => (*from, *to),
    };
    let index = match next_index {
        "" => "1".to_owned(),
        index => encoded(index),
    };
    format!("dateFrom={from}&dateTo={to}&pageIndex={index}&sizePerPage=100")
}

/// The query of a claim list; its samples use Korean times without offset.
pub fn claims_query(kind: &str, span: &Span, next_token: &str) -> String {
    let kind = match kind {
        "CANCEL" => "cancelType=CANCEL".to_owned(),
        status => format!("status={status}"),
    };
    match span {
        Span::Minutes(from, to) => format!(
            "searchType=timeFrame&createdAtFrom={}&createdAtTo={}&{kind}",
            from.format("%Y-%m-%dT%H:%M"),
            to.format("%Y-%m-%dT%H:%M"),
        ),
        Span::Days(from, to) => {
            let token = token_part(next_token);
            format!("createdAtFrom={from}&createdAtTo={to}&{kind}&maxPerPage=50{token}")
        }
    }
}
