//! Order sheets, page by page.

use super::calls::{encoded, malformed, read, vendor_path};
use super::map;
use super::windows::{Span, Step, Window, statuses};
use crate::channel::{FetchError, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery, Session};
use crate::domain::account::InvalidField;
use crate::domain::failure::CallFailure;

/// The next read of a question; a token past the end is none of ours.
pub fn step_at<T>(steps: &[T], index: usize) -> Result<&T, InvalidField> {
    steps
        .get(index)
        .ok_or_else(|| InvalidField::new("page_token", "is past the end of this list"))
}

pub async fn fetch_orders(
    session: &Session,
    query: &OrdersQuery,
) -> Result<OrdersPage, FetchError> {
    let Some(statuses) = query.state.as_ref().and_then(statuses) else {
        return Err(InvalidField::new(
            "state",
            "must be PLACED, ACKNOWLEDGED, DISPATCHED or DELIVERED: Coupang lists no other",
        )
        .into());
    };
    let window = Window::parse(query.from, query.to, query.class)?;
    let progress = window.progress(&statuses.join(","), &query.page_token)?;
    let steps = window.order_steps(statuses);
    let step = step_at(&steps, progress.step)?;

    let path = vendor_path(session, "v5", "ordersheets");
    let query_text = orders_query(step.what, &step.span, &progress.next_token);
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = read(session, slot, &path, &query_text)
        .await
        .map_err(|refusal| refusal.failure)?;
    let parsed = map::sheets(&envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    Ok(OrdersPage {
        raw: reply.body,
        parsed,
        next_page_token: progress.after(page_after(step, &envelope.next_token), steps.len()),
        read_at: reply.sent_at,
    })
}

/// Reads by minute have no pages.
pub fn page_after<'a>(step: &Step, next_token: &'a str) -> &'a str {
    match step.span {
        Span::Minutes(..) => "",
        Span::Days(..) => next_token,
    }
}

/// The query of an order list; Korean offset spelled out, its plus encoded.
pub fn orders_query(status: &str, span: &Span, next_token: &str) -> String {
    match span {
        Span::Minutes(from, to) => format!(
            "createdAtFrom={}%2B09:00&createdAtTo={}%2B09:00&searchType=timeFrame&status={status}",
            from.format("%Y-%m-%dT%H:%M"),
            to.format("%Y-%m-%dT%H:%M"),
        ),
        Span::Days(from, to) => {
            let token = token_part(next_token);
            format!(
                "createdAtFrom={from}%2B09:00&createdAtTo={to}%2B09:00&status={status}&maxPerPage=50{token}"
            )
        }
    }
}

/// The channel's token comes from outside: it goes into a query only encoded.
pub fn token_part(next_token: &str) -> String {
    if next_token.is_empty() {
        return String::new();
    }
    format!("&nextToken={}", encoded(next_token))
}

pub async fn fetch_parcel(
    session: &Session,
    query: &ParcelQuery,
) -> Result<ParcelPage, CallFailure> {
    let path = vendor_path(session, "v5", &sheet_path(&query.channel_parcel_id));
    let slot = session.slot(query.class, query.deadline).await?;
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let parsed = map::sheets(&envelope, reply.sent_at).map_err(|e| malformed(&e))?;
            if let Some(row) = parsed.rejected.first() {
                return Err(CallFailure::perhaps(
                    crate::domain::failure::FailureKind::MalformedAnswer,
                    format!("the channel's parcel cannot be read: {}", row.reason),
                ));
            }
            Ok(ParcelPage {
                raw: reply.body,
                order: parsed.orders.into_iter().next(),
                read_at: reply.sent_at,
            })
        }
        Err(refusal) if refusal.is_gone() => Ok(ParcelPage {
            raw: bytes::Bytes::new(),
            order: None,
            read_at: session.now(),
        }),
        Err(refusal) => Err(refusal.failure),
    }
}

/// Ids are digits by contract; anything else must not change the path.
pub fn sheet_path(channel_parcel_id: &str) -> String {
    format!("ordersheets/{}", encoded(channel_parcel_id))
}
