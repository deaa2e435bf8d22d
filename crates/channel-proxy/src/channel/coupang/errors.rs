//! Coupang's refusals in our words.

use std::net::IpAddr;

use chrono::TimeDelta;

use super::wire::Envelope;
use crate::channel::{Reply, WebPage};
use crate::domain::failure::{CallFailure, FailureKind};

/// A refusal with the channel's own words, by which some are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In our words.
    pub failure: CallFailure,
    /// Absent when there was no answer.
    pub http_status: Option<u16>,
    /// The channel's message.
    pub message: String,
}

impl From<CallFailure> for Refusal {
    fn from(failure: CallFailure) -> Self {
        let message = String::new();
        Self {
            failure,
            http_status: None,
            message,
        }
    }
}

impl Refusal {
    /// The documented answer of a single read for an order that was cancelled or returned. Final: asking again and
    /// again for dead orders earns a ban.
    pub fn is_gone(&self) -> bool {
        self.message.contains("취소 또는 반품")
            || self
                .message
                .to_lowercase()
                .contains("cancelled or returned")
    }

    /// The documented answer of a single read for a claim that the channel does not show any more; most often the
    /// buyer took it back.
    pub fn is_claim_gone(&self) -> bool {
        self.message.contains("cannot find the Receipt")
            || self
                .message
                .contains("취소반품접수내역이 존재하지 않습니다")
    }

    /// The documented answers for a question that is not there, or another vendor's.
    pub fn is_inquiry_gone(&self) -> bool {
        self.message.contains("Inquiry not found")
            || self.message.contains("Vendor id should be same")
    }

    /// The documented answer of a single read for an id that does not exist.
    pub fn is_not_found(&self) -> bool {
        self.message.contains("유효하지 않은 주문번호")
    }
}

/// Tells an answer from a refusal.
pub fn check(reply: &Reply) -> Result<Envelope, Refusal> {
    let envelope = Envelope::read(&reply.body);
    let status = reply.http_status;
    if (200..300).contains(&status) {
        return match envelope {
            Ok(envelope) if envelope.is_success() => Ok(envelope),
            // Some refusals come with 200: the body's code says so.
            Ok(envelope) => {
                let inner = envelope.code.parse().unwrap_or(400);
                Err(refusal(reply, inner, Some(envelope)))
            }
            Err(error) => Err(Refusal {
                failure: match WebPage::recognise(&reply.body) {
                    Some(page) => page.failure(status),
                    None => CallFailure::perhaps(
                        FailureKind::MalformedAnswer,
                        format!("the channel answered something that cannot be read: {error}"),
                    ),
                },
                http_status: Some(status),
                message: String::new(),
            }),
        };
    }
    Err(refusal(reply, status, envelope.ok()))
}

fn refusal(reply: &Reply, status: u16, envelope: Option<Envelope>) -> Refusal {
    let is_json = envelope.is_some();
    let message = envelope
        .map(|envelope| envelope.message)
        .unwrap_or_default();
    Refusal {
        failure: failure(reply, status, is_json, &excerpt(&message)),
        http_status: Some(reply.http_status),
        message,
    }
}

/// A message as it may stand in ours: short, on one line.
pub fn excerpt(message: &str) -> String {
    let clean = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c });
    clean.take(200).collect()
}

fn no_effect(kind: FailureKind, detail: impl Into<String>) -> CallFailure {
    CallFailure::without_effect(kind, detail)
}

fn failure(reply: &Reply, status: u16, is_json: bool, message: &str) -> CallFailure {
    use FailureKind as Kind;
    let lower = message.to_lowercase();
    // 404 has a page of its own, and 403 and 429 mean the same in any form.
    let page = WebPage::recognise(&reply.body).filter(|_| !matches!(status, 302 | 404 | 429));
    if let Some(page) = page {
        let failure = page.failure(status);
        return match status {
            403 => no_effect(Kind::Banned, failure.detail),
            _ => failure,
        };
    }
    match status {
        302 => no_effect(
            Kind::Banned,
            "the channel redirects our calls: this seller or our address is blocked",
        ),
        401 if lower.contains("expired") && !lower.contains("signature") => no_effect(
            Kind::KeyExpired,
            format!(
                "the channel says that the key has ended ({message}); issue a new one in WING and enter it here"
            ),
        ),
        401 if lower.contains("expired") => no_effect(
            Kind::ClockSkewed,
            format!(
                "the channel finds our signature too old ({message}); check this machine's clock"
            ),
        ),
        401 if lower.contains("invalid signature") => no_effect(
            Kind::SignatureRefused,
            format!(
                "the channel finds that the signature does not fit the key ({message}); enter access and secret key again as WING shows them"
            ),
        ),
        401 => no_effect(
            Kind::CredentialsRefused,
            format!(
                "the channel refused the key or its signature ({message}); keys end after 180 days, and a new one in WING ends the old"
            ),
        ),
        403 if !is_json => no_effect(
            Kind::Banned,
            "the channel shut us out for a while after too many errors",
        ),
        403 if lower.contains("ip address") || lower.contains("not allowed ip") => no_effect(
            Kind::IpNotAllowed,
            format!(
                "the channel does not know our address ({message}); enter it in WING, which takes up to 30 minutes"
            ),
        )
        .seen_from(address_in(message)),
        404 => no_effect(
            Kind::Refused,
            format!(
                "the channel does not know this path; most often the vendor id is wrong {message}"
            ),
        ),
        412 if lower.contains("timed out") => CallFailure::perhaps(
            Kind::TimedOut,
            format!("the channel's own read timed out ({message})"),
        ),
        423 => no_effect(Kind::Fault, "the channel has locked this call for now")
            .not_before(reply.answered_at + TimeDelta::minutes(10)),
        429 => no_effect(Kind::QuotaExhausted, "the channel says: too many calls"),
        504 | 521 => CallFailure::perhaps(
            Kind::TimedOut,
            format!("the channel's gateway gave up waiting ({status}: {message})"),
        ),
        500..=599 => CallFailure::perhaps(
            Kind::Fault,
            format!("the channel failed inside ({status}: {message})"),
        ),
        300..=399 => CallFailure::perhaps(
            Kind::Fault,
            format!("the channel answered with a redirect ({status})"),
        ),
        _ => no_effect(
            Kind::Refused,
            format!("the channel refused the call ({status}: {message})"),
        ),
    }
}

/// Our own address, which the channel names in its refusal: "Your ip address 1.2.3.4 is not allowed …".
fn address_in(message: &str) -> Option<IpAddr> {
    let word = |c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':');
    let mut addresses = message.split(word).filter_map(|word| word.parse().ok());
    addresses.next()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::failure::Reach;

    fn reply(http_status: u16, body: &str) -> Reply {
        Reply {
            http_status,
            headers: Default::default(),
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
            sent_at: DateTime::UNIX_EPOCH,
            sent: std::time::Instant::now(),
            answered_at: DateTime::UNIX_EPOCH,
            call: crate::channel::Call::unwatched(),
        }
    }

    #[test]
    fn every_documented_refusal_has_its_word() {
        let json = |message: &str| format!(r#"{{"code":"ERROR","message":"{message}"}}"#);
        let table = [
            (302, String::new(), "CHANNEL_BANNED", Reach::NoEffect),
            (
                400,
                json("Invalid vendor ID"),
                "CHANNEL_REFUSED",
                Reach::NoEffect,
            ),
            (
                401,
                json("Invalid signature."),
                "CHANNEL_SIGNATURE_REFUSED",
                Reach::NoEffect,
            ),
            (
                401,
                json("Unknown error occurred, please contact api-gateway channel for the details."),
                "CHANNEL_CREDENTIALS_REFUSED",
                Reach::NoEffect,
            ),
            (
                401,
                json("The access key is expired"),
                "CHANNEL_KEY_EXPIRED",
                Reach::NoEffect,
            ),
            (
                503,
                "<html><title>Service Unavailable</title>".to_owned(),
                "CHANNEL_FAULT",
                Reach::Perhaps,
            ),
            (
                503,
                "<HTML>Access Denied Reference #18.2".to_owned(),
                "CHANNEL_BANNED",
                Reach::NoEffect,
            ),
            (
                200,
                " <!doctype html><title>점검</title>".to_owned(),
                "CHANNEL_FAULT",
                Reach::Perhaps,
            ),
            (
                429,
                "<html>Too Many Requests".to_owned(),
                "CHANNEL_QUOTA_EXHAUSTED",
                Reach::NoEffect,
            ),
            (
                401,
                json("Specified signature is expired."),
                "CHANNEL_CLOCK_SKEWED",
                Reach::NoEffect,
            ),
            (
                403,
                "<html>Access Denied".to_owned(),
                "CHANNEL_BANNED",
                Reach::NoEffect,
            ),
            (
                403,
                json("Your ip address 1.2.3.4 is not allowed for this request"),
                "CHANNEL_IP_NOT_ALLOWED",
                Reach::NoEffect,
            ),
            (404, "<html>".to_owned(), "CHANNEL_REFUSED", Reach::NoEffect),
            (
                412,
                json("Read timed out"),
                "CHANNEL_TIMED_OUT",
                Reach::Perhaps,
            ),
            (
                412,
                json("did you mean"),
                "CHANNEL_REFUSED",
                Reach::NoEffect,
            ),
            (418, String::new(), "CHANNEL_REFUSED", Reach::NoEffect),
            (423, String::new(), "CHANNEL_FAULT", Reach::NoEffect),
            (
                429,
                "Try after 3 seconds".to_owned(),
                "CHANNEL_QUOTA_EXHAUSTED",
                Reach::NoEffect,
            ),
            (
                500,
                json("Internal Exception"),
                "CHANNEL_FAULT",
                Reach::Perhaps,
            ),
            (
                504,
                json("Request timed out"),
                "CHANNEL_TIMED_OUT",
                Reach::Perhaps,
            ),
            (
                521,
                json("connection timed out"),
                "CHANNEL_TIMED_OUT",
                Reach::Perhaps,
            ),
            (
                200,
                "garbage".to_owned(),
                "CHANNEL_MALFORMED_ANSWER",
                Reach::Perhaps,
            ),
            (200, json("no"), "CHANNEL_REFUSED", Reach::NoEffect),
            (
                200,
                r#"{"code":500,"message":"x"}"#.to_owned(),
                "CHANNEL_FAULT",
                Reach::Perhaps,
            ),
        ];
        for (status, body, reason, reach) in table {
            let refusal = check(&reply(status, &body)).unwrap_err();
            assert_eq!(refusal.failure.kind.reason(), reason, "{status} {body}");
            assert_eq!(refusal.failure.reach, reach, "{status} {body}");
        }
    }

    #[test]
    fn our_address_is_learned_from_the_refusal() {
        let body = r#"{"code":"ERROR","message":"[FORBIDDEN] Your ip address 203.0.113.7 is not allowed for this request."}"#;
        let failure = check(&reply(403, body)).unwrap_err().failure;
        assert_eq!(failure.seen_from, Some([203, 0, 113, 7].into()));
        for silent in ["Not allowed IP", "ip address  is not allowed", "1.2.3"] {
            assert_eq!(address_in(silent), None, "{silent}");
        }
    }

    #[test]
    fn a_cancelled_order_is_told_in_two_languages() {
        for message in [
            "해당 주문이 취소 또는 반품 되었습니다.",
            "The order has been cancelled or returned",
        ] {
            let body = format!(r#"{{"code":400,"message":"{message}"}}"#);
            let refusal = check(&reply(400, &body)).unwrap_err();
            assert!(refusal.is_gone() && !refusal.is_not_found());
        }
        let body = r#"{"code":400,"message":"유효하지 않은 주문번호 입니다."}"#;
        assert!(check(&reply(400, body)).unwrap_err().is_not_found());
    }
}
