//! The keys sellers sign with: they expire, and a new one ends the old one at once.

use serde::{Deserialize, Serialize};

use super::dice::hex_text;
use super::{World, accounts};

/// What can happen to an account's key at Coupang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum KeyEvent {
    Expired,
    /// Good again, as if its end had been further off.
    Renewed,
    /// The `serial`th of this account, counted from 1 for the first after the original.
    Reissued {
        serial: u32,
    },
}

impl KeyEvent {
    /// The name of the ledger entry.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Expired => "key_expired",
            Self::Renewed => "key_renewed",
            Self::Reissued { .. } => "key_reissued",
        }
    }
}

impl World {
    pub fn key_has_expired(&self, account: u32) -> bool {
        self.expired_keys.contains(&account)
    }

    /// The number of the key that would be issued next.
    pub fn next_key(&self, account: u32) -> u32 {
        self.key_serials.get(&account).copied().unwrap_or_default() + 1
    }

    pub(super) fn apply_key(&mut self, account: u32, event: KeyEvent) {
        match event {
            KeyEvent::Expired => {
                self.expired_keys.insert(account);
            }
            KeyEvent::Renewed => {
                self.expired_keys.remove(&account);
            }
            KeyEvent::Reissued { serial } => {
                self.expired_keys.remove(&account);
                self.key_serials.insert(account, serial);
                let place = usize::try_from(account).unwrap_or(usize::MAX);
                let Some(known) = self.accounts.get_mut(place) else {
                    return;
                };
                let number = u64::from(account) * 1_000_003 + u64::from(serial);
                let text = |stream, length| hex_text(self.seed, stream, number, length);
                self.keys.remove(&known.access_key);
                known.access_key = accounts::uuid_like(&text("coupang-access-again", 32));
                known.secret_key = text("coupang-secret-again", 40);
                self.keys.insert(known.access_key.clone(), account);
            }
        }
    }
}
