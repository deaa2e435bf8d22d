//! The generated contracts of every service, and nothing else.
//!
//! `proto/` at the root of the repository is the source; [`moa`] mirrors its packages, so
//! `moa.order_sync.v1.Order` is [`moa::order_sync::v1::Order`].

#![allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    reason = "generated code: its comments come from proto/ and its lints are buf's"
)]

include!(concat!(env!("OUT_DIR"), "/moa_protos.rs"));

/// Every file with its imports and comments, as gRPC reflection serves it.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

/// What `Debug` prints for a message that carries personal data or a secret.
macro_rules! opaque {
    ($($type:path),+ $(,)?) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("***")
            }
        })+
    };
}

opaque!(
    moa::channel_proxy::v1::Contact,
    moa::channel_proxy::v1::ClaimContact,
    moa::channel_proxy::v1::ChannelInquiry,
    moa::channel_proxy::v1::InquiryMessage,
    moa::channel_proxy::v1::InquiryAnswer,
    moa::channel_proxy::v1::CoupangCredentials,
    moa::order_sync::v1::OrderContact,
    moa::order_sync::v1::FindOrdersByPersonRequest,
    moa::order_sync::v1::InquiryThread,
    moa::order_sync::v1::InquiryThreadMessage,
    moa::order_sync::v1::ListedInquiry,
    moa::notification::v1::SolapiCredentials,
    moa::notification::v1::SlackCredentials,
    moa::checkout::v1::RegisterCustomerRequest,
    moa::checkout::v1::LogInRequest,
    moa::checkout::v1::CustomerSession,
    moa::checkout::v1::GetSessionRequest,
    moa::checkout::v1::LogOutRequest,
    moa::fulfillment::v1::AnswerInquiryRequest,
    moa::fulfillment::v1::GetActivationLinkResponse,
    moa::fulfillment::v1::PreviewActivationRequest,
    moa::fulfillment::v1::RedeemActivationRequest,
    moa::fulfillment::v1::RedeemActivationResponse,
);
