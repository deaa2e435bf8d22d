//! The other services, as the gateway asks them.

pub mod effects;

use moa_proto::moa::catalog::v1::catalog_service_client::CatalogServiceClient;
use moa_proto::moa::channel_proxy::v1::call_log_service_client::CallLogServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_account_service_client::ChannelAccountServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_proto::moa::channel_proxy::v1::drift_service_client::DriftServiceClient;
use moa_proto::moa::effects::v1::effects_service_client::EffectsServiceClient;
use moa_proto::moa::fulfillment::v1::affected_lines_service_client::AffectedLinesServiceClient;
use moa_proto::moa::fulfillment::v1::claim_decisions_service_client::ClaimDecisionsServiceClient;
use moa_proto::moa::fulfillment::v1::fulfillment_service_client::FulfillmentServiceClient;
use moa_proto::moa::fulfillment::v1::inquiry_answers_service_client::InquiryAnswersServiceClient;
use moa_proto::moa::jobs::v1::jobs_service_client::JobsServiceClient;
use moa_proto::moa::notification::v1::notification_service_client::NotificationServiceClient;
use moa_proto::moa::order_sync::v1::claims_service_client::ClaimsServiceClient;
use moa_proto::moa::order_sync::v1::coverage_service_client::CoverageServiceClient;
use moa_proto::moa::order_sync::v1::inquiries_service_client::InquiriesServiceClient;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_client::InquiryDeskServiceClient;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_proto::moa::order_sync::v1::retention_service_client::RetentionServiceClient;
use moa_service::{ClientFactory, ServiceChannel, ServiceName};

/// A client for each service; clones share the connections.
#[derive(Clone)]
pub struct Clients {
    /// Channel accounts.
    pub channel_proxy: ChannelProxyServiceClient<ServiceChannel>,
    /// The keeping of channel accounts: changes, keys, health.
    pub channel_upkeep: ChannelAccountServiceClient<ServiceChannel>,
    /// What was said to channels.
    pub channel_calls: CallLogServiceClient<ServiceChannel>,
    /// What channels say that we do not know.
    pub channel_drift: DriftServiceClient<ServiceChannel>,
    /// Contacts and the state of collection.
    pub order_sync: OrderSyncServiceClient<ServiceChannel>,
    /// After-sale demands.
    pub claims: ClaimsServiceClient<ServiceChannel>,
    /// What is done about them.
    pub claim_decisions: ClaimDecisionsServiceClient<ServiceChannel>,
    /// What buyers asked.
    pub inquiries: InquiriesServiceClient<ServiceChannel>,
    /// How operators share the work on them.
    pub inquiry_desk: InquiryDeskServiceClient<ServiceChannel>,
    /// What is answered to them.
    pub inquiry_answers: InquiryAnswersServiceClient<ServiceChannel>,
    /// How long personal data is kept.
    pub retention: RetentionServiceClient<ServiceChannel>,
    /// How completely the channels were read.
    pub coverage: CoverageServiceClient<ServiceChannel>,
    /// The schedule of every service that has one, with its name.
    pub jobs: Vec<(ServiceName, JobsServiceClient<ServiceChannel>)>,
    /// Shipments, entitlements, blockers.
    pub fulfillment: FulfillmentServiceClient<ServiceChannel>,
    /// What changed mappings mean for orders.
    pub affected_lines: AffectedLinesServiceClient<ServiceChannel>,
    /// Products and listings.
    pub catalog: CatalogServiceClient<ServiceChannel>,
    /// Senders.
    pub notification: NotificationServiceClient<ServiceChannel>,
    /// Every ledger of effects, with the name of the service that keeps it.
    pub effects: Vec<(ServiceName, EffectsServiceClient<ServiceChannel>)>,
}

impl Clients {
    /// Clients over the factory's channels.
    pub fn new(factory: &ClientFactory) -> Self {
        Self::over(|service| factory.channel(service))
    }

    /// Clients over given channels.
    pub fn over(channel: impl Fn(ServiceName) -> ServiceChannel) -> Self {
        let ledgers = [ServiceName::Fulfillment, ServiceName::Notification];
        let schedules = [ServiceName::OrderSync, ServiceName::Notification];
        Self {
            channel_proxy: ChannelProxyServiceClient::new(channel(ServiceName::ChannelProxy)),
            channel_upkeep: ChannelAccountServiceClient::new(channel(ServiceName::ChannelProxy)),
            channel_calls: CallLogServiceClient::new(channel(ServiceName::ChannelProxy)),
            channel_drift: DriftServiceClient::new(channel(ServiceName::ChannelProxy)),
            order_sync: OrderSyncServiceClient::new(channel(ServiceName::OrderSync)),
            claims: ClaimsServiceClient::new(channel(ServiceName::OrderSync)),
            claim_decisions: ClaimDecisionsServiceClient::new(channel(ServiceName::Fulfillment)),
            inquiries: InquiriesServiceClient::new(channel(ServiceName::OrderSync)),
            inquiry_desk: InquiryDeskServiceClient::new(channel(ServiceName::OrderSync)),
            inquiry_answers: InquiryAnswersServiceClient::new(channel(ServiceName::Fulfillment)),
            retention: RetentionServiceClient::new(channel(ServiceName::OrderSync)),
            coverage: CoverageServiceClient::new(channel(ServiceName::OrderSync)),
            jobs: schedules
                .map(|service| (service, JobsServiceClient::new(channel(service))))
                .into(),
            fulfillment: FulfillmentServiceClient::new(channel(ServiceName::Fulfillment)),
            affected_lines: AffectedLinesServiceClient::new(channel(ServiceName::Fulfillment)),
            catalog: CatalogServiceClient::new(channel(ServiceName::Catalog)),
            notification: NotificationServiceClient::new(channel(ServiceName::Notification)),
            effects: ledgers
                .map(|ledger| (ledger, EffectsServiceClient::new(channel(ledger))))
                .into(),
        }
    }
}
