//! A row of `<schema>.effects`.

use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};

use crate::machine::Position;
use crate::retry::Tries;
use crate::{Attempt, ClaimedEffect, Effect, UnknownName};

/// What every statement that answers with effects selects, of the alias `e`.
pub(super) const COLUMNS: &str = "e.merchant_id, e.effect_id, e.kind, e.account_id, e.subject_id, e.order_id, \
    e.dedupe_key, e.payload, e.state, e.fence, e.attempt_count, e.attempt_base, e.clean_probes, e.reason, e.detail, \
    e.evidence, e.stop_reason, e.stop_detail, e.next_attempt_at, e.give_up_at, e.send_deadline_at, e.created_at, \
    e.updated_at, clock_timestamp() AS now";

/// An effect with what only the ledger itself needs.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) effect: Effect,
    pub(crate) position: Position,
    pub(crate) tries: Tries,
    pub(crate) stop: Option<(String, String)>,
    pub(crate) send_deadline_at: Option<DateTime<Utc>>,
    /// The database's clock when the row was read.
    pub(crate) now: DateTime<Utc>,
}

impl Row {
    pub(crate) fn into_claimed(self) -> ClaimedEffect {
        let effect = self.effect;
        ClaimedEffect {
            effect_id: effect.effect_id,
            merchant_id: effect.merchant_id,
            kind: effect.kind,
            account_id: effect.account_id,
            subject_id: effect.subject_id,
            order_id: effect.order_id,
            dedupe_key: effect.dedupe_key,
            payload: effect.payload,
            evidence: effect.evidence,
            fence: effect.fence,
            attempt_count: effect.attempt_count,
            give_up_at: effect.give_up_at,
            send_deadline_at: self.send_deadline_at,
            intended_at: effect.created_at,
            claimed_at: self.now,
        }
    }
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let effect = Effect {
            effect_id: EffectId::from_uuid(row.try_get("effect_id")?),
            merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
            kind: name(row, "kind")?,
            state: name(row, "state")?,
            account_id: row.try_get("account_id")?,
            subject_id: row.try_get("subject_id")?,
            order_id: row.try_get("order_id")?,
            dedupe_key: row.try_get("dedupe_key")?,
            payload: row.try_get("payload")?,
            evidence: row.try_get("evidence")?,
            fence: row.try_get("fence")?,
            attempt_count: row.try_get("attempt_count")?,
            reason: row.try_get("reason")?,
            detail: row.try_get("detail")?,
            next_attempt_at: row.try_get("next_attempt_at")?,
            give_up_at: row.try_get("give_up_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        };
        let stop_reason: Option<String> = row.try_get("stop_reason")?;
        let stop_detail: Option<String> = row.try_get("stop_detail")?;
        let stop = stop_reason.map(|reason| (reason, stop_detail.unwrap_or_default()));
        let clean_probes: i16 = row.try_get("clean_probes")?;
        let attempt_base: i32 = row.try_get("attempt_base")?;
        Ok(Self {
            position: Position {
                state: effect.state,
                fence: effect.fence,
                clean_probes: u8::try_from(clean_probes).unwrap_or(0),
                stopped: stop.is_some(),
            },
            tries: Tries {
                made: effect.attempt_count.saturating_sub(attempt_base),
                give_up_at: effect.give_up_at,
            },
            stop,
            send_deadline_at: row.try_get("send_deadline_at")?,
            now: row.try_get("now")?,
            effect,
        })
    }
}

impl FromRow<'_, PgRow> for Attempt {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            fence: row.try_get("fence")?,
            from_state: name(row, "from_state")?,
            to_state: name(row, "to_state")?,
            at: row.try_get("at")?,
            reason: row.try_get("reason")?,
            detail: row.try_get("detail")?,
            evidence: row.try_get("evidence")?,
        })
    }
}

fn name<T: std::str::FromStr<Err = UnknownName>>(
    row: &PgRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    let word: &str = row.try_get(column)?;
    word.parse()
        .map_err(|source: UnknownName| sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source: Box::new(source),
        })
}
