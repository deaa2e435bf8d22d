//! What SOLAPI's answers mean: pure.

use std::time::Duration;

use super::wire;
use crate::domain::delivery::DeliveryReport;
use crate::provider::answer::{Answer, why};
use crate::provider::http::Reply;

/// When SOLAPI asks for patience and does not say how much.
const PATIENCE: Duration = Duration::from_secs(5);
/// An empty balance is not filled up within seconds.
const UNTIL_CHARGED: Duration = Duration::from_secs(600);

/// The meaning of a call that was not answered with 200.
pub(super) fn of_refused_call(reply: &Reply) -> Answer {
    let code = wire::error_code(reply.body.as_deref());
    let said = |text: &str| match &code {
        Some(code) => format!("SOLAPI answered {} {code}: {text}", reply.status),
        None => format!("the provider answered {}: {text}", reply.status),
    };
    match (reply.status, code.as_deref()) {
        (402, _) | (_, Some("NotEnoughBalance")) => balance_empty(),
        (_, Some("RequestTimeTooSkewed")) => Answer::Later(
            why(
                "CLOCK_SKEWED",
                said("this machine's clock is wrong by more than 15 minutes; set it"),
            ),
            Some(Duration::from_secs(60)),
        ),
        // Somebody sent this very call before: the first one may have been carried out.
        (_, Some("DuplicatedSignature")) => {
            Answer::Unclear(why("CALL_REPEATED", said("the call arrived twice")))
        }
        (401 | 403, Some(_)) => Answer::Never(why(
            "SENDER_CREDENTIALS_REFUSED",
            said(
                "API key, API secret or this machine's address is not accepted; register the sender again",
            ),
        )),
        (401 | 403, None) => Answer::Never(why(
            "SENDER_CREDENTIALS_REFUSED",
            said(
                "this is not SOLAPI's own answer; check the sender's address and what stands between",
            ),
        )),
        (429, _) => Answer::Later(
            why("PROVIDER_THROTTLED", said("too many calls")),
            Some(reply.retry_after.unwrap_or(PATIENCE)),
        ),
        (404 | 300..=399, _) => Answer::Never(why(
            "SENDER_ADDRESS_WRONG",
            said("there is no SOLAPI at the sender's address; register the sender again"),
        )),
        (408 | 409 | 500.., _) => Answer::Unclear(why(
            "PROVIDER_FAILED",
            said("whether it was sent is not known"),
        )),
        (200..=299, _) => Answer::Unclear(why(
            "ANSWER_UNREADABLE",
            said("the answer cannot be read, so whether it was sent is not known"),
        )),
        _ => Answer::Never(why("PROVIDER_REFUSED", said("the call was not accepted"))),
    }
}

/// The meaning of one message's status code in the answer to sending.
pub(super) fn of_registration(status_code: &str) -> Answer {
    let said = |text: &str| format!("SOLAPI status {}: {text}", shown(status_code));
    let never = |reason, text: &str| Answer::Never(why(reason, said(text)));
    match status_code {
        "2000" | "3000" | "4000" => Answer::Taken,
        "1030" | "2230" => balance_empty(),
        "1013" | "1014" => never("SUBJECT_REFUSED", "the subject is not accepted"),
        "1020" => never(
            "RECIPIENT_REFUSED",
            "the recipient's number is not accepted",
        ),
        "1026" => never(
            "RECIPIENT_REPEATED",
            "the recipient stood twice in one call",
        ),
        "1029" => never(
            "TEXT_UNENCODABLE",
            "the text has characters that text messages cannot carry",
        ),
        "1031" => never("TEXT_TOO_LONG", "the text is too long"),
        "1060" => never(
            "RECIPIENT_BLOCKED",
            "the recipient's number is blocked at SOLAPI",
        ),
        "1061" => never(
            "RECIPIENT_OPTED_OUT",
            "the recipient does not want messages",
        ),
        "1062" => never(
            "SENDER_NUMBER_UNREGISTERED",
            "the sender's number is not registered at SOLAPI; register it there, then send again",
        ),
        "1064" => never(
            "SENDER_NUMBER_BARRED",
            "the sender's number is barred by the authority",
        ),
        code if code.starts_with('1') || code.starts_with('2') => {
            never("MESSAGE_REFUSED", "the message is not accepted")
        }
        _ => Answer::Unclear(why(
            "STATUS_UNKNOWN",
            said("an unknown status, so whether it was sent is not known"),
        )),
    }
}

/// What the status code of an accepted message says of its delivery.
pub(super) fn of_delivery(status_code: &str) -> DeliveryReport {
    let failed = |reason: &str| DeliveryReport::Failed {
        reason: reason.to_owned(),
    };
    match status_code {
        "4000" => DeliveryReport::Delivered,
        "2230" => failed("BALANCE_EMPTY"),
        "2254" => failed("SPAM_FILTERED"),
        "2000" | "3000" => DeliveryReport::OnItsWay,
        code if code.len() == 4 && code.starts_with(['1', '2', '3']) && wire::is_code(code) => {
            failed(&format!("DELIVERY_FAILED_{code}"))
        }
        // Not documented: what it means is not guessed.
        _ => DeliveryReport::OnItsWay,
    }
}

fn balance_empty() -> Answer {
    Answer::Later(
        why(
            "BALANCE_EMPTY",
            "the balance at SOLAPI is used up; charge it there",
        ),
        Some(UNTIL_CHARGED),
    )
}

fn shown(status_code: &str) -> &str {
    if wire::is_code(status_code) {
        status_code
    } else {
        "(unreadable)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(status: u16, code: &str) -> Answer {
        let body = if code.is_empty() {
            "<html>canary</html>".to_owned()
        } else {
            format!(r#"{{"errorCode":"{code}","errorMessage":"canary 01012345678"}}"#)
        };
        of_refused_call(&Reply {
            status,
            retry_after: None,
            body: Some(body.into_bytes()),
        })
    }

    fn sketch(answer: &Answer) -> (&'static str, &'static str) {
        match answer {
            Answer::Taken => ("taken", ""),
            Answer::Never(why) => ("never", why.reason),
            Answer::Later(why, _) => ("later", why.reason),
            Answer::Unclear(why) => ("unclear", why.reason),
        }
    }

    #[test]
    fn each_documented_refusal_of_a_call_has_its_meaning() {
        for (status, code, expected) in [
            (
                403,
                "InvalidAPIKey",
                ("never", "SENDER_CREDENTIALS_REFUSED"),
            ),
            (
                403,
                "SignatureDoesNotMatch",
                ("never", "SENDER_CREDENTIALS_REFUSED"),
            ),
            (401, "Unauthorized", ("never", "SENDER_CREDENTIALS_REFUSED")),
            (403, "", ("never", "SENDER_CREDENTIALS_REFUSED")),
            (403, "RequestTimeTooSkewed", ("later", "CLOCK_SKEWED")),
            (403, "DuplicatedSignature", ("unclear", "CALL_REPEATED")),
            (402, "NotEnoughBalance", ("later", "BALANCE_EMPTY")),
            (429, "TooManyRequests", ("later", "PROVIDER_THROTTLED")),
            (400, "ValidationError", ("never", "PROVIDER_REFUSED")),
            (418, "", ("never", "PROVIDER_REFUSED")),
            (404, "ResourceNotFound", ("never", "SENDER_ADDRESS_WRONG")),
            (302, "", ("never", "SENDER_ADDRESS_WRONG")),
            (500, "InternalError", ("unclear", "PROVIDER_FAILED")),
            (504, "", ("unclear", "PROVIDER_FAILED")),
            (200, "", ("unclear", "ANSWER_UNREADABLE")),
        ] {
            assert_eq!(sketch(&call(status, code)), expected, "{status} {code}");
        }
    }

    #[test]
    fn what_solapi_writes_beside_its_code_is_not_repeated() {
        for answer in [call(400, "ValidationError"), call(403, "")] {
            assert!(!format!("{answer:?}").contains("canary"), "{answer:?}");
        }
    }

    #[test]
    fn each_status_of_a_message_has_its_meaning() {
        for (code, expected) in [
            ("2000", ("taken", "")),
            ("1030", ("later", "BALANCE_EMPTY")),
            ("1062", ("never", "SENDER_NUMBER_UNREGISTERED")),
            ("1010", ("never", "MESSAGE_REFUSED")),
            ("1029", ("never", "TEXT_UNENCODABLE")),
            ("9999", ("unclear", "STATUS_UNKNOWN")),
            ("", ("unclear", "STATUS_UNKNOWN")),
        ] {
            assert_eq!(sketch(&of_registration(code)), expected, "{code}");
        }
    }

    #[test]
    fn a_delivery_is_confirmed_by_4000_only() {
        assert_eq!(of_delivery("4000"), DeliveryReport::Delivered);
        for waiting in ["2000", "3000", "", "later", "5000"] {
            assert_eq!(of_delivery(waiting), DeliveryReport::OnItsWay, "{waiting}");
        }
        for (code, reason) in [("3010", "DELIVERY_FAILED_3010"), ("2254", "SPAM_FILTERED")] {
            let reason = reason.to_owned();
            assert_eq!(of_delivery(code), DeliveryReport::Failed { reason });
        }
    }
}
