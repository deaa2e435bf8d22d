use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use moa_id::{MerchantId, MessageId};

use crate::app::App;
use crate::domain::Outcome;
use crate::domain::delivery::{DeliveryReport, next_check};
use crate::domain::sender::{Credentials, SenderKind};
use crate::error::Error;
use crate::events;
use crate::provider::solapi::Solapi;
use crate::store::delivery_checks::{self, DeliveryCheck};
use crate::store::messages;

/// Checks taken at once.
const TAKEN: i64 = 200;
/// Messages in one question to SOLAPI.
const ASKED: usize = 20;
/// Questions under way at once.
const CONCURRENT: usize = 4;
/// A process that dies while it checks holds its checks up for so long.
const HOLD: TimeDelta = TimeDelta::seconds(60);
/// The pause when SOLAPI cannot be asked.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// When to look again.
pub(crate) enum NextLook {
    Now,
    At(DateTime<Utc>),
    WhenTold,
}

impl App {
    /// Asks SOLAPI about accepted messages that are due, and tells who was reached.
    pub(crate) async fn check_deliveries(&self) -> Result<NextLook, Error> {
        let now = self.clock.now();
        let mut conn = self.db.acquire().await?;
        let taken = delivery_checks::claim(&mut conn, now, now + HOLD, TAKEN).await?;
        drop(conn);
        let full = i64::try_from(taken.len()).is_ok_and(|taken| taken == TAKEN);
        let mut by_merchant: BTreeMap<MerchantId, Vec<DeliveryCheck>> = BTreeMap::new();
        for check in taken {
            by_merchant
                .entry(check.merchant_id)
                .or_default()
                .push(check);
        }
        let questions: Vec<(MerchantId, Vec<DeliveryCheck>)> = by_merchant
            .into_iter()
            .flat_map(|(merchant_id, checks)| {
                let chunks: Vec<_> = checks
                    .chunks(ASKED)
                    .map(|chunk| (merchant_id, chunk.to_vec()))
                    .collect();
                chunks
            })
            .collect();
        let results: Vec<Result<(), Error>> = futures::stream::iter(questions)
            .map(|(merchant_id, checks)| async move { self.check(merchant_id, &checks).await })
            .buffer_unordered(CONCURRENT)
            .collect()
            .await;
        results.into_iter().collect::<Result<(), Error>>()?;
        if full {
            return Ok(NextLook::Now);
        }
        let mut conn = self.db.acquire().await?;
        let next = delivery_checks::next_due(&mut conn).await?;
        Ok(next.map_or(NextLook::WhenTold, NextLook::At))
    }

    async fn check(&self, merchant_id: MerchantId, checks: &[DeliveryCheck]) -> Result<(), Error> {
        let Some(reports) = self.ask(merchant_id, checks).await? else {
            return self
                .settle_deliveries(merchant_id, checks, &HashMap::new(), PATIENCE)
                .await;
        };
        self.settle_deliveries(merchant_id, checks, &reports, TimeDelta::zero())
            .await
    }

    /// `None` when there is nobody to ask, or no answer.
    async fn ask(
        &self,
        merchant_id: MerchantId,
        checks: &[DeliveryCheck],
    ) -> Result<Option<HashMap<String, DeliveryReport>>, Error> {
        let sender = self.sender(merchant_id, SenderKind::Solapi).await?;
        let Some(sender) = sender else {
            return Ok(None);
        };
        let Credentials::Solapi(credentials) = &sender.credentials else {
            return Ok(None);
        };
        let ids: Vec<&str> = checks
            .iter()
            .map(|check| check.provider_message_id.as_str())
            .collect();
        let solapi = Solapi::new(&self.http, &sender, credentials);
        match solapi.reports(&ids, self.clock.now()).await {
            Ok(reports) => Ok(Some(reports)),
            Err(why) => {
                tracing::warn!(
                    merchant.id = %merchant_id,
                    reason = why.reason,
                    "SOLAPI was not able to say what became of {} messages, asking again: {}",
                    checks.len(),
                    why.detail
                );
                Ok(None)
            }
        }
    }

    async fn settle_deliveries(
        &self,
        merchant_id: MerchantId,
        checks: &[DeliveryCheck],
        reports: &HashMap<String, DeliveryReport>,
        at_least: TimeDelta,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut ended: Vec<(MessageId, DeliveryReport)> = Vec::new();
        let mut put_off = Vec::new();
        for check in checks {
            let report = reports.get(&check.provider_message_id);
            match (report, next_check(check.accepted_at, now)) {
                (Some(report @ (DeliveryReport::Delivered | DeliveryReport::Failed { .. })), _) => {
                    ended.push((check.message_id, report.clone()));
                }
                (_, Some(next)) => put_off.push((check.message_id, next.max(now + at_least))),
                (_, None) => ended.push((check.message_id, DeliveryReport::OnItsWay)),
            }
        }
        let mut tx = moa_service::begin(&self.db).await?;
        delivery_checks::put_off(&mut tx, merchant_id, &put_off).await?;
        let ids: Vec<MessageId> = ended.iter().map(|(id, _)| *id).collect();
        let mut told = Vec::new();
        for mut message in messages::lock(&mut tx, merchant_id, &ids).await? {
            let report = ended
                .iter()
                .find(|(id, _)| *id == message.id)
                .map(|(_, report)| report);
            let (outcome, event) = match report {
                Some(DeliveryReport::Delivered) => (
                    message.deliver(now),
                    Some(events::message_delivered as fn(_, _, _) -> _),
                ),
                Some(DeliveryReport::Failed { reason }) => (
                    message.fail(reason),
                    Some(events::message_failed as fn(_, _, _) -> _),
                ),
                // Nobody said what became of it, so nobody is told; the reason stands on the message.
                Some(DeliveryReport::OnItsWay) | None => {
                    (message.note("DELIVERY_UNCONFIRMED"), None)
                }
            };
            if outcome == Outcome::Applied {
                messages::save(&mut tx, &message, now).await?;
                told.extend(event.map(|event| event(&self.ids, &message, now)));
            }
        }
        self.outbox.push_all(&mut tx, &told).await?;
        delivery_checks::delete(&mut tx, merchant_id, &ids).await?;
        tx.commit().await?;
        self.outbox.wake();
        Ok(())
    }
}
