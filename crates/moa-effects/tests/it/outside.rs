//! The outside world as a handler sees it: remembers what it was asked, answers as it was told.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, EffectState, Probe, RetrySchedule,
    SendOutcome, Verdict,
};
use moa_id::EffectId;
use serde_json::json;
use sqlx::PgConnection;
use tokio::sync::Notify;

/// Where a worker can be caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Verify,
    Send,
    Probe,
    Settled,
}

/// What the service writes in the transaction of a transition.
type Facts = Box<dyn Fn(&Effect) -> Result<(), BoxError> + Send + Sync>;
type Script<T> = Box<dyn Fn(&ClaimedEffect) -> T + Send + Sync>;

pub struct Outside {
    pub batch_size: usize,
    pub retry: RetrySchedule,
    pub send_timeout: Duration,
    pub on_verify: Script<Option<Verdict>>,
    pub on_send: Script<Option<SendOutcome>>,
    pub on_probe: Script<Probe>,
    pub on_settled: Facts,
    /// A worker that comes here waits until it is let go.
    catches: Mutex<HashMap<Step, bool>>,
    caught: Notify,
    let_go: Notify,
    /// The effects of each batch sent.
    sent: Mutex<Vec<Vec<EffectId>>>,
    /// Per effect: the fences it was sent with.
    fences: Mutex<HashMap<EffectId, Vec<i64>>>,
    settled: Mutex<Vec<(EffectId, EffectState)>>,
}

impl Outside {
    /// Everything may go and succeeds; probes find what was sent.
    pub fn new() -> Self {
        Self {
            batch_size: 10,
            retry: RetrySchedule::default(),
            send_timeout: Duration::from_secs(30),
            on_verify: Box::new(|_| {
                Some(Verdict::Verified {
                    evidence: json!({ "permit": "p-1" }),
                })
            }),
            on_send: Box::new(|_| {
                Some(SendOutcome::Confirmed {
                    evidence: json!({ "status": 200 }),
                })
            }),
            on_probe: Box::new(|_| Probe::Happened {
                evidence: json!({ "seen": true }),
            }),
            on_settled: Box::new(|_| Ok(())),
            catches: Mutex::default(),
            caught: Notify::new(),
            let_go: Notify::new(),
            sent: Mutex::default(),
            fences: Mutex::default(),
            settled: Mutex::default(),
        }
    }

    pub fn catching(self, step: Step) -> Self {
        self.catches.lock().unwrap().insert(step, true);
        self
    }

    /// Until a worker was caught.
    pub async fn has_caught(&self) {
        let caught = tokio::time::timeout(Duration::from_secs(10), self.caught.notified());
        caught.await.expect("a worker comes by within ten seconds");
    }

    /// Lets the caught worker go on, and catches no more.
    pub fn let_go(&self) {
        self.catches.lock().unwrap().clear();
        self.let_go.notify_one();
    }

    pub fn times_sent(&self, effect_id: EffectId) -> usize {
        self.fences
            .lock()
            .unwrap()
            .get(&effect_id)
            .map_or(0, Vec::len)
    }

    pub fn batches(&self) -> Vec<Vec<EffectId>> {
        self.sent.lock().unwrap().clone()
    }

    pub fn fences(&self) -> HashMap<EffectId, Vec<i64>> {
        self.fences.lock().unwrap().clone()
    }

    pub fn told(&self, effect_id: EffectId) -> Vec<EffectState> {
        let settled = self.settled.lock().unwrap();
        settled
            .iter()
            .filter(|(id, _)| *id == effect_id)
            .map(|(_, state)| *state)
            .collect()
    }

    async fn pass(&self, step: Step) {
        let catches = self.catches.lock().unwrap().contains_key(&step);
        if catches {
            self.caught.notify_one();
            self.let_go.notified().await;
        }
    }
}

#[async_trait]
impl EffectHandler for Outside {
    fn kind(&self) -> EffectKind {
        EffectKind::Dispatch
    }

    fn batch_size(&self) -> usize {
        self.batch_size
    }

    fn retry(&self) -> RetrySchedule {
        self.retry.clone()
    }

    fn probe_spacing(&self) -> Duration {
        Duration::from_secs(1800)
    }

    fn send_timeout(&self) -> Duration {
        self.send_timeout
    }

    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        self.pass(Step::Verify).await;
        batch
            .iter()
            .map_while(|effect| (self.on_verify)(effect))
            .collect()
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        self.sent
            .lock()
            .unwrap()
            .push(batch.iter().map(|effect| effect.effect_id).collect());
        for effect in batch {
            self.fences
                .lock()
                .unwrap()
                .entry(effect.effect_id)
                .or_default()
                .push(effect.fence);
        }
        self.pass(Step::Send).await;
        batch
            .iter()
            .map_while(|effect| (self.on_send)(effect))
            .collect()
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        self.pass(Step::Probe).await;
        (self.on_probe)(effect)
    }

    async fn settled(&self, conn: &mut PgConnection, effects: &[Effect]) -> Result<(), BoxError> {
        self.pass(Step::Settled).await;
        let mut merchants = effects.iter().map(|effect| effect.merchant_id);
        let first = merchants.next().expect("nobody is told of nothing");
        assert!(
            merchants.all(|merchant| merchant == first),
            "one merchant at a time"
        );
        for effect in effects {
            (self.on_settled)(effect)?;
        }
        // The transaction must be usable here.
        sqlx::query("SELECT 1").execute(conn).await?;
        let told = effects
            .iter()
            .map(|effect| (effect.effect_id, effect.state));
        self.settled.lock().unwrap().extend(told);
        Ok(())
    }
}

pub fn refused_later() -> SendOutcome {
    SendOutcome::RefusedLater {
        at: None,
        reason: "RATE_LIMITED".to_owned(),
        detail: "too many calls".to_owned(),
        evidence: json!({ "status": 429 }),
    }
}

pub fn unclear() -> SendOutcome {
    SendOutcome::Unclear {
        reason: "GATEWAY_TIMEOUT".to_owned(),
        detail: "the channel's gateway timed out".to_owned(),
        evidence: json!({ "status": 504 }),
    }
}

pub fn clean() -> Probe {
    Probe::Clean {
        evidence: json!({ "seen": false }),
    }
}

pub fn blocked() -> Verdict {
    Verdict::Blocked {
        reason: "ORDER_CANCELLED".to_owned(),
        detail: "the channel says cancelled".to_owned(),
        evidence: json!({ "cancel": 1 }),
    }
}

pub fn held() -> Verdict {
    Verdict::Later {
        at: DateTime::from_timestamp(4_000_000_000, 0).unwrap(),
        reason: "HELD".to_owned(),
        detail: "the order is held".to_owned(),
    }
}
