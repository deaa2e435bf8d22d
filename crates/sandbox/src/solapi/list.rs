//! Asking what became of messages, and what is left to send more.

use axum::extract::State;
use axum::http::Uri;
use axum::{Extension, Json};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::{Caller, OPENING_BALANCE};
use crate::shared::Shared;
use crate::world::{Message, Pace};

const DEFAULT_LIMIT: usize = 20;
const MOST: usize = 500;

/// What a list is asked for.
#[derive(Default)]
struct Query {
    message_ids: Vec<String>,
    group_id: Option<String>,
    to: Option<String>,
    from: Option<String>,
    kind: Option<String>,
    status_code: Option<String>,
    by_update: bool,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    start_key: Option<String>,
    limit: usize,
}

impl Query {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut read = Self {
            limit: DEFAULT_LIMIT,
            ..Self::default()
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            if value.is_empty() {
                continue;
            }
            match name.as_ref() {
                "messageId" => read.message_ids.push(value),
                name if name.starts_with("messageIds") => read.message_ids.push(value),
                "groupId" => read.group_id = Some(value),
                "to" => read.to = Some(value),
                "from" => read.from = Some(value),
                "type" => read.kind = Some(value),
                "statusCode" => read.status_code = Some(value),
                "startKey" => read.start_key = Some(value),
                "startDate" => read.start = Some(date("startDate", &value)?),
                "endDate" => read.end = Some(date("endDate", &value)?),
                "dateType" => {
                    read.by_update = match value.as_str() {
                        "CREATED" => false,
                        "UPDATED" => true,
                        _ => return Err(Refusal::invalid("dateType: CREATED or UPDATED")),
                    }
                }
                "limit" => {
                    let limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=MOST).contains(limit));
                    read.limit =
                        limit.ok_or_else(|| Refusal::invalid(format!("limit: 1 to {MOST}")))?;
                }
                _ => {}
            }
        }
        Ok(read)
    }

    fn matches(&self, message: &Message, code: &str, updated_at: DateTime<Utc>) -> bool {
        let at = if self.by_update {
            updated_at
        } else {
            message.accepted_at
        };
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == value)
        };
        is(&self.group_id, &message.group_id)
            && is(&self.to, &message.to)
            && is(&self.from, &message.from)
            && is(&self.kind, message.kind.as_str())
            && is(&self.status_code, code)
            && self.start.is_none_or(|start| start <= at)
            && self.end.is_none_or(|end| at <= end)
    }
}

fn date(name: &str, text: &str) -> Result<DateTime<Utc>, Refusal> {
    let read = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    read.map_err(|_| Refusal::invalid(format!("{name}: an ISO 8601 time with offset")))
}

/// `GET /messages/v4/list`: newest first, as a map by message id.
pub async fn messages(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let query = Query::read(uri.query().unwrap_or_default())?;
    let (pace, now) = (shared.settings().pace, shared.clock.real());
    let store = shared.store();
    let candidates: Box<dyn Iterator<Item = &Message>> = if query.message_ids.is_empty() {
        store
            .world
            .messages(query.to.as_deref(), query.group_id.as_deref())
    } else {
        Box::new(
            query
                .message_ids
                .iter()
                .filter_map(|id| store.world.message(id)),
        )
    };
    let mut reached = query.start_key.is_none();
    let mut list = Map::new();
    let mut next_key = None;
    for message in candidates.filter(|message| message.account == account) {
        reached |= query.start_key.as_deref() == Some(message.id.as_str());
        let (code, updated_at) = state(message, pace, now);
        if !reached || !query.matches(message, &code, updated_at) {
            continue;
        }
        if list.len() == query.limit {
            next_key = Some(message.id.clone());
            break;
        }
        list.insert(message.id.clone(), entry(message, pace, now));
    }
    Ok(Json(json!({
        "startKey": query.start_key, "nextKey": next_key, "limit": query.limit, "messageList": list,
    })))
}

/// `GET /cash/v1/balance`.
pub async fn balance(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
) -> Json<Value> {
    let spent = shared.store().world.spent(account);
    Json(json!({"balance": OPENING_BALANCE - spent, "point": 0, "minimumCash": 0, "rechargeTo": 0}))
}

/// The code at `now`, and since when it is that.
fn state(message: &Message, pace: Pace, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
    let progress = message.progress(pace, now);
    let updated_at = progress
        .received_at
        .or(progress.sent_at)
        .unwrap_or(message.accepted_at);
    (progress.code, updated_at)
}

fn entry(message: &Message, pace: Pace, now: DateTime<Utc>) -> Value {
    let progress = message.progress(pace, now);
    let (code, updated_at) = state(message, pace, now);
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let (status, reason) = match (code.as_str(), message.fails_with.as_deref()) {
        ("2000", _) => ("PENDING", "정상 접수(이통사로 접수 예정)"),
        ("3000", _) => ("SENDING", "이통사로 접수됨"),
        ("4000", _) => ("COMPLETE", "수신 완료"),
        _ => ("FAILED", "전송 실패"),
    };
    json!({
        "messageId": message.id,
        "groupId": message.group_id,
        "accountId": format!("{:014}", 12_925_149_000_000_u64 + u64::from(message.account)),
        "to": message.to,
        "from": message.from,
        "type": message.kind,
        "country": "82",
        "subject": message.subject,
        "text": message.text,
        "customFields": message.custom_fields,
        "status": status,
        "statusCode": code,
        "reason": reason,
        "networkName": if progress.sent_at.is_some() { "SKT" } else { "" },
        "networkCode": if progress.sent_at.is_some() { "01" } else { "" },
        "replacement": false,
        "autoTypeDetect": message.auto_type_detect,
        "resendCount": 0,
        "dateCreated": time(message.accepted_at),
        "dateUpdated": time(updated_at),
        "dateProcessed": progress.sent_at.map(time),
        "dateReported": progress.received_at.map(time),
        "dateReceived": progress.received_at.filter(|_| status == "COMPLETE").map(time),
        "log": [],
        "queues": [],
    })
}
