//! The RPCs: parse, call, answer.

mod allow;
mod convert;
mod deadline;
mod parse;
mod service;
mod status;

use moa_outbox::FeedServer;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::ChannelProxyServiceServer;
use moa_service::{GrpcServer, Identity, MAX_MESSAGE_BYTES};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events;

/// The server with its door; what `run` serves and tests call.
pub fn server(app: App, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let feed = FeedServer::new(app.pool.clone(), app.outbox.clone(), events::TOPICS, cancel);
    let service = ChannelProxyServiceServer::new(service::ChannelProxy { app })
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    GrpcServer::new(identity, allow::table())
        .add_service(service)
        .add_service(feed)
}
