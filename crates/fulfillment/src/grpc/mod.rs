//! The RPCs: parse, call, answer.

mod affected_lines;
mod claim_decisions;
mod convert;
mod inquiry_answers;
mod redrives;
mod service;
mod status;

use std::sync::Arc;

use moa_effects::EffectsServer;
use moa_outbox::FeedServer;
use moa_proto::moa::fulfillment::v1::affected_lines_service_server::AffectedLinesServiceServer;
use moa_proto::moa::fulfillment::v1::claim_decisions_service_server::ClaimDecisionsServiceServer;
use moa_proto::moa::fulfillment::v1::fulfillment_service_server::FulfillmentServiceServer;
use moa_proto::moa::fulfillment::v1::inquiry_answers_service_server::InquiryAnswersServiceServer;
use moa_service::{AllowTable, GrpcServer, Identity, ServiceName};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::events::TOPICS;
use affected_lines::AffectedLines;
use claim_decisions::ClaimDecisions;
use inquiry_answers::InquiryAnswers;
use redrives::Redrives;
use service::FulfillmentGrpc;

/// Who may call what.
fn allow() -> AllowTable {
    const FEED: &str = "moa.feed.v1.FeedService/Subscribe";
    AllowTable::new(&[
        (
            ServiceName::AdminGateway,
            &[
                "moa.fulfillment.v1.FulfillmentService/CreateShipment",
                "moa.fulfillment.v1.FulfillmentService/DispatchShipment",
                "moa.fulfillment.v1.FulfillmentService/CancelShipment",
                "moa.fulfillment.v1.FulfillmentService/ConfirmReceiver",
                "moa.fulfillment.v1.FulfillmentService/GetShipment",
                "moa.fulfillment.v1.FulfillmentService/ListShipments",
                "moa.fulfillment.v1.FulfillmentService/ExplainOrder",
                "moa.fulfillment.v1.FulfillmentService/ListEntitlements",
                "moa.fulfillment.v1.AffectedLinesService/*",
                "moa.fulfillment.v1.ClaimDecisionsService/*",
                "moa.fulfillment.v1.InquiryAnswersService/*",
                "moa.effects.v1.EffectsService/*",
                FEED,
            ],
        ),
        (
            ServiceName::Notification,
            &[
                "moa.fulfillment.v1.FulfillmentService/GetActivationLink",
                FEED,
            ],
        ),
        (ServiceName::OrderSync, &[FEED]),
        (
            ServiceName::StoreGateway,
            &[
                "moa.fulfillment.v1.FulfillmentService/PreviewActivation",
                "moa.fulfillment.v1.FulfillmentService/RedeemActivation",
            ],
        ),
        (
            ServiceName::Cli,
            &[
                "moa.fulfillment.v1.FulfillmentService/ListShipments",
                "moa.fulfillment.v1.FulfillmentService/GetShipment",
                "moa.fulfillment.v1.FulfillmentService/ExplainOrder",
                "moa.effects.v1.EffectsService/ListEffects",
                "moa.effects.v1.EffectsService/GetEffect",
            ],
        ),
    ])
}

/// The server with everything this service answers. Feeds end when `cancel` comes.
pub fn server(app: Arc<App>, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let feed = FeedServer::new(app.db.clone(), app.outbox.clone(), TOPICS, cancel);
    let guard = Arc::new(Redrives(app.clone()));
    let effects = EffectsServer::guarded(app.db.clone(), app.ledger.clone(), guard);
    let decisions = ClaimDecisionsServiceServer::new(ClaimDecisions { app: app.clone() });
    let affected = AffectedLinesServiceServer::new(AffectedLines { app: app.clone() });
    let answers = InquiryAnswersServiceServer::new(InquiryAnswers { app: app.clone() });
    GrpcServer::new(identity, allow())
        .add_service(FulfillmentServiceServer::new(FulfillmentGrpc { app }))
        .add_service(answers)
        .add_service(affected)
        .add_service(decisions)
        .add_service(effects)
        .add_service(feed)
}
