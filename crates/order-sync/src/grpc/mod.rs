//! What others may ask: parse, call, answer.

mod claims;
pub(crate) mod convert;
mod convert_coverage;
mod convert_inquiry;
mod coverage;
mod inquiries;
mod inquiry_desk;
mod retention;
mod service;
mod status;

use moa_jobs::{Jobs, JobsServer};
use moa_outbox::FeedServer;
use moa_proto::moa::order_sync::v1::claims_service_server::ClaimsServiceServer;
use moa_proto::moa::order_sync::v1::coverage_service_server::CoverageServiceServer;
use moa_proto::moa::order_sync::v1::inquiries_service_server::InquiriesServiceServer;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_server::InquiryDeskServiceServer;
use moa_proto::moa::order_sync::v1::order_sync_service_server::OrderSyncServiceServer;
use moa_proto::moa::order_sync::v1::retention_service_server::RetentionServiceServer;
use moa_service::{AllowTable, GrpcServer, Identity, MAX_MESSAGE_BYTES, ServiceName};
use tokio_util::sync::CancellationToken;

use crate::App;
use claims::Claims;
use inquiries::Inquiries;
use inquiry_desk::InquiryDesk;
use retention::RetentionOf;
use service::Service;

const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";
const LIST_ORDERS: &str = "moa.order_sync.v1.OrderSyncService/ListOrders";
const GET_ORDER: &str = "moa.order_sync.v1.OrderSyncService/GetOrder";
const GET_CONTACTS: &str = "moa.order_sync.v1.OrderSyncService/GetContacts";
const GROUP_BY_RECEIVER: &str = "moa.order_sync.v1.OrderSyncService/GroupByReceiver";
const GET_CLAIM: &str = "moa.order_sync.v1.ClaimsService/GetClaim";
const GET_INQUIRY: &str = "moa.order_sync.v1.InquiriesService/GetInquiry";
const SUMMARIZE_INQUIRIES: &str = "moa.order_sync.v1.InquiryDeskService/SummarizeInquiries";
const LIST_COLLECTION: &str = "moa.order_sync.v1.OrderSyncService/ListCollection";
const LIST_COVERAGE: &str = "moa.order_sync.v1.CoverageService/ListCoverage";
const LIST_JOBS: &str = "moa.jobs.v1.JobsService/ListJobs";

/// Who may ask for what; everything else is refused.
fn allow_table() -> AllowTable {
    AllowTable::new(&[
        (
            ServiceName::AdminGateway,
            &[
                "moa.order_sync.v1.OrderSyncService/*",
                "moa.order_sync.v1.ClaimsService/*",
                "moa.order_sync.v1.InquiriesService/*",
                "moa.order_sync.v1.InquiryDeskService/*",
                "moa.order_sync.v1.CoverageService/*",
                "moa.order_sync.v1.RetentionService/*",
                "moa.jobs.v1.JobsService/*",
                SUBSCRIBE,
            ],
        ),
        (
            ServiceName::Notification,
            &[GET_CONTACTS, GET_ORDER, SUMMARIZE_INQUIRIES, SUBSCRIBE],
        ),
        (
            ServiceName::Fulfillment,
            &[
                GET_ORDER,
                LIST_ORDERS,
                GROUP_BY_RECEIVER,
                GET_CLAIM,
                GET_INQUIRY,
                SUBSCRIBE,
            ],
        ),
        (ServiceName::Catalog, &[SUBSCRIBE]),
        (
            ServiceName::Cli,
            &[
                LIST_ORDERS,
                GET_ORDER,
                LIST_COLLECTION,
                LIST_COVERAGE,
                LIST_JOBS,
            ],
        ),
    ])
}

/// The server with its RPCs and its feeds, topics "orders", "listings" and "inquiries". Open feeds end when `cancel` is.
pub fn grpc(app: &App, jobs: &Jobs, identity: Identity, cancel: CancellationToken) -> GrpcServer {
    let service = OrderSyncServiceServer::new(Service::new(app.clone()));
    let coverage = CoverageServiceServer::new(coverage::Coverage::new(app.clone()));
    let jobs = JobsServer::new(jobs.clone());
    let feed = FeedServer::new(
        app.pool.clone(),
        app.outbox.clone(),
        &["orders", "listings", "inquiries"],
        cancel,
    );
    let claims = ClaimsServiceServer::new(Claims { app: app.clone() });
    let inquiries = InquiriesServiceServer::new(Inquiries { app: app.clone() });
    let retention = RetentionServiceServer::new(RetentionOf { app: app.clone() });
    let desk = InquiryDeskServiceServer::new(InquiryDesk { app: app.clone() });
    GrpcServer::new(identity, allow_table())
        .add_service(service.max_encoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(claims.max_encoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(inquiries.max_encoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(desk)
        .add_service(coverage)
        .add_service(retention)
        .add_service(jobs)
        .add_service(feed)
}
