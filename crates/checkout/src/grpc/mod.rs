//! The RPCs: parse, call, answer.

mod service;
mod status;

use std::sync::Arc;

use moa_proto::moa::checkout::v1::checkout_service_server::CheckoutServiceServer;
use moa_service::{AllowTable, GrpcServer, Identity, ServiceName};

use crate::app::App;

/// The server with its door; what `run` serves and tests call.
pub fn server(app: Arc<App>, identity: Identity) -> GrpcServer {
    let allow = AllowTable::new(&[(
        ServiceName::StoreGateway,
        &["moa.checkout.v1.CheckoutService/*"],
    )]);
    GrpcServer::new(identity, allow)
        .add_service(CheckoutServiceServer::new(service::Checkout { app }))
}
