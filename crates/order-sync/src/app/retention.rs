//! How long personal data is kept.

use chrono::TimeDelta;
use moa_id::{MerchantId, OperatorId};

use super::App;
use crate::Error;
use crate::domain::retention::DEFAULT_DAYS;
use crate::store::retention::{self, Period};

/// How many of the last days count as lately.
const LATELY: TimeDelta = TimeDelta::days(30);

/// What is kept how long, and what became of it.
pub(crate) struct Retention {
    pub(crate) days: i32,
    pub(crate) channels: Vec<Period>,
    /// In the last 30 days.
    pub(crate) erased_contacts: i64,
    pub(crate) kept_contacts: i64,
}

impl App {
    /// How long a merchant's contacts are kept.
    pub(crate) async fn get_retention(&self, merchant_id: MerchantId) -> Result<Retention, Error> {
        let since = self.clock.now() - LATELY;
        let mut conn = self.pool.acquire().await?;
        let periods = retention::periods(&mut conn, merchant_id).await?;
        let (erased_contacts, kept_contacts) =
            retention::counts(&mut conn, merchant_id, since).await?;
        let general = periods.iter().find(|period| period.channel.is_empty());
        Ok(Retention {
            days: general.map_or(DEFAULT_DAYS, |period| period.days),
            channels: periods
                .into_iter()
                .filter(|period| !period.channel.is_empty())
                .collect(),
            erased_contacts,
            kept_contacts,
        })
    }

    /// Sets a time, or takes a channel's own back (`days` absent).
    pub(crate) async fn set_retention(
        &self,
        merchant_id: MerchantId,
        channel: String,
        days: Option<i32>,
        operator_id: OperatorId,
    ) -> Result<Retention, Error> {
        let mut conn = self.pool.acquire().await?;
        match days {
            Some(days) => {
                let period = Period {
                    channel,
                    days,
                    updated_at: self.clock.now(),
                };
                retention::set_period(&mut conn, merchant_id, &period, operator_id).await?;
            }
            None => retention::drop_period(&mut conn, merchant_id, &channel).await?,
        }
        drop(conn);
        self.get_retention(merchant_id).await
    }
}
