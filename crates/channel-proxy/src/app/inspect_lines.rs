use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, MerchantId, PermitId};
use tokio::time::Instant;

use super::App;
use super::evidence;
use super::open::{Open, splits};
use crate::domain::effect::EffectKind;
use crate::domain::facts::{Judgement, ParcelFacts, ParcelSight};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::{Cargo, LIFE, Permit};
use crate::domain::receiver::{Receiver, ReceiverMark};
use crate::error::Error;
use crate::quota::{AccountQuota, KeptSlot, Reservation};
use crate::store::effects;
use crate::store::permits::{self, NewPermit};

/// A parcel that shall leave, as one effect.
#[derive(Debug, Clone)]
pub struct InspectItem {
    pub effect_id: EffectId,
    pub fence: i64,
    pub cargo: Cargo,
    /// Whom the merchant packed it for; nothing is compared where it says nothing.
    pub receiver: ReceiverMark,
}

/// What a look says about one item.
#[derive(Debug, Clone)]
pub struct Inspection {
    pub effect_id: EffectId,
    pub verdict: Verdict,
    /// JSON text; empty when there was no look.
    pub evidence: String,
}

/// What follows from a look.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It may leave under this permit.
    Clear {
        permit: Permit,
        oldest_read_at: DateTime<Utc>,
        /// The same by the monotonic clock.
        oldest_read: std::time::Instant,
    },
    /// It must not leave.
    Blocked { reason: String, detail: String },
    /// Nothing is known.
    Later {
        reason: String,
        detail: String,
        retry_at: Option<DateTime<Utc>>,
    },
    /// It left before; the number at the channel.
    AlreadyDispatched { tracking_number: String },
}

/// The longest part of a permit's life that its reads and the waiting for its write's slot may take.
const LOOK: Duration = Duration::from_secs(4);

impl App {
    /// Looks at parcels now and issues permits for those nothing speaks against. Never writes to the channel.
    #[tracing::instrument(name = "channel_proxy.inspect_lines", skip_all, fields(channel_account.id = %id))]
    pub async fn inspect_lines(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        items: &[InspectItem],
        deadline: Instant,
    ) -> Result<Vec<Inspection>, Error> {
        let open = match self.open(merchant_id, id).await {
            Err(Error::Call(failure)) => {
                return Ok(items.iter().map(|item| later(item, &failure)).collect());
            }
            open => open?,
        };
        splits(&open, items.iter().map(|item| &item.cargo))?;
        let stale = self.stale(merchant_id, items).await?;
        let fresh: Vec<InspectItem> = items
            .iter()
            .zip(&stale)
            .filter(|(_, stale)| stale.is_none())
            .map(|(item, _)| item.clone())
            .collect();
        let mut looked = if fresh.is_empty() {
            Vec::new().into_iter()
        } else {
            self.look(&open, &fresh, deadline).await?.into_iter()
        };
        let inspections = items.iter().zip(stale).map(|(item, stale)| {
            let unlooked = || later(item, &unseen());
            stale.unwrap_or_else(|| looked.next().unwrap_or_else(unlooked))
        });
        Ok(inspections.collect())
    }

    /// The answers to workers that lost their claim.
    async fn stale(
        &self,
        merchant_id: MerchantId,
        items: &[InspectItem],
    ) -> Result<Vec<Option<Inspection>>, Error> {
        let ids: Vec<EffectId> = items.iter().map(|item| item.effect_id).collect();
        let mut conn = self.pool.acquire().await?;
        let stored = effects::list(&mut conn, merchant_id, EffectKind::Dispatch, &ids).await?;
        let answer = |item: &InspectItem| {
            let effect = stored
                .iter()
                .find(|effect| effect.effect_id == item.effect_id)?;
            (item.fence < effect.fence).then(|| Inspection {
                effect_id: item.effect_id,
                verdict: Verdict::Later {
                    reason: "STALE_FENCE".to_owned(),
                    detail: format!(
                        "another worker holds this effect under fence {}",
                        effect.fence
                    ),
                    retry_at: None,
                },
                evidence: String::new(),
            })
        };
        Ok(items.iter().map(answer).collect())
    }

    async fn look(
        &self,
        open: &Open,
        items: &[InspectItem],
        deadline: Instant,
    ) -> Result<Vec<Inspection>, Error> {
        let reservation = match open.session.reserve(open.channel.gate(), deadline).await {
            Ok(reservation) => reservation,
            Err(failure) => return Ok(items.iter().map(|item| later(item, &failure)).collect()),
        };
        let cargos: Vec<Cargo> = items.iter().map(|item| item.cargo.clone()).collect();
        let look_until = deadline.min(Instant::now() + LOOK);
        let looks = open
            .channel
            .look(&open.session, &reservation, &cargos, look_until)
            .await;
        for failure in looks.iter().filter_map(|look| look.as_ref().err()).take(1) {
            self.note(&open.account, failure).await;
        }
        let mut inspections: Vec<Inspection> = items
            .iter()
            .zip(looks)
            .map(|(item, look)| match look {
                Ok(facts) => self.judge(open, item, &facts),
                Err(failure) => later(item, &failure),
            })
            .collect();
        let issued: Vec<NewPermit> = inspections.iter().filter_map(new_permit).collect();
        if issued.is_empty() {
            return Ok(inspections);
        }
        if let Err(failure) = self.keep_slot(open, reservation, &issued, look_until).await {
            for (item, inspection) in items.iter().zip(&mut inspections) {
                if matches!(inspection.verdict, Verdict::Clear { .. }) {
                    *inspection = later(item, &failure);
                }
            }
            return Ok(inspections);
        }
        let stored = self.store_permits(open.account.merchant_id, &issued).await;
        if stored.is_err() {
            let ids = issued.iter().map(|new| new.permit.id);
            if let Some(hold) = self.take_hold(open.session.quota(), ids) {
                open.session.quota().release(hold);
            }
        }
        stored?;
        self.note_issued(&inspections);
        Ok(inspections)
    }

    fn note_issued(&self, inspections: &[Inspection]) {
        let present = Instant::now().into_std();
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        for inspection in inspections {
            if let Verdict::Clear {
                permit,
                oldest_read,
                ..
            } = &inspection.verdict
            {
                issued.issue(permit.id, *oldest_read, present);
            }
        }
    }

    async fn store_permits(
        &self,
        merchant_id: MerchantId,
        issued: &[NewPermit],
    ) -> Result<(), Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        permits::insert(&mut tx, merchant_id, issued, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    fn judge(&self, open: &Open, item: &InspectItem, facts: &ParcelFacts) -> Inspection {
        let evidence = evidence::of_facts(facts);
        let cargo = &item.cargo;
        let verdict = match facts.judge(cargo) {
            Judgement::Blocked { reason, detail } => Verdict::Blocked {
                reason: reason.to_owned(),
                detail,
            },
            Judgement::AlreadyDispatched { tracking_number } => {
                Verdict::AlreadyDispatched { tracking_number }
            }
            Judgement::Clear if self.goes_elsewhere(open.account.merchant_id, item, facts) => {
                Verdict::Blocked {
                    reason: "RECEIVER_CHANGED".to_owned(),
                    detail: "the channel shows another receiver now than the parcel was packed for"
                        .to_owned(),
                }
            }
            Judgement::Clear => {
                let (Some(oldest_read_at), Some(oldest_read)) =
                    (facts.oldest_read_at(), facts.oldest_read())
                else {
                    return later(item, &unseen());
                };
                let expires_at = oldest_read_at + LIFE;
                if self.clock.now() >= expires_at {
                    return later(item, &too_slow());
                }
                let permit = Permit {
                    id: self.ids.next(),
                    account_id: open.account.id,
                    effect_id: item.effect_id,
                    cargo: cargo.clone(),
                    expires_at,
                    used_at: None,
                    evidence_hash: evidence::hash(&evidence),
                };
                Verdict::Clear {
                    permit,
                    oldest_read_at,
                    oldest_read,
                }
            }
        };
        let effect_id = item.effect_id;
        Inspection {
            effect_id,
            verdict,
            evidence,
        }
    }

    /// By which another receiver shows: the same for the same one, without telling who it is.
    pub fn receiver_mark(&self, merchant_id: MerchantId, receiver: &Receiver) -> ReceiverMark {
        let key_ring = self.vault.key_ring();
        receiver.mark(|what, text| key_ring.blind_index(merchant_id, what, text))
    }

    fn goes_elsewhere(
        &self,
        merchant_id: MerchantId,
        item: &InspectItem,
        facts: &ParcelFacts,
    ) -> bool {
        let ParcelSight::Seen(parcel) = &facts.parcel else {
            return false;
        };
        let seen = self.receiver_mark(merchant_id, &parcel.receiver);
        seen.is_another_than(&item.receiver)
    }

    /// Keeps a slot for the write, as long as the permits live.
    async fn keep_slot(
        &self,
        open: &Open,
        reservation: Reservation,
        issued: &[NewPermit],
        deadline: Instant,
    ) -> Result<(), CallFailure> {
        let now = self.clock.now();
        let last = issued
            .iter()
            .map(|new| new.permit.expires_at)
            .max()
            .unwrap_or(now);
        let until = Instant::now() + (last - now).to_std().unwrap_or(Duration::ZERO);
        let hold = reservation
            .hold(deadline, until)
            .await
            .map_err(|refused| open.session.no_slot(refused))?;
        let mut holds = self
            .write_holds
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let present = Instant::now();
        holds.retain(|_, (_, until)| *until > present);
        for new in issued {
            holds.insert(new.permit.id, (hold, until));
        }
        Ok(())
    }

    /// The slot kept for one of these permits. One upload carries all of them, so the slots of further looks are given
    /// back.
    pub fn take_hold(
        &self,
        quota: &AccountQuota,
        permits: impl Iterator<Item = PermitId>,
    ) -> Option<KeptSlot> {
        let mut holds = self
            .write_holds
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = permits.filter_map(|id| holds.remove(&id));
        let taken: Vec<_> = taken.map(|(kept, _)| kept).collect();
        drop(holds);
        quota.first_living(&taken)
    }
}

fn new_permit(inspection: &Inspection) -> Option<NewPermit> {
    let Verdict::Clear {
        permit,
        oldest_read_at,
        ..
    } = &inspection.verdict
    else {
        return None;
    };
    Some(NewPermit {
        permit: permit.clone(),
        evidence: inspection.evidence.clone(),
        oldest_read_at: *oldest_read_at,
    })
}

fn later(item: &InspectItem, failure: &CallFailure) -> Inspection {
    Inspection {
        effect_id: item.effect_id,
        verdict: Verdict::Later {
            reason: failure.kind.reason().to_owned(),
            detail: failure.detail.clone(),
            retry_at: failure.retry_at,
        },
        evidence: String::new(),
    }
}

fn too_slow() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::TimedOut,
        "the look at the channel took longer than a permit lives; inspect the lines again",
    )
}

fn unseen() -> CallFailure {
    CallFailure::without_effect(FailureKind::Fault, "the look at the channel gave no facts")
}
