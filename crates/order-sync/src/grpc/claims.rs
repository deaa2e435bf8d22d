//! The RPCs about claims, in the order of the contract.

use chrono::{DateTime, Utc};
use moa_id::{ClaimId, MerchantId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::claims_service_server::ClaimsService;
use moa_service::{PageToken, invalid_field, page_size, parse_id, parse_optional_id, timestamp};
use prost::Message;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{claim_kind, claim_state};
use crate::Error;
use crate::app::App;
use crate::domain::claim::{ClaimKind, ClaimState};
use crate::store::claim_details::{self, ClaimPage, DetailedClaim};

/// Where the list goes on, newest demand first.
const NEWEST: PageToken = PageToken::of("claims");
/// Where the list goes on, soonest deadline first.
const DUE: PageToken = PageToken::of("claims_due");

pub(super) struct Claims {
    pub(super) app: App,
}

#[tonic::async_trait]
impl ClaimsService for Claims {
    async fn list_claims(
        &self,
        request: Request<pb::ListClaimsRequest>,
    ) -> Result<Response<pb::ListClaimsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let pages = if request.due_only { DUE } else { NEWEST };
        let after: Option<(Option<DateTime<Utc>>, Uuid)> = pages.decode(&request.page_token)?;
        if request.channel.len() > 40 {
            return Err(invalid_field("channel", "must have at most 40 characters"));
        }
        let page = ClaimPage {
            channel: &request.channel,
            kind: parse_kind(request.kind)?,
            open_only: request.open_only,
            order_id: parse_optional_id("order_id", &request.order_id)?,
            claim_id: None,
            after,
            limit: size + 1,
        };
        let mut conn = self.app.pool.acquire().await.map_err(Error::from)?;
        let mut listed = match request.due_only {
            true => claim_details::list_due(&mut conn, merchant_id, &page).await?,
            false => claim_details::list(&mut conn, merchant_id, &page).await?,
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_more = listed.len() > size;
        listed.truncate(size);
        let last = listed.last().filter(|_| has_more);
        let next = last.map(|claim| {
            let sorted_by = match request.due_only {
                true => claim.due_at,
                false => Some(claim.requested_at),
            };
            (sorted_by, claim.claim_id.as_uuid())
        });
        let claims = listed.into_iter().map(shown);
        Ok(Response::new(pb::ListClaimsResponse {
            claims: claims.collect::<Result<_, _>>()?,
            next_page_token: pages.encode(next.as_ref()),
        }))
    }

    async fn get_claim(
        &self,
        request: Request<pb::GetClaimRequest>,
    ) -> Result<Response<pb::GetClaimResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let claim_id: ClaimId = parse_id("claim_id", &request.claim_id)?;
        let page = ClaimPage {
            channel: "",
            kind: None,
            open_only: false,
            order_id: None,
            claim_id: Some(claim_id),
            after: None,
            limit: 1,
        };
        let mut conn = self.app.pool.acquire().await.map_err(Error::from)?;
        let found = claim_details::list(&mut conn, merchant_id, &page).await?;
        let found = found
            .into_iter()
            .next()
            .ok_or(Error::ClaimNotFound(claim_id))?;
        Ok(Response::new(pb::GetClaimResponse {
            claim: Some(shown(found)?),
        }))
    }
}

fn parse_kind(kind: i32) -> Result<Option<ClaimKind>, Status> {
    match pb::ClaimKind::try_from(kind) {
        Ok(pb::ClaimKind::Unspecified) => Ok(None),
        Ok(pb::ClaimKind::Cancel) => Ok(Some(ClaimKind::Cancel)),
        Ok(pb::ClaimKind::StopShipment) => Ok(Some(ClaimKind::StopShipment)),
        Ok(pb::ClaimKind::Return) => Ok(Some(ClaimKind::Return)),
        Ok(pb::ClaimKind::Exchange) => Ok(Some(ClaimKind::Exchange)),
        Err(_) => Err(invalid_field("kind", "is no kind of a claim")),
    }
}

/// What is stored decides where the claim stands; what the channel showed last tells the rest.
fn shown(claim: DetailedClaim) -> Result<pb::ShownClaim, Error> {
    let (shown, read_at) = claim.shown.unzip();
    let shown = channel::ChannelClaim::decode(shown.as_deref().unwrap_or_default());
    let shown = shown.map_err(|error| Error::Undecodable {
        table: "claim_details",
        id: claim.claim_id.to_string(),
        reason: error.to_string(),
    })?;
    let is_open = matches!(claim.state, ClaimState::Requested | ClaimState::Unknown);
    let rejected = shown.state() == channel::ClaimState::Rejected;
    let stage = shown.stage();
    let stage = match claim.state {
        // The list of withdrawals tells nothing else.
        ClaimState::Withdrawn if !rejected => channel::ClaimStage::Withdrawn,
        ClaimState::Completed => channel::ClaimStage::Completed,
        _ => stage,
    };
    let quantity = shown.lines.iter().map(|line| line.quantity);
    let lines = shown.lines.iter().map(|line| pb::ClaimLine {
        channel_line_id: line.channel_line_id.clone(),
        quantity: line.quantity,
    });
    Ok(pb::ShownClaim {
        quantity: quantity.fold(0, i32::saturating_add),
        fault: shown.fault,
        actions: if is_open {
            shown.actions.clone()
        } else {
            Vec::new()
        },
        claim: Some(pb::Claim {
            claim_id: claim.claim_id.to_string(),
            channel_claim_id: claim.channel_claim_id,
            kind: claim_kind(claim.kind).into(),
            state: claim_state(claim.state).into(),
            lines: lines.collect(),
            requested_at: Some(timestamp(claim.requested_at)),
        }),
        channel: claim.channel,
        channel_account_id: claim.channel_account_id.to_string(),
        channel_order_id: claim.channel_order_id,
        order_id: claim.order_id.map(|id| id.to_string()).unwrap_or_default(),
        stage: stage.into(),
        unknown_stage: shown.unknown_stage,
        reason: shown.reason,
        shipping_charge: shown.shipping_charge,
        refunds_early: shown.refunds_early,
        held: shown.held,
        deadline: shown.deadline.filter(|_| is_open),
        enclosed_charge: shown.enclosed_charge,
        extra_charge: shown.extra_charge,
        channel_support: shown.channel_support,
        charge_method: shown.charge_method,
        rejected,
        collections: shown.collections,
        reshipments: shown.reshipments,
        updated_at: shown.updated_at,
        read_at: read_at.map(timestamp),
    })
}
