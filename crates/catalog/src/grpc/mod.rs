//! The RPCs: parse, call, answer.

pub(crate) mod convert;
mod parse;
mod service;
mod status;

use std::sync::Arc;

use moa_outbox::FeedServer;
use moa_proto::moa::catalog::v1::catalog_service_server::CatalogServiceServer;
use moa_service::{AllowTable, GrpcServer, Identity, ServiceName};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events::LISTINGS;

const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";

fn allow_table() -> AllowTable {
    AllowTable::new(&[
        (
            ServiceName::AdminGateway,
            &["moa.catalog.v1.CatalogService/*", SUBSCRIBE],
        ),
        (
            ServiceName::Fulfillment,
            &[
                "moa.catalog.v1.CatalogService/ResolveListings",
                "moa.catalog.v1.CatalogService/BatchGetVariants",
                SUBSCRIBE,
            ],
        ),
        (
            ServiceName::Demo,
            &[
                "moa.catalog.v1.CatalogService/CreateProduct",
                "moa.catalog.v1.CatalogService/ListProducts",
                "moa.catalog.v1.CatalogService/MapListing",
            ],
        ),
        (
            ServiceName::Cli,
            &[
                "moa.catalog.v1.CatalogService/ListProducts",
                "moa.catalog.v1.CatalogService/ListListings",
                "moa.catalog.v1.CatalogService/GetListingHistory",
            ],
        ),
    ])
}

/// The server with its door; what `run` serves and tests call.
pub fn server(app: Arc<App>, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let feed = FeedServer::new(app.db.clone(), app.outbox.clone(), &[LISTINGS], cancel);
    GrpcServer::new(identity, allow_table())
        .add_service(CatalogServiceServer::new(service::Catalog { app }))
        .add_service(feed)
}
