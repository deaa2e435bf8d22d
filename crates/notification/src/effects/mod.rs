//! Carries messages out: MESSAGE effects, in one lane for each kind of sender.

mod announcements;
pub(crate) mod intent;
mod links;
mod lost_links;
mod prepared;
pub(crate) mod traces;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, Probe, RetrySchedule, SendOutcome,
    Verdict,
};
use serde_json::Value;
use sqlx::PgConnection;

use crate::Config;
use crate::app::App;
use crate::domain::sender::SenderKind;
use crate::domain::waiting::sender_pause;
use prepared::Prepared;

/// The pauses between attempts; afterwards a person decides.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// Nobody has registered the means yet.
const SENDER_MISSING: &str = "SENDER_MISSING";
/// The means are registered, and cannot be read.
const SENDER_UNREADABLE: &str = "SENDER_UNREADABLE";
/// What a registered sender may put an end to.
pub(crate) const AWAITS_SENDER: [&str; 2] = [SENDER_MISSING, SENDER_UNREADABLE];
/// Another service is away, or our database.
const SERVICE_AWAITED: TimeDelta = TimeDelta::seconds(10);

/// Carries out MESSAGE effects.
pub struct MessageHandler {
    app: Arc<App>,
    probe_spacing: Duration,
    merchant_name: String,
    /// Where questions are answered.
    inbox_url: String,
    /// Where keys are replaced.
    accounts_url: String,
    prepared: Prepared,
}

impl MessageHandler {
    /// A handler.
    pub fn new(app: Arc<App>, config: &Config) -> Self {
        Self {
            app,
            probe_spacing: config.probe_spacing,
            merchant_name: config.merchant_name.clone(),
            inbox_url: format!("{}/inquiries", config.admin_public_url),
            accounts_url: format!("{}/accounts", config.admin_public_url),
            prepared: Prepared::default(),
        }
    }
}

#[async_trait]
impl EffectHandler for MessageHandler {
    fn kind(&self) -> EffectKind {
        EffectKind::Message
    }

    fn batch_size(&self) -> usize {
        50
    }

    /// A slow call must not hold up the next link.
    fn lane_width(&self) -> usize {
        2
    }

    fn retry(&self) -> RetrySchedule {
        RetrySchedule::new(PAUSES)
    }

    fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        if is_slack(batch) {
            self.verify_announcements(batch).await
        } else {
            self.verify_links(batch).await
        }
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        if is_slack(batch) {
            self.send_announcements(batch).await
        } else {
            self.send_links(batch).await
        }
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        if is_slack(std::slice::from_ref(effect)) {
            return announcements::probe();
        }
        self.probe_link(effect).await
    }

    async fn settled(&self, conn: &mut PgConnection, effects: &[Effect]) -> Result<(), BoxError> {
        for effect in effects {
            self.app.settle_message(conn, effect).await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.app.outbox.wake();
        self.app.deliveries.notify_one();
    }
}

/// A batch is of one lane.
fn is_slack(batch: &[ClaimedEffect]) -> bool {
    batch
        .first()
        .is_some_and(|effect| effect.account_id == SenderKind::Slack.lane())
}

fn blocked(reason: &str, detail: &str) -> Verdict {
    Verdict::Blocked {
        reason: reason.to_owned(),
        detail: detail.to_owned(),
        evidence: Value::Null,
    }
}

fn sender_missing(effect: &ClaimedEffect, detail: &str) -> Verdict {
    let pause = sender_pause(effect.claimed_at - effect.intended_at);
    later(effect, pause, SENDER_MISSING, detail)
}

fn later(
    effect: &ClaimedEffect,
    by: TimeDelta,
    reason: &str,
    detail: impl Into<String>,
) -> Verdict {
    Verdict::Later {
        at: effect.claimed_at + by,
        reason: reason.to_owned(),
        detail: detail.into(),
    }
}
