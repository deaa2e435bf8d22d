//! What was composed by the look and is sent a moment later. It holds numbers and links, so it never leaves memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moa_effects::ClaimedEffect;
use moa_id::EffectId;

use crate::domain::sender::Sender;
use crate::provider::solapi::Letter;

/// The send follows the look at once; what is older belongs to an effect that was stopped in between.
const KEPT: Duration = Duration::from_secs(60);

/// Letters by effect and fence.
#[derive(Default)]
pub(super) struct Prepared(Mutex<HashMap<(EffectId, i64), Kept>>);

struct Kept {
    letter: Letter,
    sender: Arc<Sender>,
    since: Instant,
}

impl Prepared {
    pub(super) fn keep(&self, effect: &ClaimedEffect, letter: Letter, sender: Arc<Sender>) {
        let since = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| since.duration_since(kept.since) < KEPT);
        let key = (effect.effect_id, effect.fence);
        kept.insert(
            key,
            Kept {
                letter,
                sender,
                since,
            },
        );
    }

    pub(super) fn take(&self, effect: &ClaimedEffect) -> Option<(Letter, Arc<Sender>)> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.remove(&(effect.effect_id, effect.fence))?;
        Some((kept.letter, kept.sender))
    }
}
