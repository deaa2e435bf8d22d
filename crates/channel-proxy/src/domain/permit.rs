//! Leave to dispatch, good once and for a moment.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, EffectId, PermitId};

use crate::domain::facts::PackedLine;

/// How long after its oldest read was sent a permit lives.
pub const LIFE: TimeDelta = TimeDelta::seconds(5);

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
        }
    }

    /// The lines, sorted.
    pub fn lines(&self) -> &[PackedLine] {
        &self.lines
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
