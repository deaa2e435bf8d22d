//! One claim as it is now.

use chrono::TimeDelta;
use tokio::time::Instant;

use super::lists::exchanges_query;
use super::map::{self, exchange_number};
use super::wire::ReturnRequest;
use crate::channel::coupang::calls::{encoded, malformed, read, vendor_path};
use crate::channel::coupang::look::{Asked, stamp};
use crate::channel::coupang::windows::{Span, korean};
use crate::channel::{FetchError, ReadQuery, Session, Single};
use crate::domain::account::InvalidField;
use crate::domain::claim::{ChannelClaim, ClaimKind};
use crate::domain::facts::Read;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::operation::ClaimRef;
use crate::domain::quota::CallClass;
use crate::quota::Slot;

/// How far around its time an exchange is looked for: it is told to the second, and minutes are asked for.
const AROUND: TimeDelta = TimeDelta::minutes(10);

/// A look at one claim.
pub struct Sight {
    /// Absent when the channel does not show it any more.
    pub claim: Option<ChannelClaim>,
    /// The body exactly as received; empty when there is nothing.
    pub raw: bytes::Bytes,
    /// The read.
    pub read: Read,
}

pub async fn fetch_claim(
    session: &Session,
    query: &ReadQuery<ClaimRef>,
) -> Result<Single<ChannelClaim>, FetchError> {
    check(&query.what)?;
    let slot = session.slot(query.class, query.deadline).await?;
    let sight = look(session, slot, &query.what).await?;
    Ok(Single {
        raw: sight.raw,
        found: sight.claim,
        read_at: sight.read.sent_at,
    })
}

/// What of a claim's name Coupang cannot look up.
pub fn check(claim: &ClaimRef) -> Result<(), InvalidField> {
    match claim.kind {
        ClaimKind::Cancel => Err(InvalidField::new(
            "claim.kind",
            "must be STOP_SHIPMENT, RETURN or EXCHANGE: Coupang reads no single cancel, and each is done when it is listed",
        )),
        ClaimKind::Exchange if exchange_number(&claim.channel_claim_id).is_none() => {
            Err(InvalidField::new(
                "claim.channel_claim_id",
                "must be an exchange's id, exchange-… , as FetchClaims names it",
            ))
        }
        ClaimKind::Exchange if claim.requested_at.is_none() => Err(InvalidField::new(
            "claim.requested_at",
            "is missing; Coupang finds an exchange by it alone",
        )),
        _ => Ok(()),
    }
}

/// A look to learn what became of a write.
pub async fn look_again(
    session: &Session,
    claim: &ClaimRef,
    deadline: Instant,
) -> Result<Sight, CallFailure> {
    let slot = session.slot(CallClass::Gate, deadline).await?;
    look(session, slot, claim).await
}

/// One look with a slot that was taken already.
pub async fn look(session: &Session, slot: Slot, claim: &ClaimRef) -> Result<Sight, CallFailure> {
    match (exchange_number(&claim.channel_claim_id), claim.requested_at) {
        (Some(_), Some(at)) => {
            let at = korean(at);
            let span = Span::Minutes(at - AROUND, at + AROUND);
            exchange(session, slot, claim, span).await
        }
        (Some(_), None) => {
            slot.unused();
            Err(CallFailure::without_effect(
                FailureKind::Refused,
                "an exchange is looked for by the time it was made, which is missing",
            ))
        }
        (None, _) => receipt(session, slot, claim).await,
    }
}

async fn receipt(session: &Session, slot: Slot, claim: &ClaimRef) -> Result<Sight, CallFailure> {
    let id = encoded(&claim.channel_claim_id);
    let path = vendor_path(session, "v6", &format!("returnRequests/{id}"));
    let asked = Asked::now(session);
    match read(session, slot, &path, "").await {
        Ok((reply, envelope)) => {
            let rows = envelope.rows().map_err(|error| malformed(&error))?;
            let [row] = rows else {
                return Err(other_claim(rows.len()));
            };
            let request = ReturnRequest::read(row).map_err(|error| malformed(&error))?;
            if request.receipt_id != claim.channel_claim_id {
                return Err(other_claim(1));
            }
            Ok(Sight {
                claim: Some(map::claim(request, reply.sent_at)),
                read: stamp("return_request", &reply),
                raw: reply.body,
            })
        }
        Err(refusal) if refusal.is_claim_gone() => Ok(Sight {
            claim: None,
            raw: bytes::Bytes::new(),
            read: asked.refused(session, "return_request", &refusal),
        }),
        Err(refusal) => Err(refusal.failure),
    }
}

fn other_claim(rows: usize) -> CallFailure {
    CallFailure::perhaps(
        FailureKind::MalformedAnswer,
        format!("the channel answered {rows} claims, not the one that was asked for"),
    )
}

/// There is no single read of an exchange: its order's exchanges of those minutes are listed.
async fn exchange(
    session: &Session,
    slot: Slot,
    claim: &ClaimRef,
    span: Span,
) -> Result<Sight, CallFailure> {
    let path = vendor_path(session, "v4", "exchangeRequests");
    let query = exchanges_query(&span, &claim.channel_order_id, "");
    let (reply, envelope) = read(session, slot, &path, &query)
        .await
        .map_err(|refusal| refusal.failure)?;
    let (claims, rejected) =
        map::exchanges(&envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    let found = claims
        .into_iter()
        .find(|found| found.channel_claim_id == claim.channel_claim_id);
    if let (None, Some(row)) = (&found, rejected.first()) {
        return Err(CallFailure::perhaps(
            FailureKind::MalformedAnswer,
            format!("the channel's exchange cannot be read: {}", row.reason),
        ));
    }
    let raw = match found {
        Some(_) => reply.body.clone(),
        None => bytes::Bytes::new(),
    };
    Ok(Sight {
        claim: found,
        raw,
        read: stamp("exchange_requests", &reply),
    })
}
