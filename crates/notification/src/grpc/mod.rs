//! The RPCs: parse, call, answer.

mod convert;
mod service;
mod status;

use std::sync::Arc;

use moa_effects::EffectsServer;
use moa_jobs::{Jobs, JobsServer};
use moa_outbox::FeedServer;
use moa_proto::moa::notification::v1::notification_service_server::NotificationServiceServer;
use moa_service::{AllowTable, GrpcServer, Identity, ServiceName};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events::MESSAGES;

const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";

fn allow_table() -> AllowTable {
    AllowTable::new(&[
        (
            ServiceName::AdminGateway,
            &[
                "moa.notification.v1.NotificationService/*",
                "moa.effects.v1.EffectsService/*",
                "moa.jobs.v1.JobsService/*",
                SUBSCRIBE,
            ],
        ),
        (ServiceName::Fulfillment, &[SUBSCRIBE]),
        (
            ServiceName::Demo,
            &[
                "moa.notification.v1.NotificationService/PutSender",
                "moa.notification.v1.NotificationService/ListSenders",
            ],
        ),
        (
            ServiceName::Cli,
            &[
                "moa.notification.v1.NotificationService/ListSenders",
                "moa.notification.v1.NotificationService/ListMessages",
                "moa.effects.v1.EffectsService/ListEffects",
                "moa.effects.v1.EffectsService/GetEffect",
            ],
        ),
    ])
}

/// The server with its door; what `run` serves and tests call.
pub fn server(
    app: Arc<App>,
    jobs: &Jobs,
    identity: Identity,
    cancel: CancellationToken,
) -> GrpcServer {
    let jobs = JobsServer::new(jobs.clone());
    let feed = FeedServer::new(app.db.clone(), app.outbox.clone(), &[MESSAGES], cancel);
    let effects = EffectsServer::new(app.db.clone(), app.ledger.clone());
    GrpcServer::new(identity, allow_table())
        .add_service(NotificationServiceServer::new(service::Notification {
            app,
        }))
        .add_service(effects)
        .add_service(jobs)
        .add_service(feed)
}
