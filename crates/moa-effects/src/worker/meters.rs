//! The worker's metrics, named once.

use metrics::{counter, gauge, histogram};

use crate::{Effect, EffectKind, EffectState};

/// Metrics of one kind in one schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meters {
    schema: &'static str,
    kind: &'static str,
}

impl Meters {
    pub(super) const fn new(schema: &'static str, kind: EffectKind) -> Self {
        Self {
            schema,
            kind: kind.as_str(),
        }
    }

    /// A transition was committed.
    pub(super) fn moved(self, effect: &Effect) {
        let to = effect.state.as_str();
        counter!("moa_effects_transitions_total", "schema" => self.schema, "kind" => self.kind, "to" => to)
            .increment(1);
        if effect.state == EffectState::Confirmed {
            let waited = (effect.updated_at - effect.created_at)
                .as_seconds_f64()
                .max(0.0);
            histogram!("moa_effects_confirm_seconds", "schema" => self.schema, "kind" => self.kind)
                .record(waited);
        }
    }

    /// Somebody else had moved these effects meanwhile.
    pub(super) fn stale(self, number: usize) {
        if number > 0 {
            counter!("moa_effects_stale_total", "schema" => self.schema, "kind" => self.kind)
                .increment(number as u64);
        }
    }

    /// A batch was begun.
    pub(super) fn batch(self, size: usize) {
        histogram!("moa_effects_batch_size", "schema" => self.schema, "kind" => self.kind)
            .record(size as f64);
    }

    /// What waits, and since when the oldest does.
    pub(super) fn backlog(self, what: &'static str, number: i64, oldest_seconds: f64) {
        gauge!("moa_effects_backlog", "schema" => self.schema, "kind" => self.kind, "what" => what)
            .set(number as f64);
        gauge!("moa_effects_backlog_oldest_seconds", "schema" => self.schema, "kind" => self.kind, "what" => what)
            .set(oldest_seconds);
    }
}
