//! Orders and claims, page by page, and single product orders.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::calls::{Call, always, exchange};
use super::errors::{Refusal, malformed};
use super::halves::{Foreign, Halves, MOST_QUESTIONS};
use super::token::Tokens;
use super::windows::{Net, Progress, Rest, Step, Window, encoded, wire_time};
use super::wire::{self, ChangedRow, Changes, Detail};
use super::{buckets, claims, map};
use crate::channel::{
    ClaimsPage, ClaimsQuery, FetchError, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery,
    ParsedOrders, Reply, Session,
};
use crate::domain::account::InvalidField;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::order::RejectedRow;
use crate::domain::quota::CallClass;
use crate::quota::Slot;

/// The feed, the ids of a query and the list by condition all end here.
pub const PAGE: usize = 300;

/// The next read of a question; a token past the end is none of ours.
fn step_at(steps: &[Step], index: usize) -> Result<Step, InvalidField> {
    let past = || InvalidField::new("page_token", "is past the end of this list");
    steps.get(index).copied().ok_or_else(past)
}

/// Whoever asks, and by when.
#[derive(Clone, Copy)]
struct Asker<'a> {
    tokens: &'a Tokens,
    foreign: &'a Foreign,
    session: &'a Session,
    class: CallClass,
    deadline: Instant,
}

pub async fn fetch_orders(
    (tokens, foreign): (&Tokens, &Foreign),
    session: &Session,
    query: &OrdersQuery,
) -> Result<OrdersPage, FetchError> {
    if query.state.is_some() {
        return Err(InvalidField::new(
            "state",
            "must be absent: SmartStore tells what changed, whatever its state",
        )
        .into());
    }
    let window = Window::parse(query.from, query.to, query.class, session.now())?;
    let progress = window.progress("orders", &query.page_token)?;
    let steps = window.order_steps();
    let step = step_at(&steps, progress.step)?;
    let asker = Asker {
        tokens,
        foreign,
        session,
        class: query.class,
        deadline: query.deadline,
    };
    let page = match step.net {
        Net::Feed => asker.changed(&step, &progress, |_| true).await?,
        Net::List => asker.listed(&step, progress.page).await?,
    };
    let mut parsed = ParsedOrders::default();
    if let Some((body, reply)) = &page.details {
        parsed = map::orders(body, reply.sent_at).map_err(|error| malformed(&error))?;
    }
    parsed.rejected.extend(page.rejected);
    Ok(OrdersPage {
        raw: raw(page.details.as_ref().map(|(body, _)| body)),
        parsed,
        next_page_token: progress.after(page.rest, steps.len()),
        read_at: page.read_at,
    })
}

pub async fn fetch_claims(
    (tokens, foreign): (&Tokens, &Foreign),
    session: &Session,
    query: &ClaimsQuery,
) -> Result<ClaimsPage, FetchError> {
    let window = Window::parse(query.from, query.to, query.class, session.now())?;
    let progress = window.progress("claims", &query.page_token)?;
    let steps = window.claim_steps();
    let step = step_at(&steps, progress.step)?;
    let asker = Asker {
        tokens,
        foreign,
        session,
        class: query.class,
        deadline: query.deadline,
    };
    let page = asker
        .changed(&step, &progress, ChangedRow::tells_of_a_claim)
        .await?;
    let (mut found, mut rejected) = (Vec::new(), page.rejected);
    if let Some((body, reply)) = &page.details {
        let (details, unreadable) = map::details(body).map_err(|error| malformed(&error))?;
        rejected.extend(unreadable);
        for (index, detail) in &details {
            match claims::claims(detail, reply.sent_at) {
                Ok(claims) => found.extend(claims),
                Err(error) => rejected.push(RejectedRow {
                    index: *index,
                    channel_order_id: detail.order.order_id.clone(),
                    reason: error.to_string(),
                }),
            }
        }
    }
    Ok(ClaimsPage {
        raw: raw(page.details.as_ref().map(|(body, _)| body)),
        claims: found,
        rejected,
        next_page_token: progress.after(page.rest, steps.len()),
        read_at: page.read_at,
    })
}

/// One page, whichever net it comes from.
struct Page {
    /// The rows' body and its reply; absent when nothing changed.
    details: Option<(Value, Reply)>,
    rejected: Vec<RejectedRow>,
    rest: Rest,
    /// When the first of its reads was sent.
    read_at: DateTime<Utc>,
}

/// The page to keep: its rows by product order, without the envelope, whose time and trace differ each time: a page that
/// is read again and shows nothing new is the same page.
pub fn raw(body: Option<&Value>) -> bytes::Bytes {
    let Some(body) = body else {
        return bytes::Bytes::from_static(b"[]");
    };
    let mut rows = wire::detail_rows(body).unwrap_or_default();
    rows.sort_by_key(|row| {
        let product = row.get("productOrder");
        product
            .map(|product| wire::text(product, "productOrderId"))
            .unwrap_or_default()
    });
    bytes::Bytes::from(json!(rows).to_string())
}

impl Asker<'_> {
    /// A page of the feed, and the details of those rows that are `wanted`.
    async fn changed(
        self,
        step: &Step,
        progress: &Progress,
        wanted: impl Fn(&ChangedRow) -> bool,
    ) -> Result<Page, Refusal> {
        let from = if progress.more_from.is_empty() {
            wire_time(step.from)
        } else {
            progress.more_from.clone()
        };
        let mut query = format!(
            "lastChangedFrom={}&lastChangedTo={}&limitCount={PAGE}",
            encoded(&from),
            encoded(&wire_time(step.last))
        );
        if !progress.more_sequence.is_empty() {
            query.push_str("&moreSequence=");
            query.push_str(&encoded(&progress.more_sequence));
        }
        let path = "/v1/pay-order/seller/product-orders/last-changed-statuses";
        let (reply, body) = self.get(buckets::FEED, path, &query).await?;
        let changes = Changes::read(&body).map_err(|error| malformed(&error))?;
        let (mut rejected, mut rows) = (Vec::new(), Vec::new());
        for (index, row) in changes.rows.into_iter().enumerate() {
            match row {
                Ok(row) if wanted(&row) => rows.push((index, row)),
                Ok(_) => {}
                Err((channel_order_id, error)) => rejected.push(RejectedRow {
                    index,
                    channel_order_id,
                    reason: error.to_string(),
                }),
            }
        }
        let details = self.details_of(&rows, &mut rejected).await?;
        Ok(Page {
            details,
            rejected,
            rest: match changes.more {
                Some(more) => Rest::More {
                    from: more.from,
                    sequence: more.sequence,
                },
                None => Rest::Done,
            },
            read_at: reply.sent_at,
        })
    }

    /// The details of the feed's rows. One that the query leaves out or refuses is rejected by name: it is not lost in
    /// silence, and does not keep the others back.
    async fn details_of(
        self,
        rows: &[(usize, ChangedRow)],
        rejected: &mut Vec<RejectedRow>,
    ) -> Result<Option<(Value, Reply)>, Refusal> {
        let asker = format!(
            "{}@{}",
            self.session.credentials().seller_id(),
            self.session.base_url()
        );
        let mut ids: Vec<&str> = Vec::new();
        for (_, row) in rows {
            let id = row.product_order_id.as_str();
            if !ids.contains(&id) && !self.foreign.knows(&asker, id, Instant::now()) {
                ids.push(id);
            }
        }
        let (shown, first) = self.by_halves(&asker, &ids).await?;
        let shown_ids: HashSet<String> = shown
            .iter()
            .filter_map(|row| Some(wire::text(row.get("productOrder")?, "productOrderId")))
            .collect();
        for (index, row) in rows {
            if shown_ids.contains(&row.product_order_id) {
                continue;
            }
            let reason = if self
                .foreign
                .knows(&asker, &row.product_order_id, Instant::now())
            {
                "the channel refuses the detail of a product order that its feed names (101009, not this seller's); it is asked for again in an hour"
            } else {
                "the channel's detail does not show a product order that its feed names"
            };
            rejected.push(RejectedRow {
                index: *index,
                channel_order_id: row.order_id.clone(),
                reason: reason.to_owned(),
            });
        }
        Ok(first.map(|reply| (json!({"data": shown}), reply)))
    }

    /// The rows of these product orders, and the first answer; those that the channel refuses all others for are
    /// remembered.
    async fn by_halves(
        self,
        asker: &str,
        ids: &[&str],
    ) -> Result<(Vec<Value>, Option<Reply>), Refusal> {
        let mut halves = Halves::of(ids);
        let (mut shown, mut first, mut asked) = (Vec::new(), None, 0);
        while let Some(part) = halves.next() {
            let slot = self
                .session
                .slot_in(buckets::QUERY, self.class, self.deadline)
                .await;
            let answered = match slot {
                Ok(slot) => {
                    query_details(self.tokens, self.session, slot, part, self.deadline).await
                }
                Err(failure) => Err(failure.into()),
            };
            asked += 1;
            match answered {
                Ok((reply, body)) => {
                    let rows = wire::detail_rows(&body).map_err(|error| malformed(&error))?;
                    shown.extend(rows.into_iter().cloned());
                    first.get_or_insert(reply);
                    halves.answered();
                }
                Err(refusal) if refusal.names_a_foreign_id() && asked < MOST_QUESTIONS => {
                    halves.refused();
                }
                // What is not known by now is rejected by name, parked and asked for again later: the others must not wait.
                Err(refusal) if refusal.names_a_foreign_id() => break,
                // The page is asked for again, and then knows what was found until here.
                Err(refusal) => {
                    self.foreign
                        .remember(asker, &halves.found(), Instant::now());
                    return Err(refusal);
                }
            }
        }
        self.foreign
            .remember(asker, &halves.found(), Instant::now());
        Ok((shown, first))
    }

    /// A page of the list by condition: what was paid for in the window.
    async fn listed(self, step: &Step, page: u32) -> Result<Page, Refusal> {
        let query = format!(
            "from={}&to={}&rangeType=PAYED_DATETIME&pageSize={PAGE}&page={page}&quantityClaimCompatibility=true",
            encoded(&wire_time(step.from)),
            encoded(&wire_time(step.last))
        );
        let path = "/v1/pay-order/seller/product-orders";
        let (reply, body) = self.get(buckets::LIST, path, &query).await?;
        Ok(Page {
            rest: if wire::has_next(&body) {
                Rest::NextPage
            } else {
                Rest::Done
            },
            read_at: reply.sent_at,
            details: Some((body, reply)),
            rejected: Vec::new(),
        })
    }

    async fn get(
        self,
        bucket: crate::domain::buckets::Bucket,
        path: &str,
        query: &str,
    ) -> Result<(Reply, Value), Refusal> {
        let slot = self
            .session
            .slot_in(bucket, self.class, self.deadline)
            .await?;
        let call = Call {
            method: &Method::GET,
            path,
            query,
            body: None,
        };
        exchange(
            self.tokens,
            self.session,
            slot,
            call,
            self.deadline,
            &always,
        )
        .await
    }
}

impl From<Refusal> for FetchError {
    fn from(refusal: Refusal) -> Self {
        Self::Call(refusal.failure)
    }
}

/// The details of up to 300 product orders, with claims counted by pieces.
pub async fn query_details(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    ids: &[&str],
    deadline: Instant,
) -> Result<(Reply, Value), Refusal> {
    let body = json!({"productOrderIds": ids, "quantityClaimCompatibility": true});
    let call = Call {
        method: &Method::POST,
        path: "/v1/pay-order/seller/product-orders/query",
        query: "",
        body: Some(&body),
    };
    exchange(tokens, session, slot, call, deadline, &always).await
}

pub async fn fetch_parcel(
    tokens: &Tokens,
    session: &Session,
    query: &ParcelQuery,
) -> Result<ParcelPage, CallFailure> {
    let slot = session
        .slot_in(buckets::QUERY, query.class, query.deadline)
        .await?;
    let ids = [query.channel_parcel_id.as_str()];
    let (reply, body) = query_details(tokens, session, slot, &ids, query.deadline)
        .await
        .map_err(|refusal| refusal.failure)?;
    let parsed = map::orders(&body, reply.sent_at).map_err(|error| malformed(&error))?;
    if let Some(row) = parsed.rejected.first() {
        return Err(CallFailure::perhaps(
            FailureKind::MalformedAnswer,
            format!("the channel's product order cannot be read: {}", row.reason),
        ));
    }
    let is_asked_for = |line: &crate::domain::order::ChannelOrderLine| {
        line.channel_parcel_id == query.channel_parcel_id
    };
    let order = parsed
        .orders
        .into_iter()
        .find(|order| order.lines.iter().any(is_asked_for));
    // A cancelled one is shown as such; one that is not shown is nobody's.
    let Some(order) = order else {
        return Err(CallFailure::without_effect(
            FailureKind::Refused,
            "the channel does not show this product order to this account",
        ));
    };
    Ok(ParcelPage {
        raw: raw(Some(&body)),
        order: Some(order),
        read_at: reply.sent_at,
    })
}

/// The product order among a query's rows.
pub fn detail_of(body: &Value, product_order_id: &str) -> Result<Option<Detail>, CallFailure> {
    let rows = wire::detail_rows(body).map_err(|error| malformed(&error))?;
    let is_it = |row: &&&Value| {
        let product = row.get("productOrder");
        product.is_some_and(|product| wire::text(product, "productOrderId") == product_order_id)
    };
    let Some(row) = rows.iter().find(is_it) else {
        return Ok(None);
    };
    Detail::read(row)
        .map(Some)
        .map_err(|error| malformed(&error))
}
