//! Slack's incoming webhook: the address is the secret, the answer is a word, and nobody can be asked afterwards.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::answer::{Answer, why};
use super::http::{Http, Reply};

/// When Slack does not say how long to wait: it takes about one message a second and channel.
const PATIENCE: Duration = Duration::from_secs(5);

/// Posts a text. Gives the HTTP status as well, for the evidence.
pub(crate) async fn post(
    http: &Http,
    webhook_url: &SecretString,
    text: &str,
) -> (Answer, Option<u16>) {
    let request = http
        .client()
        .post(webhook_url.expose_secret())
        .json(&json!({ "text": text, "unfurl_links": false }));
    match http.call(request).await {
        Ok(reply) => (read(&reply), Some(reply.status)),
        Err(error) => (error.into(), None),
    }
}

fn read(reply: &Reply) -> Answer {
    let word = word(reply.body.as_deref());
    let said = |text: &str| match &word {
        Some(word) => format!("Slack answered {} {word}: {text}", reply.status),
        None => format!("Slack answered {}: {text}", reply.status),
    };
    match (reply.status, word.as_deref()) {
        (200, Some("ok")) => Answer::Taken,
        (429, _) => Answer::Later(
            why("SLACK_THROTTLED", said("too many messages at once")),
            Some(reply.retry_after.unwrap_or(PATIENCE)),
        ),
        (410, _) | (404, Some("channel_not_found")) => Answer::Never(why(
            "SLACK_CHANNEL_GONE",
            said(
                "the channel is archived or gone; make a webhook for another channel and register it",
            ),
        )),
        (404, _) => Answer::Never(why(
            "SLACK_WEBHOOK_GONE",
            said("the webhook does not exist any more; make a new one and register it"),
        )),
        (401 | 403, _) => Answer::Never(why(
            "SENDER_CREDENTIALS_REFUSED",
            said("the webhook is not accepted; make a new one and register it"),
        )),
        (200..=299 | 408 | 500.., _) => Answer::Unclear(why(
            "SLACK_UNCLEAR",
            said("whether the message was posted is not known"),
        )),
        (300..=399, _) => Answer::Never(why(
            "SENDER_ADDRESS_WRONG",
            said("the address leads elsewhere; register the webhook as Slack shows it"),
        )),
        _ => Answer::Never(why("SLACK_REFUSED", said("the message was not accepted"))),
    }
}

/// Slack's word, if the answer is one: anything else comes from somebody in between and may hold anything.
fn word(body: Option<&[u8]>) -> Option<String> {
    let text = std::str::from_utf8(body?).ok()?.trim();
    let is_word =
        (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        read(&Reply {
            status,
            retry_after: Some(Duration::from_secs(3)),
            body: Some(body.as_bytes().to_vec()),
        })
    }

    fn reason(answer: &Answer) -> &'static str {
        match answer {
            Answer::Taken => "",
            Answer::Never(why) | Answer::Later(why, _) | Answer::Unclear(why) => why.reason,
        }
    }

    #[test]
    fn every_documented_answer_has_its_meaning() {
        assert_eq!(answer(200, "ok"), Answer::Taken);
        for (status, body, expected) in [
            (403, "invalid_token", "SENDER_CREDENTIALS_REFUSED"),
            (404, "no_service", "SLACK_WEBHOOK_GONE"),
            (404, "channel_not_found", "SLACK_CHANNEL_GONE"),
            (410, "channel_is_archived", "SLACK_CHANNEL_GONE"),
            (400, "invalid_payload", "SLACK_REFUSED"),
            (302, "", "SENDER_ADDRESS_WRONG"),
        ] {
            let answer = answer(status, body);
            assert!(matches!(answer, Answer::Never(_)), "{answer:?}");
            assert_eq!(reason(&answer), expected);
        }
        assert!(matches!(answer(500, "rollup_error"), Answer::Unclear(_)));
        assert!(matches!(answer(200, "<html>"), Answer::Unclear(_)));
    }

    #[test]
    fn too_many_waits_as_long_as_slack_asks() {
        let Answer::Later(why, wait) = answer(429, "rate_limited") else {
            panic!("not later")
        };
        assert_eq!(
            (why.reason, wait),
            ("SLACK_THROTTLED", Some(Duration::from_secs(3)))
        );
    }

    #[test]
    fn a_strangers_page_is_not_repeated_to_people() {
        let Answer::Never(why) = answer(403, "<html>token=canary</html>") else {
            panic!("not refused")
        };
        assert!(!why.detail.contains("canary"));
    }
}
