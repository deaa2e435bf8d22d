//! The RPCs: parse, call, answer. A file per service of the contract, `convert*` for what goes out, `parse*` for what
//! comes in.

mod account_service;
mod allow;
mod call_log;
mod capabilities;
mod claims;
mod convert;
mod convert_capability;
mod convert_claim;
mod convert_inquiry;
mod convert_listing;
mod deadline;
mod drift;
mod inquiries;
mod listings;
mod parcels;
mod parse;
mod parse_operation;
mod parse_part;
mod service;
mod settlements;
mod status;
mod tell;

pub use convert_capability::channel_account;

use moa_outbox::FeedServer;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{GrpcServer, Identity, MAX_MESSAGE_BYTES};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events;

use pb::call_log_service_server::CallLogServiceServer;
use pb::channel_account_service_server::ChannelAccountServiceServer;
use pb::channel_capabilities_service_server::ChannelCapabilitiesServiceServer;
use pb::channel_claims_service_server::ChannelClaimsServiceServer;
use pb::channel_inquiries_service_server::ChannelInquiriesServiceServer;
use pb::channel_listings_service_server::ChannelListingsServiceServer;
use pb::channel_parcels_service_server::ChannelParcelsServiceServer;
use pb::channel_proxy_service_server::ChannelProxyServiceServer;
use pb::channel_settlements_service_server::ChannelSettlementsServiceServer;
use pb::drift_service_server::DriftServiceServer;

/// Raw pages are as long as channels make them.
macro_rules! bounded {
    ($server:ident, $service:expr) => {
        $server::new($service)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    };
}

/// The server with its door; what `run` serves and tests call.
pub fn server(app: App, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let feed = FeedServer::new(app.pool.clone(), app.outbox.clone(), events::TOPICS, cancel);
    let proxy = service::ChannelProxy { app: app.clone() };
    let claims = claims::ChannelClaims { app: app.clone() };
    let parcels = parcels::ChannelParcels { app: app.clone() };
    let inquiries = inquiries::ChannelInquiries { app: app.clone() };
    let listings = listings::ChannelListings { app: app.clone() };
    let settlements = settlements::ChannelSettlements { app: app.clone() };
    let capabilities = capabilities::ChannelCapabilities { app: app.clone() };
    let accounts = account_service::ChannelAccounts { app: app.clone() };
    let calls = call_log::CallLog { app: app.clone() };
    let drift = drift::Drift { app };
    GrpcServer::new(identity, allow::table())
        .add_service(bounded!(ChannelProxyServiceServer, proxy))
        .add_service(bounded!(ChannelClaimsServiceServer, claims))
        .add_service(bounded!(ChannelParcelsServiceServer, parcels))
        .add_service(bounded!(ChannelInquiriesServiceServer, inquiries))
        .add_service(bounded!(ChannelListingsServiceServer, listings))
        .add_service(bounded!(ChannelSettlementsServiceServer, settlements))
        .add_service(bounded!(ChannelCapabilitiesServiceServer, capabilities))
        .add_service(ChannelAccountServiceServer::new(accounts))
        .add_service(CallLogServiceServer::new(calls))
        .add_service(DriftServiceServer::new(drift))
        .add_service(feed)
}
