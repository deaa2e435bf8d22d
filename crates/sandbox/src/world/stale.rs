//! Lists that lag: for a while after a change they show a parcel as it was, while single reads show what is.

use chrono::{DateTime, TimeDelta, Utc};

use super::World;
use super::model::Parcel;

/// A parcel as it was before a change.
pub struct Snapshot {
    pub parcel: Parcel,
    /// Until when lists show it (world time).
    until: DateTime<Utc>,
    /// When the change happened (real time).
    changed_at: DateTime<Utc>,
}

/// Snapshots kept before old ones are looked for and dropped.
const TIDY_FROM: usize = 1_000;

impl World {
    /// How long lists lag behind.
    pub fn lag(&self) -> TimeDelta {
        self.lag
    }

    /// Changes that; 0 makes lists show at once what is.
    pub fn set_lag(&mut self, lag: TimeDelta) {
        self.lag = lag;
        if lag.is_zero() {
            self.stale.clear();
        }
    }

    /// What lists show in place of the parcel in this place, if it has changed lately.
    pub(super) fn snapshot(&self, place: usize, now: DateTime<Utc>) -> Option<&Snapshot> {
        self.stale.get(&place).filter(|old| now < old.until)
    }

    /// When (real time) lists last showed the truth about this parcel: now, or just before its last change.
    pub fn shown_at(
        &self,
        parcel_id: i64,
        now: DateTime<Utc>,
        real: DateTime<Utc>,
    ) -> DateTime<Utc> {
        self.parcel_places
            .get(&parcel_id)
            .and_then(|place| self.snapshot(*place, now))
            .map_or(real, |old| old.changed_at - TimeDelta::microseconds(1))
    }

    /// Keeps a parcel as it is, which is about to change.
    pub(super) fn remember(&mut self, place: usize) {
        if self.lag.is_zero() {
            return;
        }
        let changed_at = self.applying_at;
        let now = changed_at + TimeDelta::seconds(self.clock_offset_seconds);
        if self.snapshot(place, now).is_some() {
            return;
        }
        if self.stale.len() >= TIDY_FROM {
            self.stale.retain(|_, old| now < old.until);
        }
        if let Some(parcel) = self.parcels.get(place) {
            let snapshot = Snapshot {
                parcel: parcel.clone(),
                until: now + self.lag,
                changed_at,
            };
            self.stale.insert(place, snapshot);
        }
    }
}
