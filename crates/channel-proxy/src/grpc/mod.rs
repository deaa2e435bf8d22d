//! The RPCs: parse, call, answer.

mod account_service;
mod allow;
mod call_log;
mod convert;
mod deadline;
mod drift;
mod parse;
mod service;
mod status;

use moa_outbox::FeedServer;
use moa_proto::moa::channel_proxy::v1::call_log_service_server::CallLogServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_account_service_server::ChannelAccountServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::ChannelProxyServiceServer;
use moa_proto::moa::channel_proxy::v1::drift_service_server::DriftServiceServer;
use moa_service::{GrpcServer, Identity, MAX_MESSAGE_BYTES};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events;

/// The server with its door; what `run` serves and tests call.
pub fn server(app: App, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let feed = FeedServer::new(app.pool.clone(), app.outbox.clone(), events::TOPICS, cancel);
    let accounts =
        ChannelAccountServiceServer::new(account_service::ChannelAccounts { app: app.clone() });
    let calls = CallLogServiceServer::new(call_log::CallLog { app: app.clone() });
    let drift = DriftServiceServer::new(drift::Drift { app: app.clone() });
    let service = ChannelProxyServiceServer::new(service::ChannelProxy { app })
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    GrpcServer::new(identity, allow::table())
        .add_service(service)
        .add_service(accounts)
        .add_service(calls)
        .add_service(drift)
        .add_service(feed)
}
