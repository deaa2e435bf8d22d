//! The look before a dispatch: one query shows up to 300 product orders with their claims.
//!
//! A dispatch refuses for good a cancel that the buyer asked for, so the look counts most here.

use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::errors::{Refusal, malformed};
use super::lists::{detail_of, query_details};
use super::token::Tokens;
use super::wire::Detail;
use super::{buckets, claims, map};
use crate::channel::{Reply, Session};
use crate::domain::facts::{ParcelFacts, ParcelSight, Read};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::Cargo;
use crate::domain::quota::CallClass;
use crate::quota::Reservation;

/// As many are asked for one by one when the whole question is refused for one of them.
const SINGLE_READS: usize = 4;

pub type Look = Result<ParcelFacts, CallFailure>;

pub async fn look(
    tokens: &Tokens,
    session: &Session,
    reservation: &Reservation,
    cargos: &[Cargo],
    deadline: Instant,
) -> Vec<Look> {
    let ids: Vec<&str> = cargos
        .iter()
        .map(|cargo| cargo.channel_parcel_id.as_str())
        .collect();
    match ask(tokens, session, reservation, &ids, deadline).await {
        Ok((reply, body)) => ids.iter().map(|id| facts(&reply, &body, id)).collect(),
        // One id that is not this seller's refuses them all.
        Err(refusal) if refusal.names_a_foreign_id() && ids.len() > 1 => {
            look_singly(tokens, session, reservation, &ids, deadline).await
        }
        Err(refusal) => {
            let look = foreign(session, &refusal);
            ids.iter().map(|_| look.clone()).collect()
        }
    }
}

async fn look_singly(
    tokens: &Tokens,
    session: &Session,
    reservation: &Reservation,
    ids: &[&str],
    deadline: Instant,
) -> Vec<Look> {
    let mut looks = Vec::with_capacity(ids.len());
    for id in ids.iter().take(SINGLE_READS) {
        let look = match ask(tokens, session, reservation, &[id], deadline).await {
            Ok((reply, body)) => facts(&reply, &body, id),
            Err(refusal) => foreign(session, &refusal),
        };
        looks.push(look);
    }
    let later = CallFailure::without_effect(
        FailureKind::QuotaExhausted,
        "the channel refuses the question for one of its product orders; the others are asked for one by one, so inspect fewer at once",
    );
    looks.resize_with(ids.len(), || Err(later.clone()));
    looks
}

async fn ask(
    tokens: &Tokens,
    session: &Session,
    reservation: &Reservation,
    ids: &[&str],
    deadline: Instant,
) -> Result<(Reply, Value), Refusal> {
    let slot = session.reserved_slot(reservation, deadline).await?;
    query_details(tokens, session, slot, ids, deadline).await
}

/// A refusal of one id: the channel does not know it, or nothing is known.
fn foreign(session: &Session, refusal: &Refusal) -> Look {
    if !refusal.names_a_foreign_id() {
        return Err(refusal.failure.clone());
    }
    Ok(ParcelFacts {
        parcel: ParcelSight::NotFound,
        claims: Vec::new(),
        reads: vec![refused_read(session, refusal)],
    })
}

/// What an answer shows of one product order.
fn facts(reply: &Reply, body: &Value, product_order_id: &str) -> Look {
    let read = stamp(reply);
    let detail = detail_of(body, product_order_id)?;
    let (parcel, claims) = match detail {
        Some(detail) => (
            ParcelSight::Seen(map::parcel(&detail)),
            claims::claims(&detail, reply.sent_at).map_err(|error| malformed(&error))?,
        ),
        None => (ParcelSight::NotFound, Vec::new()),
    };
    Ok(ParcelFacts {
        parcel,
        claims,
        reads: vec![read],
    })
}

/// One product order as a look for a write's trace shows it.
pub struct Sighted {
    /// Absent when the channel does not show it.
    pub detail: Option<Detail>,
    /// The read this rests on.
    pub read: Read,
}

/// One product order as it is now.
pub async fn sighted(
    tokens: &Tokens,
    session: &Session,
    product_order_id: &str,
    deadline: Instant,
) -> Result<Sighted, CallFailure> {
    let slot = session
        .slot_in(buckets::QUERY, CallClass::Gate, deadline)
        .await?;
    match query_details(tokens, session, slot, &[product_order_id], deadline).await {
        Ok((reply, body)) => Ok(Sighted {
            detail: detail_of(&body, product_order_id)?,
            read: stamp(&reply),
        }),
        Err(refusal) if refusal.names_a_foreign_id() => Ok(Sighted {
            detail: None,
            read: refused_read(session, &refusal),
        }),
        Err(refusal) => Err(refusal.failure),
    }
}

fn stamp(reply: &Reply) -> Read {
    Read {
        what: "product_orders",
        sent_at: reply.sent_at,
        sent: reply.sent,
        answered_at: reply.answered_at,
        http_status: reply.http_status,
    }
}

fn refused_read(session: &Session, refusal: &Refusal) -> Read {
    Read {
        what: "product_orders",
        sent_at: session.now(),
        sent: Instant::now().into_std(),
        answered_at: session.now(),
        http_status: refusal
            .http_status
            .unwrap_or(StatusCode::BAD_REQUEST.as_u16()),
    }
}

/// Product orders as they are now, to learn what became of a write.
pub async fn look_after(
    tokens: &Tokens,
    session: &Session,
    ids: &[&str],
    deadline: Instant,
) -> Vec<Look> {
    let asked = async {
        let slot = session
            .slot_in(buckets::QUERY, CallClass::Gate, deadline)
            .await?;
        query_details(tokens, session, slot, ids, deadline).await
    };
    match asked.await {
        Ok((reply, body)) => ids.iter().map(|id| facts(&reply, &body, id)).collect(),
        Err(refusal) if ids.len() == 1 => vec![foreign(session, &refusal)],
        Err(refusal) => ids.iter().map(|_| Err(refusal.failure.clone())).collect(),
    }
}
