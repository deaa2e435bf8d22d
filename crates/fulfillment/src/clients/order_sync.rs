//! What we ask of order-sync beside its feed: a question or a claim as the channel showed it last, and which orders go to
//! one receiver.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, ClaimId, InquiryId, MerchantId, OrderId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::claims_service_client::ClaimsServiceClient;
use moa_proto::moa::order_sync::v1::inquiries_service_client::InquiriesServiceClient;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::{ServiceChannel, parse_timestamp};
use tonic::{Code, Status};

use crate::Error;
use crate::domain::claim::{Action, ClaimKind};
use crate::domain::inquiry::{InquiryKind, QuestionState};

/// A way to order-sync.
#[derive(Clone)]
pub struct OrderSync {
    orders: OrderSyncServiceClient<ServiceChannel>,
    claims: ClaimsServiceClient<ServiceChannel>,
    inquiries: InquiriesServiceClient<ServiceChannel>,
}

/// A claim as it is stored.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Its id.
    pub claim_id: ClaimId,
    /// The account it was made at.
    pub channel_account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_claim_id: String,
    /// The channel's id of its order.
    pub channel_order_id: String,
    /// Its order, when it is here.
    pub order_id: Option<OrderId>,
    /// What is wanted; none when it is of no kind that this version knows.
    pub kind: Option<ClaimKind>,
    /// By which channels find it again.
    pub requested_at: DateTime<Utc>,
    /// It is undecided.
    pub is_open: bool,
    /// What the channel offers.
    pub actions: Vec<Action>,
    /// All that it is about; 0 when the channel does not say.
    pub quantity: i32,
    /// The channel's ids of parcels in which an exchange's goods go out.
    pub reshipments: Vec<String>,
}

/// Our words for the steps of a claim; those of a newer version are left out.
pub fn actions(offered: impl IntoIterator<Item = channel::ClaimAction>) -> Vec<Action> {
    let known = offered.into_iter().filter_map(action);
    known.collect()
}

/// Our word for a step.
pub fn action(offered: channel::ClaimAction) -> Option<Action> {
    match offered {
        channel::ClaimAction::ConfirmStop => Some(Action::ConfirmStop),
        channel::ClaimAction::ReportAlreadyShipped => Some(Action::ReportAlreadyShipped),
        channel::ClaimAction::ConfirmCollected => Some(Action::ConfirmCollected),
        channel::ClaimAction::Approve => Some(Action::Approve),
        channel::ClaimAction::Reject => Some(Action::Reject),
        channel::ClaimAction::Reship => Some(Action::Reship),
        channel::ClaimAction::Hold => Some(Action::Hold),
        channel::ClaimAction::Release => Some(Action::Release),
        channel::ClaimAction::ReportCollection => Some(Action::ReportCollection),
        channel::ClaimAction::Unspecified => None,
    }
}

/// A question, without what was said.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its id.
    pub inquiry_id: InquiryId,
    /// The account it was asked at.
    pub channel_account_id: ChannelAccountId,
    /// Where it was asked.
    pub kind: InquiryKind,
    /// The channel's id.
    pub channel_inquiry_id: String,
    /// By which channels find it again.
    pub asked_at: DateTime<Utc>,
    /// Where it stands.
    pub state: QuestionState,
    /// The message that waits for an answer; empty when it is the question itself.
    pub channel_parent_answer_id: String,
    /// The first of its orders that is here.
    pub order_id: Option<OrderId>,
}

impl OrderSync {
    /// Over this channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self {
            orders: OrderSyncServiceClient::new(channel.clone()),
            claims: ClaimsServiceClient::new(channel.clone()),
            inquiries: InquiriesServiceClient::new(channel),
        }
    }

    /// Of these orders, those that go to another receiver than `order_id` does, or may: whose receiver is not known.
    pub async fn others_than_receiver_of(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
        others: &[OrderId],
    ) -> Result<Vec<OrderId>, Error> {
        let asked = others.iter().chain([&order_id]);
        let request = pb::GroupByReceiverRequest {
            merchant_id: merchant_id.to_string(),
            order_ids: asked.map(ToString::to_string).collect(),
        };
        let answer = self.orders.clone().group_by_receiver(request).await;
        let groups = answer.map_err(refused)?.into_inner().groups;
        let id = order_id.to_string();
        let ours = groups.iter().find(|group| group.order_ids.contains(&id));
        let is_ours = |other: &&OrderId| {
            ours.is_some_and(|group| group.order_ids.contains(&other.to_string()))
        };
        Ok(others.iter().filter(|o| !is_ours(o)).copied().collect())
    }

    /// One claim.
    pub async fn demand(
        &self,
        merchant_id: MerchantId,
        claim_id: ClaimId,
    ) -> Result<Demand, Error> {
        let request = pb::GetClaimRequest {
            merchant_id: merchant_id.to_string(),
            claim_id: claim_id.to_string(),
        };
        let answer = self.claims.clone().get_claim(request).await;
        let answer = answer.map_err(|status| match status.code() {
            Code::NotFound => Error::ClaimNotFound(claim_id),
            _ => refused(status),
        })?;
        let shown = answer.into_inner().claim.unwrap_or_default();
        parse_demand(claim_id, shown).map_err(|reason| {
            refused(Status::data_loss(format!(
                "a claim cannot be read: {reason}"
            )))
        })
    }

    /// One question.
    pub async fn question(
        &self,
        merchant_id: MerchantId,
        inquiry_id: InquiryId,
    ) -> Result<Question, Error> {
        let request = pb::GetInquiryRequest {
            merchant_id: merchant_id.to_string(),
            inquiry_id: inquiry_id.to_string(),
        };
        let answer = self.inquiries.clone().get_inquiry(request).await;
        let answer = answer.map_err(|status| match status.code() {
            Code::NotFound => Error::InquiryNotFound(inquiry_id),
            _ => refused(status),
        })?;
        let listed = answer.into_inner().inquiry.unwrap_or_default();
        parse_question(inquiry_id, listed).map_err(|reason| {
            refused(Status::data_loss(format!(
                "a question cannot be read: {reason}"
            )))
        })
    }
}

fn parse_demand(claim_id: ClaimId, shown: pb::ShownClaim) -> Result<Demand, String> {
    let offered = actions(shown.actions());
    let claim = shown.claim.ok_or("it is missing")?;
    let kind = match claim.kind() {
        pb::ClaimKind::Cancel => Some(ClaimKind::Cancel),
        pb::ClaimKind::StopShipment => Some(ClaimKind::StopShipment),
        pb::ClaimKind::Return => Some(ClaimKind::Return),
        pb::ClaimKind::Exchange => Some(ClaimKind::Exchange),
        pb::ClaimKind::Unspecified => None,
    };
    let is_open = matches!(
        claim.state(),
        pb::ClaimState::Requested | pb::ClaimState::Unspecified
    );
    let account = shown.channel_account_id.parse();
    let requested_at = parse_timestamp("requested_at", claim.requested_at);
    let order_id = Some(shown.order_id).filter(|id| !id.is_empty());
    let order_id = order_id.map(|id| id.parse()).transpose();
    let parcels = shown
        .reshipments
        .into_iter()
        .map(|parcel| parcel.channel_parcel_id);
    Ok(Demand {
        claim_id,
        channel_account_id: account.map_err(|error| format!("{error}"))?,
        channel_claim_id: claim.channel_claim_id,
        channel_order_id: shown.channel_order_id,
        order_id: order_id.map_err(|error| format!("{error}"))?,
        kind,
        requested_at: requested_at.map_err(|_| "requested_at is no time".to_owned())?,
        is_open,
        actions: offered,
        quantity: shown.quantity,
        reshipments: parcels.filter(|id| !id.is_empty()).collect(),
    })
}

fn parse_question(inquiry_id: InquiryId, listed: pb::ListedInquiry) -> Result<Question, String> {
    let inquiry = listed.inquiry.ok_or("it is missing")?;
    let kind = match inquiry.kind() {
        pb::InquiryKind::Product => InquiryKind::Product,
        pb::InquiryKind::Order => InquiryKind::Order,
        pb::InquiryKind::CallCenter => InquiryKind::CallCenter,
        pb::InquiryKind::Unspecified => return Err("its kind is unknown".to_owned()),
    };
    let state = match inquiry.state() {
        pb::InquiryState::Waiting | pb::InquiryState::Unspecified => QuestionState::Waiting,
        pb::InquiryState::Answered => QuestionState::Answered,
        pb::InquiryState::ToConfirm => QuestionState::ToConfirm,
        pb::InquiryState::Closed => QuestionState::Closed,
    };
    let account = inquiry.channel_account_id.parse();
    let asked_at = parse_timestamp("asked_at", inquiry.asked_at);
    let order_id = listed.order_ids.first().map(|id| id.parse()).transpose();
    Ok(Question {
        inquiry_id,
        channel_account_id: account.map_err(|error| format!("{error}"))?,
        kind,
        channel_inquiry_id: inquiry.channel_inquiry_id,
        asked_at: asked_at.map_err(|_| "asked_at is no time".to_owned())?,
        state,
        channel_parent_answer_id: inquiry.channel_parent_answer_id,
        order_id: order_id.map_err(|error| format!("{error}"))?,
    })
}

fn refused(status: Status) -> Error {
    Error::Upstream {
        service: "order-sync",
        source: Box::new(status),
    }
}
