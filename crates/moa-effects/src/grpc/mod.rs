//! `moa.effects.v1`: people see the ledger and mend it.

mod convert;
mod guard;
mod status;

use std::sync::Arc;

use moa_id::{EffectId, MerchantId};
use moa_proto::moa::effects::v1 as pb;
use moa_service::parse::parse_text;
use moa_service::{PageToken, internal, invalid_field, page_size, parse_id};
use pb::effects_service_server::{EffectsService, EffectsServiceServer};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{EffectFilter, Ledger, RedriveRefused};
pub use guard::RedriveGuard;

use convert::{parse_kind, parse_state};
use status::Refusals;

const REASON_MAX: usize = 500;
const OPERATOR_MAX: usize = 200;

/// Serves one service's ledger.
#[derive(Debug)]
pub struct EffectsServer {
    pool: PgPool,
    ledger: Ledger,
    refusals: Refusals,
    guard: Arc<dyn RedriveGuard>,
}

impl EffectsServer {
    /// The tonic service for a gRPC server; any effect that may be redriven by its state is.
    pub fn new(pool: PgPool, ledger: Ledger) -> EffectsServiceServer<Self> {
        Self::guarded(pool, ledger, Arc::new(guard::Unguarded))
    }

    /// The same with what the service itself knows that speaks against starting an effect anew.
    pub fn guarded(
        pool: PgPool,
        ledger: Ledger,
        guard: Arc<dyn RedriveGuard>,
    ) -> EffectsServiceServer<Self> {
        let refusals = Refusals::of(ledger.schema());
        EffectsServiceServer::new(Self {
            pool,
            ledger,
            refusals,
            guard,
        })
    }
}

#[tonic::async_trait]
impl EffectsService for EffectsServer {
    async fn list_effects(
        &self,
        request: Request<pb::ListEffectsRequest>,
    ) -> Result<Response<pb::ListEffectsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        // Each service has a ledger of its own.
        let pages = PageToken::of(self.ledger.schema());
        let filter = EffectFilter {
            state: parse_state("state", request.state)?,
            kind: parse_kind("kind", request.kind)?,
            subject_id: parse_subject(&request.subject_id)?,
            before: pages.decode(&request.page_token)?.map(EffectId::from_uuid),
        };
        let size = page_size(request.page_size, 50, 200)?;
        let mut conn = self.pool.acquire().await.map_err(internal)?;
        let mut effects = self
            .ledger
            .list(&mut conn, merchant_id, filter, size + 1)
            .await
            .map_err(internal)?;
        let page = usize::try_from(size).unwrap_or(usize::MAX);
        let more = effects.len() > page;
        effects.truncate(page);
        let last = effects.last().filter(|_| more);
        let next_page_token = pages.encode(last.map(|last| last.effect_id.as_uuid()).as_ref());
        let effects = effects.into_iter().map(pb::Effect::from).collect();
        Ok(Response::new(pb::ListEffectsResponse {
            effects,
            next_page_token,
        }))
    }

    async fn get_effect(
        &self,
        request: Request<pb::GetEffectRequest>,
    ) -> Result<Response<pb::GetEffectResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let effect_id: EffectId = parse_id("effect_id", &request.effect_id)?;
        let mut conn = self.pool.acquire().await.map_err(internal)?;
        let effect = self
            .ledger
            .get(&mut conn, merchant_id, effect_id)
            .await
            .map_err(internal)?
            .ok_or_else(|| self.refusals.not_found(effect_id))?;
        let attempts = self
            .ledger
            .attempts(&mut conn, merchant_id, effect_id)
            .await
            .map_err(internal)?;
        Ok(Response::new(pb::GetEffectResponse {
            effect: Some(effect.into()),
            attempts: attempts.into_iter().map(pb::EffectAttempt::from).collect(),
        }))
    }

    async fn redrive_effect(
        &self,
        request: Request<pb::RedriveEffectRequest>,
    ) -> Result<Response<pb::RedriveEffectResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let effect_id: EffectId = parse_id("effect_id", &request.effect_id)?;
        let operator = parse_text("operator", &request.operator, OPERATOR_MAX)?;
        let reason = parse_text("reason", &request.reason, REASON_MAX)?;
        let mut tx = moa_service::begin(&self.pool).await.map_err(internal)?;
        let found = self.ledger.get(&mut tx, merchant_id, effect_id).await;
        let found = found
            .map_err(internal)?
            .ok_or_else(|| self.refusals.not_found(effect_id))?;
        self.guard.check(&mut tx, &found).await?;
        let effect = self
            .ledger
            .redrive(&mut tx, merchant_id, effect_id, &operator, &reason)
            .await
            .map_err(|refused| match refused {
                RedriveRefused::NotFound(effect_id) => self.refusals.not_found(effect_id),
                RedriveRefused::NotRedrivable { effect_id, state } => {
                    self.refusals.not_redrivable(effect_id, state)
                }
                RedriveRefused::Database(error) => internal(error),
            })?;
        tx.commit().await.map_err(internal)?;
        self.ledger.wake();
        Ok(Response::new(pb::RedriveEffectResponse {
            effect: Some(effect.into()),
        }))
    }
}

fn parse_subject(text: &str) -> Result<Option<Uuid>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    Uuid::try_parse(text)
        .map(Some)
        .map_err(|_| invalid_field("subject_id", "must be a UUID, or empty for all effects"))
}
