//! Leave to dispatch, good once and for a moment.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, EffectId, PermitId};

use crate::domain::facts::PackedLine;

/// How long after its oldest read was sent a permit lives.
pub const LIFE: TimeDelta = TimeDelta::seconds(5);
/// The same by the clock that nobody sets.
pub const LIFE_BY_INSTANT: Duration = Duration::from_secs(5);

/// A permit as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// Its id.
    pub id: PermitId,
    /// The account it is for.
    pub account_id: ChannelAccountId,
    /// The effect it was issued for.
    pub effect_id: EffectId,
    /// What it allows.
    pub cargo: Cargo,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// SHA-256 of the evidence, hex.
    pub evidence_hash: String,
}

/// A parcel with exactly these lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cargo {
    /// The channel's order.
    pub channel_order_id: String,
    /// The channel's parcel.
    pub channel_parcel_id: String,
    /// Sorted by line.
    lines: Vec<PackedLine>,
    /// Whether this is all of it.
    part: Part,
}

/// How much of a parcel leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// Some lines, while others wait.
    First {
        /// The lines that wait, sorted.
        waiting: Vec<String>,
    },
    /// What waited since the first part left.
    Last,
}

impl Cargo {
    /// A parcel with its lines, in any order.
    pub fn new(
        channel_order_id: impl Into<String>,
        channel_parcel_id: impl Into<String>,
        mut lines: Vec<PackedLine>,
    ) -> Self {
        lines.sort();
        Self {
            channel_order_id: channel_order_id.into(),
            channel_parcel_id: channel_parcel_id.into(),
            lines,
            part: Part::Whole,
        }
    }

    /// The same as a part of the parcel.
    pub fn with_part(mut self, mut part: Part) -> Self {
        if let Part::First { waiting } = &mut part {
            waiting.sort();
        }
        self.part = part;
        self
    }

    /// How much of the parcel it is.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// The lines, sorted.
    pub fn lines(&self) -> &[PackedLine] {
        &self.lines
    }
}

/// When permits end, by both clocks: the wall's may be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// By the wall clock.
    pub at: DateTime<Utc>,
    /// By the steady clock.
    pub instant: Instant,
}

impl Ending {
    /// Whether one of the clocks says that it is over.
    pub fn is_over(&self, now: DateTime<Utc>, present: Instant) -> bool {
        now >= self.at || present >= self.instant
    }

    /// By each clock the earlier one.
    pub fn min(self, other: Self) -> Self {
        Self {
            at: self.at.min(other.at),
            instant: self.instant.min(other.instant),
        }
    }
}

/// The permits that this process issued, by the steady clock. Another process' clock says nothing here.
#[derive(Debug, Default)]
pub struct IssuedPermits(HashMap<PermitId, Instant>);

impl IssuedPermits {
    /// A permit was issued after a look whose oldest read was sent at `read`. Ended ones are forgotten.
    pub fn issue(&mut self, id: PermitId, read: Instant, present: Instant) {
        self.0.retain(|_, ends| *ends > present);
        self.0.insert(id, read + LIFE_BY_INSTANT);
    }

    /// When a permit ends that still lives.
    pub fn ending(&self, id: PermitId, present: Instant) -> Result<Instant, PermitRefusal> {
        let ends = self.0.get(&id).copied();
        ends.filter(|ends| *ends > present)
            .ok_or(PermitRefusal::Expired)
    }
}

/// Why a permit does not allow a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermitRefusal {
    /// There is none for exactly this.
    Invalid,
    /// Its time is over.
    Expired,
    /// It was used.
    Used,
}

impl PermitRefusal {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Invalid => "PERMIT_INVALID",
            Self::Expired => "PERMIT_EXPIRED",
            Self::Used => "PERMIT_USED",
        }
    }

    /// For people.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Invalid => {
                "no permit was issued for exactly this effect, parcel and lines; inspect them first"
            }
            Self::Expired => {
                "the look at the channel is more than 5 s old; inspect the lines again"
            }
            Self::Used => "the permit was used before; inspect the lines again",
        }
    }
}

impl Permit {
    /// Whether it allows `effect_id` of `account_id` to dispatch `cargo` now.
    pub fn allows(
        &self,
        account_id: ChannelAccountId,
        effect_id: EffectId,
        cargo: &Cargo,
        now: DateTime<Utc>,
    ) -> Result<(), PermitRefusal> {
        if self.account_id != account_id || self.effect_id != effect_id || self.cargo != *cargo {
            return Err(PermitRefusal::Invalid);
        }
        if self.used_at.is_some() {
            return Err(PermitRefusal::Used);
        }
        if now >= self.expires_at {
            return Err(PermitRefusal::Expired);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, quantity: i32) -> PackedLine {
        let channel_line_id = id.to_owned();
        PackedLine {
            channel_line_id,
            quantity,
        }
    }

    #[test]
    fn a_permit_lives_five_seconds_of_the_process_that_issued_it() {
        let ids = moa_id::Ids::seeded(4);
        let (id, later): (PermitId, PermitId) = (ids.next(), ids.next());
        let read = Instant::now();
        let mut issued = IssuedPermits::default();
        let unknown = Err(PermitRefusal::Expired);
        assert_eq!(issued.ending(id, read), unknown, "another process");
        issued.issue(id, read, read + Duration::from_secs(2));
        let ends = read + Duration::from_secs(5);
        let soon = read + Duration::from_millis(4_999);
        assert_eq!(issued.ending(id, soon), Ok(ends));
        assert_eq!(issued.ending(id, ends), Err(PermitRefusal::Expired));
        issued.issue(later, ends, ends);
        assert_eq!(issued.0.len(), 1, "ended ones are forgotten");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_permit() {
        let read = Instant::now();
        let ending = Ending {
            at: DateTime::UNIX_EPOCH + LIFE,
            instant: read + LIFE_BY_INSTANT,
        };
        let (before, after) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + LIFE);
        let (soon, late) = (read, read + LIFE_BY_INSTANT);
        assert!(!ending.is_over(before, soon));
        assert!(ending.is_over(after, soon));
        assert!(ending.is_over(before, late));
    }

    #[test]
    fn a_permit_is_for_one_effect_exactly_these_lines_and_five_seconds() {
        let ids = moa_id::Ids::seeded(3);
        let read_at = DateTime::UNIX_EPOCH;
        let cargo = Cargo::new("1", "10", vec![line("b", 1), line("a", 2)]);
        let mut permit = Permit {
            id: ids.next(),
            account_id: ids.next(),
            effect_id: ids.next(),
            cargo: cargo.clone(),
            expires_at: read_at + LIFE,
            used_at: None,
            evidence_hash: String::new(),
        };
        let (account, effect) = (permit.account_id, permit.effect_id);
        let soon = read_at + TimeDelta::milliseconds(4_999);
        let reordered = Cargo::new("1", "10", vec![line("a", 2), line("b", 1)]);
        assert_eq!(permit.allows(account, effect, &reordered, soon), Ok(()));

        let invalid = Err(PermitRefusal::Invalid);
        assert_eq!(permit.allows(ids.next(), effect, &cargo, soon), invalid);
        assert_eq!(permit.allows(account, ids.next(), &cargo, soon), invalid);
        for other in [
            Cargo::new("1", "10", vec![line("a", 2)]),
            Cargo::new("1", "10", vec![line("a", 1), line("b", 1)]),
            Cargo::new("1", "11", vec![line("a", 2), line("b", 1)]),
            Cargo::new("2", "10", vec![line("a", 2), line("b", 1)]),
            cargo.clone().with_part(Part::Last),
            cargo.clone().with_part(Part::First {
                waiting: vec!["c".to_owned()],
            }),
        ] {
            assert_eq!(
                permit.allows(account, effect, &other, soon),
                invalid,
                "{other:?}"
            );
        }
        let late = read_at + LIFE;
        assert_eq!(
            permit.allows(account, effect, &cargo, late),
            Err(PermitRefusal::Expired)
        );
        permit.used_at = Some(soon);
        assert_eq!(
            permit.allows(account, effect, &cargo, late),
            Err(PermitRefusal::Used)
        );
    }
}
