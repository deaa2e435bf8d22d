use chrono::TimeDelta;
use moa_id::{ChannelAccountId, EffectId, MerchantId};
use tokio::time::Instant;

use super::App;
use super::carry_out::operations;
use super::evidence;
use super::open::Open;
use crate::channel::SoughtParcel;
use crate::domain::effect::{EffectKind, Progress, StoredEffect};
use crate::domain::operation::Operation;
use crate::domain::probe::{self, Finding, Trace};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::error::Error;
use crate::store::effects;

/// A write whose outcome is unknown.
#[derive(Debug, Clone)]
pub struct ProbeQuestion {
    pub effect_id: EffectId,
    pub channel_order_id: String,
    pub channel_parcel_id: String,
    pub intended: Intended,
}

/// What would have happened.
#[derive(Debug, Clone)]
pub enum Intended {
    Acknowledge,
    Dispatch {
        /// Our carrier code.
        carrier: String,
        tracking_number: String,
        /// The lines that left, when only a part of the parcel did.
        line_ids: Vec<String>,
    },
    /// Anything else; it names itself what it is about.
    Operation(Operation),
}

impl Intended {
    const fn kind(&self) -> EffectKind {
        match self {
            Self::Acknowledge => EffectKind::Acknowledge,
            Self::Dispatch { .. } => EffectKind::Dispatch,
            Self::Operation(operation) => operation.kind(),
        }
    }
}

/// What is known now.
#[derive(Debug, Clone)]
pub enum Probed {
    /// Stored, or found at the channel.
    Found { finding: Finding, evidence: String },
    /// The channel refused it for good when it was sent: it did not happen, and sending it again would not help.
    Refused {
        reason: String,
        detail: String,
        evidence: String,
    },
    /// The look failed, or the write may still be under way.
    Later { reason: String, detail: String },
}

/// The longest a call and its bookkeeping take.
const UNDER_WAY: TimeDelta = TimeDelta::seconds(15);

impl App {
    /// Did this write happen? From the stored outcome, else from a fresh look.
    #[tracing::instrument(name = "channel_proxy.probe_effect", skip_all, fields(effect.id = %question.effect_id))]
    pub async fn probe_effect(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        question: &ProbeQuestion,
        deadline: Instant,
    ) -> Result<Probed, Error> {
        let kind = question.intended.kind();
        let mut conn = self.pool.acquire().await?;
        let stored = effects::list(&mut conn, merchant_id, kind, &[question.effect_id]).await?;
        drop(conn);
        let stored = stored.into_iter().next();
        if let Some(known) = stored.as_ref().and_then(|stored| self.known(stored)) {
            return Ok(known);
        }

        let open = self.open(merchant_id, id).await?;
        let Trace { finding, evidence } = match self.trace(&open, question, deadline).await {
            Ok(trace) => trace,
            Err(Error::Call(failure)) => {
                self.note(&open.account, &failure).await;
                return Ok(Probed::Later {
                    reason: failure.kind.reason().to_owned(),
                    detail: failure.detail,
                });
            }
            Err(error) => return Err(error),
        };
        if let Some(stored) = &stored {
            self.remember(merchant_id, kind, stored, &finding, &evidence)
                .await?;
        }
        Ok(Probed::Found { finding, evidence })
    }

    /// A fresh look for the effect's trace at the channel.
    async fn trace(
        &self,
        open: &Open,
        question: &ProbeQuestion,
        deadline: Instant,
    ) -> Result<Trace, Error> {
        let order_id = &question.channel_order_id;
        let (parcel, line_ids) = match &question.intended {
            Intended::Operation(operation) => {
                let operations = operations(open.channel.as_ref(), operation.kind())?;
                let trace = operations.look_for(&open.session, operation, deadline);
                return Ok(trace.await?);
            }
            Intended::Acknowledge => (&question.channel_parcel_id, &[][..]),
            Intended::Dispatch { line_ids, .. } => (&question.channel_parcel_id, &line_ids[..]),
        };
        let sought = SoughtParcel {
            channel_order_id: order_id,
            channel_parcel_id: parcel,
            line_ids,
        };
        let facts = open
            .channel
            .look_after(&open.session, sought, deadline)
            .await?;
        let finding = match &question.intended {
            Intended::Dispatch {
                carrier,
                tracking_number,
                ..
            } => {
                let shown = open.channel.shown_number(carrier, tracking_number);
                probe::dispatched(&facts, order_id, shown)
            }
            _ => probe::acknowledged(&facts, order_id),
        };
        let evidence = evidence::of_facts(&facts);
        Ok(Trace { finding, evidence })
    }

    /// What the stored outcome says; nothing when it is unknown too.
    fn known(&self, stored: &StoredEffect) -> Option<Probed> {
        match &stored.progress {
            Progress::New => None,
            Progress::Sending { since } if self.clock.now() - *since < UNDER_WAY => {
                Some(Probed::Later {
                    reason: "WRITE_UNDER_WAY".to_owned(),
                    detail: "the write left a moment ago and may still be answered".to_owned(),
                })
            }
            Progress::Sending { .. } => None,
            Progress::Decided(answer) => answered(answer),
        }
    }

    async fn remember(
        &self,
        merchant_id: MerchantId,
        kind: EffectKind,
        stored: &StoredEffect,
        finding: &Finding,
        evidence: &str,
    ) -> Result<(), Error> {
        let mut conn = self.pool.acquire().await?;
        let now = self.clock.now();
        match finding {
            Finding::Happened => {
                effects::confirm_by_probe(&mut conn, merchant_id, kind, stored, evidence, now).await
            }
            Finding::Clean => {
                effects::count_clean_probe(&mut conn, merchant_id, kind, stored, now).await
            }
            Finding::Blocked { .. } | Finding::Conflict { .. } => Ok(()),
        }
    }
}

fn answered(answer: &WriteAnswer) -> Option<Probed> {
    let evidence = answer.evidence.clone();
    let found = |finding, evidence| Some(Probed::Found { finding, evidence });
    match answer.outcome {
        WriteOutcome::Confirmed => found(Finding::Happened, evidence),
        WriteOutcome::RefusedLater => found(Finding::Clean, evidence),
        WriteOutcome::RefusedFinal => Some(Probed::Refused {
            reason: answer.reason.clone(),
            detail: answer.detail.clone(),
            evidence,
        }),
        WriteOutcome::Unclear => None,
        // The channel said so when it was asked; whether it still holds is a fresh look's to say.
        WriteOutcome::Blocked => None,
    }
}
