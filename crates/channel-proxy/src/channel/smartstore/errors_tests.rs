use chrono::DateTime;

use super::*;
use crate::domain::failure::Reach;

fn reply(http_status: u16, code: &str, headers: &[(&'static str, &'static str)]) -> Reply {
    let body = format!(r#"{{"code":"{code}","message":"안 됩니다"}}"#);
    let headers = headers.iter().map(|(name, value)| {
        (
            reqwest::header::HeaderName::from_static(name),
            reqwest::header::HeaderValue::from_static(value),
        )
    });
    Reply {
        http_status,
        headers: headers.collect(),
        body: bytes::Bytes::from(body),
        sent_at: DateTime::UNIX_EPOCH,
        sent: std::time::Instant::now(),
        answered_at: DateTime::UNIX_EPOCH,
        call: crate::channel::Call::unwatched(),
    }
}

#[test]
fn every_documented_refusal_has_its_word() {
    use Reach::{NoEffect, Perhaps};
    let table = [
        (308, "PERMANENT_REDIRECT", "CHANNEL_REFUSED", NoEffect),
        (400, "4000", "CHANNEL_REFUSED", NoEffect),
        (400, "9999", "CHANNEL_FAULT", Perhaps),
        (400, "101009", "CHANNEL_REFUSED", NoEffect),
        (401, "GW.AUTHN", "CHANNEL_CREDENTIALS_REFUSED", NoEffect),
        (403, "GW.IP_NOT_ALLOWED", "CHANNEL_IP_NOT_ALLOWED", NoEffect),
        (403, "GW.AUTHZ", "CHANNEL_CALL_NOT_GRANTED", NoEffect),
        (403, "", "CHANNEL_CALL_NOT_GRANTED", NoEffect),
        (403, "777777", "CHANNEL_REFUSED", NoEffect),
        (404, "GW.NOT_FOUND", "CHANNEL_REFUSED", NoEffect),
        (429, "GW.RATE_LIMIT", "CHANNEL_QUOTA_EXHAUSTED", NoEffect),
        (429, "GW.QUOTA_LIMIT", "CHANNEL_QUOTA_SPENT", NoEffect),
        (500, "GW.PROXY.01", "CHANNEL_FAULT", Perhaps),
        (500, "GW.INTERNAL_SERVER_ERROR", "CHANNEL_FAULT", Perhaps),
        (502, "", "CHANNEL_FAULT", Perhaps),
        (503, "GW.BLOCK.01", "CHANNEL_FAULT", NoEffect),
        (503, "GW.BLOCK.02", "CHANNEL_FAULT", NoEffect),
        (503, "", "CHANNEL_FAULT", Perhaps),
        (504, "GW.TIMEOUT.01", "CHANNEL_TIMED_OUT", Perhaps),
        (504, "GW.TIMEOUT.02", "CHANNEL_TIMED_OUT", Perhaps),
    ];
    for (status, code, reason, reach) in table {
        let refusal = check(&reply(status, code, &[])).unwrap_err();
        let failure = &refusal.failure;
        assert_eq!(
            (failure.kind.reason(), failure.reach),
            (reason, reach),
            "{status} {code}"
        );
        assert_eq!(refusal.code, code);
    }
}

#[test]
fn a_spent_allowance_says_when_it_is_filled_again() {
    let after = |period| {
        let headers = [
            ("gncp-gw-quota-period", period),
            ("gncp-gw-quota-limit", "1"),
        ];
        let refusal = check(&reply(429, "GW.QUOTA_LIMIT", &headers)).unwrap_err();
        let wait = refusal.failure.retry_at.unwrap() - DateTime::UNIX_EPOCH;
        (refusal.failure.kind, wait)
    };
    let penalty = (FailureKind::Penalty, TimeDelta::hours(1));
    assert_eq!(after("HOURS"), penalty, "of the application");
    let spent = (FailureKind::QuotaSpent, TimeDelta::minutes(1));
    assert_eq!(after("ROUND"), spent, "of the account");
}

#[test]
fn complaints_about_fields_are_named_without_their_values() {
    let mut reply = reply(400, "BAD_REQUEST", &[]);
    reply.body = bytes::Bytes::from_static(
        br#"{"code":"BAD_REQUEST","message":"no","invalidInputs":[{"name":"client_secret_sign","type":"x","message":"secret!"}]}"#,
    );
    let detail = check(&reply).unwrap_err().failure.detail;
    assert!(detail.contains("client_secret_sign"), "{detail}");
    assert!(!detail.contains("secret!"), "{detail}");
}

#[test]
fn an_answer_without_a_body_is_an_answer_and_garbage_is_none() {
    let mut reply = reply(204, "", &[]);
    reply.body = bytes::Bytes::new();
    assert_eq!(check(&reply), Ok(Value::Null));
    reply.http_status = 200;
    reply.body = bytes::Bytes::from_static(b"<html>");
    let refusal = check(&reply).unwrap_err();
    assert_eq!(refusal.failure.kind, FailureKind::MalformedAnswer);
}

#[test]
fn a_call_that_was_not_granted_waits_and_does_not_end_what_it_is_about() {
    use crate::domain::write::{WriteAnswer, WriteOutcome};
    let table = [
        ("GW.AUTHZ", WriteOutcome::RefusedLater),
        ("", WriteOutcome::RefusedLater),
        ("GW.IP_NOT_ALLOWED", WriteOutcome::RefusedLater),
        ("777777", WriteOutcome::RefusedFinal),
    ];
    for (code, outcome) in table {
        let failure = check(&reply(403, code, &[])).unwrap_err().failure;
        assert_eq!(
            WriteAnswer::from_failure(&failure).outcome,
            outcome,
            "{code}"
        );
    }
    let failure = check(&reply(403, "GW.AUTHZ", &[])).unwrap_err().failure;
    assert_eq!(failure.retry_at, Some(DateTime::UNIX_EPOCH + UNTIL_GRANTED));
}
