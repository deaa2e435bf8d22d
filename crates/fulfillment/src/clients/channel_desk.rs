//! What we tell a channel beside acknowledge and dispatch: each thing is one message, the same in the call that tells it
//! and in the probe that asks whether it happened.

use chrono::{DateTime, Utc};
use moa_effects::ClaimedEffect;
use moa_id::{ChannelAccountId, MerchantId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{reason_of, timestamp};
use pb::check_reply_request::Reply;
use pb::probe_effect_request::Intended;
use tonic::{Code, Status};

use super::channel_proxy::{ChannelProxy, patiently};
use crate::Error;
use crate::domain::inquiry::{InquiryKind, Unfit};

macro_rules! told {
    ($($(#[$doc:meta])+ $variant:ident: $client:ident.$method:ident($request:ident { $field:ident });)+) => {
        /// One thing to tell a channel.
        #[derive(Clone, PartialEq)]
        pub enum Told {
            $($(#[$doc])+ $variant(pb::$variant),)+
        }

        impl Told {
            /// One of ours among all that may be intended; none for a dispatch and whatever else goes other ways.
            pub fn of(intended: Intended) -> Option<Self> {
                match intended {
                    $(Intended::$variant(message) => Some(Self::$variant(message)),)+
                    _ => None,
                }
            }
        }

        impl From<Told> for Intended {
            fn from(told: Told) -> Self {
                match told { $(Told::$variant(message) => Self::$variant(message),)+ }
            }
        }

        impl ChannelProxy {
            /// Tells a channel one thing, as the effect's one write.
            pub async fn tell(&self, effect: &ClaimedEffect, told: Told) -> Result<pb::WriteResult, Status> {
                let merchant_id = effect.merchant_id.to_string();
                let channel_account_id = ChannelAccountId::from_uuid(effect.account_id).to_string();
                let effect_id = effect.effect_id.to_string();
                let fence = effect.fence;
                let result = match told {
                    $(Told::$variant(message) => {
                        let request = pb::$request {
                            merchant_id,
                            channel_account_id,
                            effect_id,
                            fence,
                            $field: Some(message),
                        };
                        let mut client = self.$client.clone();
                        client.$method(patiently(request)).await?.into_inner().result
                    })+
                };
                // Nothing proves what happened: the outcome is unclear.
                result.ok_or_else(|| Status::data_loss("channel-proxy's answer has no result"))
            }
        }
    };
}

/// By which a channel finds a question again.
pub fn inquiry_ref(
    kind: InquiryKind,
    channel_inquiry_id: &str,
    asked_at: DateTime<Utc>,
) -> pb::InquiryRef {
    let kind = match kind {
        InquiryKind::Product => pb::InquiryKind::Product,
        InquiryKind::Order => pb::InquiryKind::Order,
        InquiryKind::CallCenter => pb::InquiryKind::CallCenter,
    };
    pb::InquiryRef {
        kind: kind.into(),
        channel_inquiry_id: channel_inquiry_id.to_owned(),
        asked_at: Some(timestamp(asked_at)),
    }
}

told! {
    /// An answer to what a buyer asked.
    InquiryAnswer: inquiries.answer_inquiry(AnswerInquiryRequest { inquiry_answer });
    /// That something was read.
    InquiryConfirmation: inquiries.confirm_inquiry(ConfirmInquiryRequest { inquiry_confirmation });
    /// A parcel stays, as was asked.
    StopConfirmation: claims.confirm_stop(ConfirmStopRequest { stop_confirmation });
    /// A parcel had left before its stop was asked for.
    AlreadyShippedReport: claims.report_already_shipped(ReportAlreadyShippedRequest { already_shipped_report });
    /// A claim is granted: the channel refunds.
    ClaimApproval: claims.approve_claim(ApproveClaimRequest { claim_approval });
    /// A claim is refused.
    ClaimRejection: claims.reject_claim(RejectClaimRequest { claim_rejection });
    /// Goods are back.
    CollectionConfirmation: claims.confirm_collected(ConfirmCollectedRequest { collection_confirmation });
    /// Under which number goods come back.
    CollectionReport: claims.report_collection(ReportCollectionRequest { collection_report });
    /// An exchange's goods left.
    ExchangeReshipment: claims.reship_exchange(ReshipExchangeRequest { exchange_reshipment });
    /// A refund waits.
    ClaimHold: claims.hold_claim(HoldClaimRequest { claim_hold });
    /// A refund waits no more.
    ClaimRelease: claims.release_claim(ReleaseClaimRequest { claim_release });
}

impl ChannelProxy {
    /// Asks what became of one thing that was told.
    pub async fn probe_told(
        &self,
        effect: &ClaimedEffect,
        told: Told,
    ) -> Result<pb::ProbeEffectResponse, Status> {
        let request = pb::ProbeEffectRequest {
            merchant_id: effect.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            effect_id: effect.effect_id.to_string(),
            channel_order_id: String::new(),
            channel_parcel_id: String::new(),
            intended: Some(told.into()),
        };
        self.probe(request).await
    }

    /// What the account's channel would not take of this reply, by what is known before anything is sent.
    pub async fn check_reply(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
        reply: Reply,
    ) -> Result<Option<Unfit>, Error> {
        let request = pb::CheckReplyRequest {
            merchant_id: merchant_id.to_string(),
            channel_account_id: account_id.to_string(),
            reply: Some(reply),
        };
        let status = match self.inquiries.clone().check_reply(request).await {
            Ok(answer) => {
                let pb::CheckReplyResponse { reason, detail } = answer.into_inner();
                return Ok((!reason.is_empty()).then_some(Unfit { reason, detail }));
            }
            Err(status) => status,
        };
        match (status.code(), reason_of(&status)) {
            (Code::FailedPrecondition | Code::NotFound, Some(reason)) => Ok(Some(Unfit {
                reason,
                detail: status.message().to_owned(),
            })),
            // It is away, or of a release that checks only what it sends: the reply is looked at before it leaves anyway.
            (Code::Unavailable | Code::Unimplemented | Code::PermissionDenied, _) => {
                tracing::warn!("a reply could not be checked: {}", status.message());
                Ok(None)
            }
            _ => Err(Error::Upstream {
                service: "channel-proxy",
                source: Box::new(status),
            }),
        }
    }

    /// A question as it is now; none when the channel does not show it any more.
    pub async fn inquiry(
        &self,
        effect: &ClaimedEffect,
        inquiry: pb::InquiryRef,
    ) -> Result<Option<pb::ChannelInquiry>, Status> {
        let request = pb::FetchInquiryRequest {
            merchant_id: effect.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            call_class: pb::CallClass::Gate.into(),
            inquiry: Some(inquiry),
        };
        let answer = self
            .inquiries
            .clone()
            .fetch_inquiry(patiently(request))
            .await?
            .into_inner();
        Ok(answer.inquiry.filter(|_| !answer.gone))
    }

    /// A claim as it is now; none when the channel does not show it any more.
    pub async fn claim(
        &self,
        effect: &ClaimedEffect,
        claim: pb::ClaimRef,
    ) -> Result<Option<pb::ChannelClaim>, Status> {
        let request = pb::FetchClaimRequest {
            merchant_id: effect.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            call_class: pb::CallClass::Gate.into(),
            claim: Some(claim),
        };
        let answer = self
            .claims
            .clone()
            .fetch_claim(patiently(request))
            .await?
            .into_inner();
        Ok(answer.claim.filter(|_| !answer.gone))
    }
}
