//! One call with a token.

use chrono::{DateTime, Utc};
use reqwest::{Method, Request};
use serde_json::Value;
use tokio::time::Instant;

use super::errors::{Refusal, check};
use super::token::{Token, Tokens};
use super::wire::text;
use super::{path_url, unsendable};
use crate::channel::{Reply, Session};
use crate::domain::failure::CallFailure;
use crate::quota::Slot;

/// What is asked or told.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub method: &'a Method,
    /// Below `/external`.
    pub path: &'a str,
    pub query: &'a str,
    pub body: Option<&'a Value>,
}

/// Whether the first byte may still leave: asked at the last moment.
pub type MaySend<'a> = &'a (dyn Fn(DateTime<Utc>) -> Result<(), CallFailure> + Send + Sync);

/// A read: it may always leave.
pub fn always(_: DateTime<Utc>) -> Result<(), CallFailure> {
    Ok(())
}

/// The channel's answer, whatever it says, and its body.
pub type Answer = Result<(Reply, Value), Refusal>;

/// Makes a call. A token that the channel does not take any more is renewed once and the call repeated, since nothing
/// was done.
pub async fn exchange(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    call: Call<'_>,
    deadline: Instant,
    may_send: MaySend<'_>,
) -> Answer {
    let bucket = slot.bucket();
    let token = match tokens.get(session, deadline).await {
        Ok(token) => token,
        Err(refusal) => {
            slot.unused();
            return Err(refusal);
        }
    };
    let first = once(session, slot, call, &token, may_send).await;
    let answer = match first {
        Err(refusal) if refusal.is_unauthorised() => {
            tokens.forget(session, &token).await?;
            let token = tokens.get(session, deadline).await?;
            let slot = session.write_slot(None, bucket, deadline).await?;
            once(session, slot, call, &token, may_send).await
        }
        answer => answer,
    };
    match answer {
        Ok(answered) => {
            session.quota().worked(bucket);
            Ok(answered)
        }
        Err(refusal) => Err(Refusal {
            failure: session.note_failure_in(bucket, refusal.failure),
            ..refusal
        }),
    }
}

async fn once(
    session: &Session,
    slot: Slot,
    call: Call<'_>,
    token: &Token,
    may_send: MaySend<'_>,
) -> Answer {
    let build = |now| {
        may_send(now)?;
        request(session, call, token)
    };
    let reply = session.exchange(slot, build).await?;
    let body = conclude(&reply)?;
    Ok((reply, body))
}

/// What an answer means, told to whoever watches the call.
pub fn conclude(reply: &Reply) -> Result<Value, Refusal> {
    let checked = check(reply);
    match &checked {
        Ok(body) => {
            reply.call.traced(&text(body, "traceId"));
            reply.call.worked();
        }
        Err(refusal) => reply.call.failed(refusal.failure.kind),
    }
    checked
}

fn request(session: &Session, call: Call<'_>, token: &Token) -> Result<Request, CallFailure> {
    let url = path_url(session, call.path, call.query)?;
    let mut request = session
        .http()
        .request(call.method.clone(), url)
        .header("Authorization", token.bearer())
        .header("Accept", "application/json");
    if let Some(body) = call.body {
        request = request
            .header("Content-Type", "application/json")
            .body(body.to_string());
    }
    request.build().map_err(|error| unsendable(&error))
}
