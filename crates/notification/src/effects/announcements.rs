//! New orders, open questions and ending keys, told in Slack: one message a second, and nobody can be asked whether it arrived.

use std::time::Duration;

use chrono::TimeDelta;
use moa_effects::{ClaimedEffect, NoProbe, Probe, SendOutcome, Verdict};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::intent::{Intent, News};
use super::{
    MessageHandler, SENDER_MISSING, SENDER_UNREADABLE, SERVICE_AWAITED, blocked, later,
    sender_missing,
};
use crate::domain::digest::STALE_AFTER;
use crate::domain::sender::{Credentials, SenderKind};
use crate::provider::answer::{Answer, why};
use crate::provider::slack;

/// No post is begun later in one send, so that its own time-out still fits.
const BEGIN_WITHIN: Duration = Duration::from_secs(15);

impl MessageHandler {
    /// One goes now, the others a second apart.
    pub(super) async fn verify_announcements(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        match self.app.sender(first.merchant_id, SenderKind::Slack).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                return batch
                    .iter()
                    .map(|effect| sender_missing(effect, "no Slack sender is registered"))
                    .collect();
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a sender cannot be read: {error}"
                );
                let detail = error.to_string();
                return batch
                    .iter()
                    .map(|effect| {
                        later(effect, SERVICE_AWAITED, SENDER_UNREADABLE, detail.as_str())
                    })
                    .collect();
            }
        }
        let mut turn = 0;
        let verdict = |effect: &ClaimedEffect| {
            match Intent::from_payload(&effect.payload) {
                Ok(Intent::InquiryDigest { as_of, .. })
                    if effect.claimed_at - as_of > STALE_AFTER =>
                {
                    return blocked(
                        "DIGEST_OUTDATED",
                        "questions have come and gone since; the next digest counts them anew",
                    );
                }
                Ok(
                    Intent::NewOrders { .. }
                    | Intent::InquiryDigest { .. }
                    | Intent::KeyExpiring { .. },
                ) => {}
                Ok(Intent::ActivationLink { .. }) | Err(_) => {
                    return blocked(
                        "INTENT_MALFORMED",
                        "the intent cannot be read by this version",
                    );
                }
            }
            turn += 1;
            if turn == 1 {
                return Verdict::Verified {
                    evidence: Value::Null,
                };
            }
            let by = TimeDelta::seconds(turn - 1);
            later(
                effect,
                by,
                "SLACK_PACED",
                "Slack takes one message a second; this one waits its turn",
            )
        };
        batch.iter().map(verdict).collect()
    }

    pub(super) async fn send_announcements(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        let now = self.app.clock.now();
        let sender = self.app.sender(first.merchant_id, SenderKind::Slack).await;
        let Ok(Some(sender)) = sender else {
            let none = Answer::Later(why(SENDER_MISSING, "no Slack sender is registered"), None);
            return batch
                .iter()
                .map(|_| none.clone().into_outcome(Value::Null, now))
                .collect();
        };
        let Credentials::Slack { webhook_url } = &sender.credentials else {
            return Vec::new();
        };
        let begun = Instant::now();
        let mut outcomes = Vec::with_capacity(batch.len());
        for effect in batch {
            let intent = Intent::from_payload(&effect.payload).ok();
            let Some(news) = intent.and_then(Intent::into_news) else {
                let bad = Answer::Never(why(
                    "INTENT_MALFORMED",
                    "the intent cannot be read by this version",
                ));
                outcomes.push(bad.into_outcome(Value::Null, now));
                continue;
            };
            let (answer, status) = if begun.elapsed() > BEGIN_WITHIN {
                (
                    Answer::Later(
                        why("NOT_SENT", "others took too long; nothing was sent"),
                        None,
                    ),
                    None,
                )
            } else {
                let text = match news {
                    News::Orders(announcement) => announcement.text(),
                    News::Inquiries(digest) => digest.text(&self.inbox_url),
                    News::Key(warning) => warning.text(&self.accounts_url),
                };
                slack::post(&self.app.http, webhook_url, &text).await
            };
            outcomes.push(answer.into_outcome(json!({ "http_status": status }), now));
        }
        outcomes
    }
}

/// A second post of the same news is worse than none.
pub(super) fn probe() -> Probe {
    Probe::NoProbe(NoProbe::AssumeSent)
}
