//! `POST /messages/v4/send-many/detail`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moa_effects::SendOutcome;
use moa_id::EffectId;
use serde_json::{Value, json};

use super::wire::{Item, OutMessage, SendAnswer, SendRequest};
use super::{EFFECT_ID, Solapi, meaning, wire};
use crate::domain::activation_link::{TextKind, TextMessage};
use crate::domain::phone::PhoneNumber;
use crate::effects::traces::Traces;
use crate::provider::answer::{Answer, why};
use crate::provider::http::Reply;

/// After this, messages of a batch that was refused as a whole are not tried one by one any more; with one call's
/// time-out on top it stays within the send's deadline.
const ONE_BY_ONE_FOR: Duration = Duration::from_secs(15);

/// A message with its recipient, ready to go.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) effect_id: EffectId,
    pub(crate) to: PhoneNumber,
    pub(crate) message: TextMessage,
    /// What may be remembered of it.
    pub(crate) traces: Traces,
}

impl Solapi<'_> {
    /// Sends letters in one call; answers stand in their order.
    pub(crate) async fn send(&self, letters: &[&Letter], now: DateTime<Utc>) -> Vec<SendOutcome> {
        match self.call(letters, now).await {
            // One message may be what is wrong with all of them.
            Err(Refused {
                answer: Answer::Never(_),
                status: Some(400),
                ..
            }) if letters.len() > 1 => self.send_one_by_one(letters, now).await,
            Err(refused) => letters
                .iter()
                .map(|letter| refused.outcome(letter, now))
                .collect(),
            Ok(answer) => outcomes(letters, &answer, now),
        }
    }

    async fn send_one_by_one(&self, letters: &[&Letter], now: DateTime<Utc>) -> Vec<SendOutcome> {
        let begun = Instant::now();
        let mut outcomes_of_all = Vec::with_capacity(letters.len());
        for letter in letters {
            if begun.elapsed() > ONE_BY_ONE_FOR {
                let detail = "the batch took too long; this one was not sent";
                let answer = Answer::Later(why("NOT_SENT", detail), Some(Duration::from_secs(1)));
                outcomes_of_all.push(answer.into_outcome(evidence(letter, []), now));
                continue;
            }
            let one = [*letter];
            match self.call(&one, now).await {
                Ok(answer) => outcomes_of_all.extend(outcomes(&one, &answer, now)),
                Err(refused) => outcomes_of_all.push(refused.outcome(letter, now)),
            }
        }
        outcomes_of_all
    }

    async fn call(&self, letters: &[&Letter], now: DateTime<Utc>) -> Result<SendAnswer, Refused> {
        let messages = letters.iter().map(|letter| self.message(letter)).collect();
        let body = SendRequest {
            messages,
            allow_duplicates: true,
            show_message_list: true,
        };
        let request = self
            .http
            .client()
            .post(format!("{}/messages/v4/send-many/detail", self.base_url))
            .header(reqwest::header::AUTHORIZATION, self.authorization(now))
            .json(&body);
        let reply = self.http.call(request).await.map_err(|error| Refused {
            answer: error.into(),
            status: None,
            code: None,
        })?;
        read(&reply).ok_or_else(|| Refused {
            answer: meaning::of_refused_call(&reply),
            status: Some(reply.status),
            code: wire::error_code(reply.body.as_deref()),
        })
    }

    fn message<'a>(&'a self, letter: &'a Letter) -> OutMessage<'a> {
        let (kind, subject) = match letter.message.kind {
            TextKind::Sms => ("SMS", None),
            TextKind::Lms { subject } => ("LMS", Some(subject)),
        };
        OutMessage {
            to: letter.to.reveal(),
            from: &self.credentials.from,
            kind,
            auto_type_detect: false,
            subject,
            text: letter.message.text.reveal(),
            custom_fields: HashMap::from([(EFFECT_ID, letter.effect_id.to_string())]),
        }
    }
}

/// Why a call as a whole came to nothing, or to nothing known.
struct Refused {
    answer: Answer,
    status: Option<u16>,
    code: Option<String>,
}

impl Refused {
    fn outcome(&self, letter: &Letter, now: DateTime<Utc>) -> SendOutcome {
        let Self {
            answer,
            status,
            code,
        } = self;
        let evidence = evidence(
            letter,
            [("http_status", json!(status)), ("error_code", json!(code))],
        );
        answer.clone().into_outcome(evidence, now)
    }
}

fn read(reply: &Reply) -> Option<SendAnswer> {
    (reply.status == 200)
        .then_some(reply.body.as_deref()?)
        .and_then(|body| serde_json::from_slice(body).ok())
}

/// HTTP 200 says nothing about a message: each stands in one of the lists, with its own status.
fn outcomes(letters: &[&Letter], answer: &SendAnswer, now: DateTime<Utc>) -> Vec<SendOutcome> {
    let mut by_effect: HashMap<&str, &Item> = HashMap::new();
    // What failed may stand in both lists; the refusal counts.
    for item in answer
        .message_list
        .iter()
        .chain(&answer.failed_message_list)
    {
        if let Some(effect_id) = item.effect_id() {
            by_effect.insert(effect_id, item);
        }
    }
    let only = match (
        letters,
        answer.failed_message_list.as_slice(),
        answer.message_list.as_slice(),
    ) {
        ([_], [item], _) | ([_], [], [item]) => Some(item),
        _ => None,
    };
    let outcome = |letter: &&Letter| {
        let item = by_effect
            .get(letter.effect_id.to_string().as_str())
            .copied()
            .or(only);
        let Some(item) = item else {
            let detail = "SOLAPI's answer does not say what became of this message";
            let answer = Answer::Unclear(why("ANSWER_INCOMPLETE", detail));
            return answer.into_outcome(evidence(letter, []), now);
        };
        let status = wire::code(Some(&item.status_code));
        let evidence = evidence(
            letter,
            [
                (
                    "provider_message_id",
                    json!(wire::code(item.message_id.as_deref())),
                ),
                (
                    "provider_group_id",
                    json!(wire::code(Some(&answer.group_info.group_id))),
                ),
                ("status_code", json!(status)),
            ],
        );
        meaning::of_registration(&item.status_code).into_outcome(evidence, now)
    };
    letters.iter().map(outcome).collect()
}

/// What may be remembered of a letter: no number, no text.
fn evidence(letter: &Letter, more: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let kind = match letter.message.kind {
        TextKind::Sms => "SMS",
        TextKind::Lms { .. } => "LMS",
    };
    let about = [
        ("type", json!(kind)),
        ("bytes", json!(letter.message.bytes)),
    ];
    letter.traces.evidence_with(about.into_iter().chain(more))
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::*;
    use crate::domain::activation_link::compose;

    fn letters(number: usize) -> Vec<Letter> {
        let ids = Ids::seeded(1);
        let letter = |_| Letter {
            effect_id: ids.next(),
            to: PhoneNumber::parse("010-7777-8888").unwrap(),
            message: compose("", "책", "https://shop.example/a#canary").unwrap(),
            traces: Traces::for_tests(),
        };
        (0..number).map(letter).collect()
    }

    fn sketch(outcome: &SendOutcome) -> &str {
        match outcome {
            SendOutcome::Confirmed { .. } => "CONFIRMED",
            SendOutcome::RefusedFinal { reason, .. }
            | SendOutcome::RefusedLater { reason, .. }
            | SendOutcome::Unclear { reason, .. }
            | SendOutcome::Blocked { reason, .. } => reason,
        }
    }

    #[test]
    fn each_message_gets_its_own_outcome() {
        let letters = letters(3);
        let letters: Vec<&Letter> = letters.iter().collect();
        let custom = |i: usize| json!({ "effect_id": letters[i].effect_id.to_string() });
        let answer = json!({
            "groupInfo": { "groupId": "G4V", "count": {} },
            "failedMessageList": [{ "to": "01077778888", "statusCode": "1062", "customFields": custom(1) }],
            "messageList": [
                { "messageId": "M4V1", "statusCode": "2000", "customFields": custom(0) },
                { "messageId": "M4V2", "statusCode": "1062", "customFields": custom(1) },
            ],
        });
        let answer: SendAnswer = serde_json::from_value(answer).unwrap();
        let outcomes = outcomes(&letters, &answer, DateTime::UNIX_EPOCH);
        let told: Vec<&str> = outcomes.iter().map(sketch).collect();
        assert_eq!(
            told,
            [
                "CONFIRMED",
                "SENDER_NUMBER_UNREGISTERED",
                "ANSWER_INCOMPLETE"
            ]
        );
    }

    #[test]
    fn a_single_message_is_known_without_its_custom_field() {
        let letters = letters(1);
        let letters: Vec<&Letter> = letters.iter().collect();
        let answer = json!({
            "groupInfo": { "groupId": "G4V" },
            "failedMessageList": [],
            "messageList": [{ "messageId": "M4V1", "statusCode": "2000" }],
        });
        let answer: SendAnswer = serde_json::from_value(answer).unwrap();
        let outcomes = outcomes(&letters, &answer, DateTime::UNIX_EPOCH);
        let SendOutcome::Confirmed { evidence } = &outcomes[0] else {
            panic!("{:?}", sketch(&outcomes[0]))
        };
        assert_eq!(evidence["provider_message_id"], "M4V1");
    }

    #[test]
    fn evidence_holds_neither_number_nor_link() {
        let letter = &letters(1)[0];
        let text = evidence(letter, [("status_code", json!("2000"))]).to_string();
        assert!(!text.contains("8888") && !text.contains("canary"), "{text}");
    }
}
