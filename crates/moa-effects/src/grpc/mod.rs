//! `moa.effects.v1`: people see the ledger and mend it.

mod convert;
mod guard;
mod status;

use std::sync::Arc;

use moa_id::{EffectId, MerchantId};
use moa_proto::moa::effects::v1 as pb;
use pb::effects_service_server::{EffectsService, EffectsServiceServer};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{EffectFilter, Ledger, RedriveRefused};
pub use guard::RedriveGuard;

use convert::{decode_token, encode_token, parse_id, parse_kind, parse_state};
use status::{Refusals, internal, invalid_field};

const PAGE_DEFAULT: i64 = 50;
const PAGE_MAX: i64 = 200;
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
        let filter = EffectFilter {
            state: parse_state("state", request.state)?,
            kind: parse_kind("kind", request.kind)?,
            subject_id: parse_subject(&request.subject_id)?,
            before: decode_token(&request.page_token)?,
        };
        let page_size = parse_page_size(request.page_size)?;
        let mut conn = self.pool.acquire().await.map_err(internal)?;
        let mut effects = self
            .ledger
            .list(&mut conn, merchant_id, filter, page_size + 1)
            .await
            .map_err(internal)?;
        let page = usize::try_from(page_size).unwrap_or(usize::MAX);
        let more = effects.len() > page;
        effects.truncate(page);
        let next_page_token = match effects.last() {
            Some(last) if more => encode_token(last.effect_id)?,
            _ => String::new(),
        };
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
            .redrive(&mut tx, merchant_id, effect_id, operator, reason)
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

fn parse_page_size(size: i32) -> Result<i64, Status> {
    match i64::from(size) {
        0 => Ok(PAGE_DEFAULT),
        size if (1..=PAGE_MAX).contains(&size) => Ok(size),
        _ => Err(invalid_field("page_size", "must be 1 to 200, or 0 for 50")),
    }
}

fn parse_text<'a>(field: &str, text: &'a str, max: usize) -> Result<&'a str, Status> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max {
        return Err(invalid_field(
            field,
            &format!("must have 1 to {max} characters"),
        ));
    }
    Ok(text)
}
