//! Waiting for conditions.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// The pause between two looks.
const BETWEEN: Duration = Duration::from_millis(50);

/// What a look found.
#[derive(Debug)]
pub enum Look<T> {
    /// What was waited for.
    Here(T),
    /// Something else; said when patience ends.
    NotYet(String),
}

impl<T> Look<T> {
    /// `Here` when there is a value.
    pub fn at(value: Option<T>, otherwise: impl FnOnce() -> String) -> Self {
        match value {
            Some(value) => Self::Here(value),
            None => Self::NotYet(otherwise()),
        }
    }
}

impl Look<()> {
    /// `Here` when it holds.
    pub fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Self {
        Self::at(condition.then_some(()), otherwise)
    }
}

/// How long to wait, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a>(pub Duration, pub &'a str);

/// Looks again and again until what is waited for is there. An error ends the waiting at once.
pub async fn until<T>(
    within: Within<'_>,
    mut look: impl AsyncFnMut() -> Result<Look<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match look().await? {
            Look::Here(value) => return Ok(value),
            Look::NotYet(seen) if started.elapsed() > within.0 => {
                bail!(
                    "waited {} s until {}; last seen: {seen}",
                    within.0.as_secs(),
                    within.1
                )
            }
            Look::NotYet(_) => tokio::time::sleep(BETWEEN).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_seen_last_is_said_when_patience_ends() {
        let within = Within(Duration::ZERO, "the kettle boils");
        let refused = until::<()>(within, async || Ok(Look::NotYet("40 degrees".to_owned()))).await;
        let text = refused.unwrap_err().to_string();
        assert_eq!(
            text,
            "waited 0 s until the kettle boils; last seen: 40 degrees"
        );
    }
}
