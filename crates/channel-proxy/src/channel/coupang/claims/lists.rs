//! Claims, page by page.

use super::map;
use crate::channel::coupang::calls::{malformed, read, vendor_path};
use crate::channel::coupang::lists::{page_after, step_at, token_part};
use crate::channel::coupang::windows::{Span, Window};
use crate::channel::{ClaimsPage, ClaimsQuery, FetchError, Session};

/// Stop requests, received claims, completed ones (a stopped box leaves the order lists, so only this shows how it ended),
/// and what was cancelled while it was only placed: the latter are in no other list.
pub const CLAIM_KINDS: [&str; 4] = ["RU", "UC", "CC", "CANCEL"];

pub async fn fetch_claims(
    session: &Session,
    query: &ClaimsQuery,
) -> Result<ClaimsPage, FetchError> {
    let window = Window::parse(query.from, query.to, query.class)?;
    let progress = window.progress("claims", &query.page_token)?;
    let steps = window.claim_steps(&CLAIM_KINDS);
    let step = step_at(&steps, progress.step)?;

    let path = vendor_path(session, "v6", "returnRequests");
    let query_text = claims_query(step.what, &step.span, &progress.next_token);
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &query_text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let (claims, rejected) =
        map::claims(&envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    Ok(ClaimsPage {
        raw: reply.body,
        claims,
        rejected,
        next_page_token: progress.after(page_after(step, &envelope.next_token), steps.len()),
        read_at: reply.sent_at,
    })
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
