//! The id each call gets: `<instance>^<epoch milliseconds>^<number>`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, Utc};

/// Numbers of all calls of this process, which is all that a trace has to keep apart.
static CALLS: AtomicU64 = AtomicU64::new(7_200_001);

/// One call as the gateway names it.
#[derive(Debug, Clone)]
pub struct Trace {
    text: String,
    at: DateTime<Utc>,
    began: Instant,
}

impl Trace {
    /// Names a call that arrived at `now`.
    pub fn begin(now: DateTime<Utc>) -> Self {
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        Self {
            text: format!("bW9hLXNhbmRib3gtc21hcn^{}^{number}", now.timestamp_millis()),
            at: now,
            began: Instant::now(),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// When the call arrived.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub fn age_millis(&self) -> u128 {
        self.began.elapsed().as_millis()
    }
}
