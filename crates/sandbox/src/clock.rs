//! Two times: the real one, for signatures, quotas and the ledger, and the world's, which can be moved forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

#[derive(Debug, Default)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// The machine's time, to the microsecond, which is as fine as any of the played formats.
    pub fn real(&self) -> DateTime<Utc> {
        let now = DateTime::<Utc>::from(SystemTime::now());
        now.duration_trunc(TimeDelta::microseconds(1))
            .unwrap_or(now)
    }

    /// The time in which orders are placed, become visible and are delivered.
    pub fn world(&self) -> DateTime<Utc> {
        self.real() + TimeDelta::seconds(self.offset_seconds.load(Ordering::SeqCst))
    }

    /// Sets how far the world is ahead of the machine.
    pub fn set_offset(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::SeqCst);
    }
}
