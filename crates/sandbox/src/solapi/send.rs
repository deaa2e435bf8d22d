//! Sending: one message, or many in a group.

use std::collections::{BTreeMap, HashSet};

use axum::body::Bytes;
use axum::extract::State;
use axum::{Extension, Json};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Refusal;
use super::compose::{self, DUPLICATE, Input, NO_BALANCE};
use super::group::{self, Totals};
use super::{Caller, OPENING_BALANCE};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{Fact, Message, MessageKind};

/// Messages a call may carry.
const MOST: usize = 10_000;
/// How far ahead a sending may be planned.
const SCHEDULE_AHEAD: TimeDelta = TimeDelta::days(183);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneRequest {
    message: Input,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManyRequest {
    messages: Vec<Input>,
    #[serde(default)]
    allow_duplicates: bool,
    scheduled_date: Option<String>,
    #[serde(default)]
    show_message_list: bool,
}

/// What became of one message at registration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    group_id: String,
    to: String,
    from: String,
    #[serde(rename = "type")]
    kind: String,
    country: &'static str,
    message_id: String,
    status_code: &'static str,
    status_message: &'static str,
    account_id: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_fields: BTreeMap<String, String>,
}

/// `POST /messages/v4/send`: a flat receipt, also for a message that was refused.
pub async fn one(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Json<Receipt>, Refusal> {
    let request: OneRequest = read(&bytes)?;
    if request.message.to.iter().count() != 1 {
        return Err(Refusal::invalid("message.to: exactly one recipient"));
    }
    let sent = register(&shared, account, vec![request.message], true, None)?;
    sent.receipts
        .into_iter()
        .next()
        .map(Json)
        .ok_or_else(|| Refusal::invalid("message: missing"))
}

/// `POST /messages/v4/send-many`: the group.
pub async fn many(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request: ManyRequest = read(&bytes)?;
    let sent = register_many(&shared, account, request)?.0;
    Ok(Json(sent.group))
}

/// `POST /messages/v4/send-many/detail`: the group, and what failed. HTTP 200 even if everything did.
pub async fn many_in_detail(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request: ManyRequest = read(&bytes)?;
    let (sent, show) = register_many(&shared, account, request)?;
    let failed: Vec<&Receipt> = sent
        .receipts
        .iter()
        .filter(|receipt| receipt.status_code != "2000")
        .collect();
    let mut body = json!({"failedMessageList": failed, "groupInfo": sent.group});
    if show && let Value::Object(members) = &mut body {
        let list: Vec<Value> = sent
            .receipts
            .iter()
            .map(|receipt| {
                json!({
                    "messageId": receipt.message_id, "statusCode": receipt.status_code,
                    "statusMessage": receipt.status_message, "customFields": receipt.custom_fields,
                })
            })
            .collect();
        members.insert("messageList".to_owned(), Value::Array(list));
    }
    Ok(Json(body))
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::invalid(error.to_string()))
}

fn register_many(
    shared: &Shared,
    account: u32,
    request: ManyRequest,
) -> Result<(Sent, bool), Refusal> {
    let now = shared.clock.real();
    let send_at = match request.scheduled_date.as_deref() {
        None => None,
        Some(text) => {
            let at = DateTime::parse_from_rfc3339(text)
                .map(|at| at.to_utc())
                .ok();
            let at = at.filter(|at| *at > now && *at - now <= SCHEDULE_AHEAD);
            Some(at.ok_or_else(|| Refusal {
                status: axum::http::StatusCode::BAD_REQUEST,
                code: "InvalidScheduledDate",
                message: format!("scheduledDate ({text}) must be a future time within six months"),
            })?)
        }
    };
    let sent = register(
        shared,
        account,
        request.messages,
        request.allow_duplicates,
        send_at,
    )?;
    Ok((sent, request.show_message_list))
}

struct Sent {
    receipts: Vec<Receipt>,
    group: Value,
}

/// Registers every message for every of its recipients, each accepted or refused by itself.
fn register(
    shared: &Shared,
    account: u32,
    inputs: Vec<Input>,
    allow_duplicates: bool,
    send_at: Option<DateTime<Utc>>,
) -> Result<Sent, Refusal> {
    let count: usize = inputs.iter().map(|input| input.to.iter().count()).sum();
    if count == 0 {
        return Err(Refusal::invalid(
            "messages: at least one message with a recipient",
        ));
    }
    if count > MOST {
        return Err(Refusal {
            status: axum::http::StatusCode::BAD_REQUEST,
            code: "RecipientsTooMany",
            message: format!("{count} messages in one request; at most {MOST}"),
        });
    }
    inputs.iter().try_for_each(Input::check)?;
    let now = shared.clock.real();
    let mut store = shared.store();
    let (sender, account_id) = sender_of(&store, account);
    let mut batch = Batch {
        account,
        account_id,
        sender,
        group_id: identifier("G4V", now),
        now,
        send_at: send_at.unwrap_or(now),
        balance: OPENING_BALANCE - store.world.spent(account),
        allow_duplicates,
        recipients: HashSet::new(),
        totals: Totals::default(),
        facts: Vec::new(),
    };
    let mut receipts = Vec::with_capacity(count);
    for input in &inputs {
        for to in input.to.iter() {
            receipts.push(batch.register_one(input, to));
        }
    }
    let group = group::describe(
        &batch.group_id,
        &batch.account_id,
        now,
        send_at,
        &batch.totals,
    );
    store.record(now, &batch.facts)?;
    Ok(Sent { receipts, group })
}

struct Batch {
    account: u32,
    account_id: String,
    sender: String,
    group_id: String,
    now: DateTime<Utc>,
    send_at: DateTime<Utc>,
    balance: i64,
    allow_duplicates: bool,
    recipients: HashSet<String>,
    totals: Totals,
    facts: Vec<Fact>,
}

impl Batch {
    fn register_one(&mut self, input: &Input, to: &str) -> Receipt {
        let repeated = !self.recipients.insert(to.to_owned()) && !self.allow_duplicates;
        let judged = input.judge(to, &self.sender).and_then(|kind| {
            if repeated {
                return Err(DUPLICATE);
            }
            if group::price(kind) > self.balance {
                Err(NO_BALANCE)
            } else {
                Ok(kind)
            }
        });
        let message_id = identifier("M4V", self.now);
        let (kind, status_code, status_message) = match judged {
            Ok(kind) => {
                self.accept(input, to, kind, &message_id);
                (
                    kind.as_str().to_owned(),
                    "2000",
                    "정상 접수(이통사로 접수 예정)",
                )
            }
            Err((code, message)) => {
                self.totals.refused += 1;
                let (account, to, code_text) = (self.account, to.to_owned(), code.to_owned());
                self.facts.push(Fact::MessageRefused {
                    account,
                    to,
                    code: code_text,
                });
                (
                    input.kind.clone().unwrap_or_else(|| "SMS".to_owned()),
                    code,
                    message,
                )
            }
        };
        Receipt {
            group_id: self.group_id.clone(),
            to: to.to_owned(),
            from: input.from.clone(),
            kind,
            country: "82",
            message_id,
            status_code,
            status_message,
            account_id: self.account_id.clone(),
            custom_fields: input.custom_fields.clone(),
        }
    }

    fn accept(&mut self, input: &Input, to: &str, kind: MessageKind, message_id: &str) {
        let price = group::price(kind);
        self.balance -= price;
        self.totals.add(kind);
        let message = Message {
            id: message_id.to_owned(),
            group_id: self.group_id.clone(),
            account: self.account,
            to: to.to_owned(),
            from: input.from.clone(),
            kind,
            text: input.text.clone(),
            subject: input.subject.clone(),
            custom_fields: input.custom_fields.clone(),
            auto_type_detect: input.detects_type(),
            accepted_at: self.now,
            send_at: self.send_at,
            price,
            fails_with: compose::stands_for_failure(to),
        };
        self.facts.push(Fact::MessageAccepted {
            message: Box::new(message),
        });
    }
}

fn sender_of(store: &Store, account: u32) -> (String, String) {
    let known = store.world.account(account);
    let sender = known
        .map(|account| account.sender.clone())
        .unwrap_or_default();
    (
        sender,
        format!("{:014}", 12_925_149_000_000_u64 + u64::from(account)),
    )
}

/// Prefix, Korean time to the second, fifteen letters and digits.
fn identifier(prefix: &str, now: DateTime<Utc>) -> String {
    let time = now
        .with_timezone(&chrono_tz::Asia::Seoul)
        .format("%Y%m%d%H%M%S");
    let tail: String = Uuid::new_v4()
        .simple()
        .to_string()
        .to_uppercase()
        .chars()
        .take(15)
        .collect();
    format!("{prefix}{time}{tail}")
}
