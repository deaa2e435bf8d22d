//! A gateway on a loopback port, with the other services played, and a browser of sorts.

use std::collections::HashMap;
use std::sync::Arc;

use admin_gateway::app::board_changes::{BoardChanges, PendingChanges};
use admin_gateway::app::passwords::Passwords;
use admin_gateway::clients::Clients;
use admin_gateway::domain::access::Role;
use admin_gateway::store::operators::{self, NewOperator, Operator};
use admin_gateway::{App, Config};
use moa_id::{Ids, MerchantId};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::catalog::v1::catalog_service_server::CatalogServiceServer;
use moa_proto::moa::channel_proxy::v1::call_log_service_server::CallLogServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_account_service_server::ChannelAccountServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::ChannelProxyServiceServer;
use moa_proto::moa::channel_proxy::v1::drift_service_server::DriftServiceServer;
use moa_proto::moa::effects::v1::effects_service_server::EffectsServiceServer;
use moa_proto::moa::fulfillment::v1::claim_decisions_service_server::ClaimDecisionsServiceServer;
use moa_proto::moa::fulfillment::v1::fulfillment_service_server::FulfillmentServiceServer;
use moa_proto::moa::fulfillment::v1::inquiry_answers_service_server::InquiryAnswersServiceServer;
use moa_proto::moa::jobs::v1::jobs_service_server::JobsServiceServer;
use moa_proto::moa::notification::v1::notification_service_server::NotificationServiceServer;
use moa_proto::moa::order_sync::v1::claims_service_server::ClaimsServiceServer;
use moa_proto::moa::order_sync::v1::coverage_service_server::CoverageServiceServer;
use moa_proto::moa::order_sync::v1::inquiries_service_server::InquiriesServiceServer;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_server::InquiryDeskServiceServer;
use moa_proto::moa::order_sync::v1::order_sync_service_server::OrderSyncServiceServer;
use moa_proto::moa::order_sync::v1::retention_service_server::RetentionServiceServer;
use moa_service::{AllowTable, Clock, GrpcServer, ServiceChannel, ServiceName};
use moa_testkit::{fixed_clock, identity, serve};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::channel_keeper::ChannelKeeper;
use crate::coverage::Collecting;
use crate::desk::Desk;
use crate::inquiry_desk::InquiryDesk;
use crate::jobs::Schedule;
use crate::players::{Catalog, ChannelProxy, Fulfillment, Ledger, OrderSync};
use crate::retention::Keeping;
use crate::senders::Notification;

pub struct Stage {
    pub app: Arc<App>,
    pub clock: Clock,
    pub ids: Ids,
    pub pool: PgPool,
    pub home: TempDir,
    pub base: String,
    pub http: reqwest::Client,
    pub fulfillment: Fulfillment,
    pub order_sync: OrderSync,
    pub desk: Desk,
    pub inquiry_desk: InquiryDesk,
    pub collecting: Collecting,
    pub keeping: Keeping,
    pub schedule: Schedule,
    pub notification_schedule: Schedule,
    pub channel_proxy: ChannelProxy,
    pub keeper: ChannelKeeper,
    pub catalog: Catalog,
    pub notification: Notification,
    pub fulfillment_ledger: Ledger,
    pub notification_ledger: Ledger,
    _stop: DropGuard,
}

/// Somebody who is logged in.
pub struct Session<'a> {
    stage: &'a Stage,
    pub cookie: String,
    pub merchant: MerchantId,
}

impl Stage {
    pub async fn new(pool: PgPool) -> Self {
        let (fulfillment, order_sync) = (Fulfillment::default(), OrderSync::default());
        let (channel_proxy, catalog) = (ChannelProxy::default(), Catalog::default());
        let desk = Desk::default();
        let inquiry_desk = InquiryDesk::default();
        let keeper = ChannelKeeper::default();
        let keeping = Keeping::default();
        let (collecting, schedule) = (Collecting::default(), Schedule::default());
        let notification_schedule = Schedule::default();
        let notification = Notification::default();
        let (fulfillment_ledger, notification_ledger) = (Ledger::default(), Ledger::default());
        let mut channels = HashMap::new();
        for (name, server) in [
            (
                ServiceName::Fulfillment,
                server(ServiceName::Fulfillment)
                    .add_service(FulfillmentServiceServer::new(fulfillment.clone()))
                    .add_service(InquiryAnswersServiceServer::new(desk.clone()))
                    .add_service(ClaimDecisionsServiceServer::new(desk.clone()))
                    .add_service(EffectsServiceServer::new(fulfillment_ledger.clone())),
            ),
            (
                ServiceName::Notification,
                server(ServiceName::Notification)
                    .add_service(NotificationServiceServer::new(notification.clone()))
                    .add_service(EffectsServiceServer::new(notification_ledger.clone()))
                    .add_service(JobsServiceServer::new(notification_schedule.clone())),
            ),
            (
                ServiceName::OrderSync,
                server(ServiceName::OrderSync)
                    .add_service(OrderSyncServiceServer::new(order_sync.clone()))
                    .add_service(InquiriesServiceServer::new(desk.clone()))
                    .add_service(InquiryDeskServiceServer::new(inquiry_desk.clone()))
                    .add_service(ClaimsServiceServer::new(desk.clone()))
                    .add_service(CoverageServiceServer::new(collecting.clone()))
                    .add_service(RetentionServiceServer::new(keeping.clone()))
                    .add_service(JobsServiceServer::new(schedule.clone())),
            ),
            (
                ServiceName::ChannelProxy,
                server(ServiceName::ChannelProxy)
                    .add_service(ChannelProxyServiceServer::new(channel_proxy.clone()))
                    .add_service(ChannelAccountServiceServer::new(keeper.clone()))
                    .add_service(CallLogServiceServer::new(keeper.clone()))
                    .add_service(DriftServiceServer::new(keeper.clone())),
            ),
            (
                ServiceName::Catalog,
                server(ServiceName::Catalog)
                    .add_service(CatalogServiceServer::new(catalog.clone())),
            ),
        ] {
            channels.insert(name, serve(server, name, ServiceName::AdminGateway).await);
        }
        let home = TempDir::new().unwrap();
        let (clock, ids) = (fixed_clock(), Ids::seeded(7));
        let stopping = CancellationToken::new();
        let app = Arc::new(App {
            config: Config {
                merchant_name: "모아상점".to_owned(),
                public_url: None,
                login_file: home.path().join("admin.json"),
            },
            db: pool.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            clients: Clients::over(|name| -> ServiceChannel { channels[&name].clone() }),
            board_changes: BoardChanges::default(),
            passwords: Passwords::default(),
            stopping: stopping.clone(),
        });
        app.first_start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(admin_gateway::http::serve(
            Arc::clone(&app),
            listener,
            stopping.clone(),
        ));
        let http = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            app,
            clock,
            ids,
            pool,
            home,
            base,
            http,
            fulfillment,
            order_sync,
            desk,
            inquiry_desk,
            collecting,
            keeping,
            schedule,
            notification_schedule,
            channel_proxy,
            keeper,
            catalog,
            notification,
            fulfillment_ledger,
            notification_ledger,
            _stop: stopping.drop_guard(),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub fn owners_login(&self) -> Value {
        let text = std::fs::read_to_string(&self.app.config.login_file).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub async fn log_in(&self, login: &Value) -> Response {
        let request = self.request(Method::POST, "/api/v1/session").json(login);
        request.send().await.unwrap()
    }

    pub async fn owner(&self) -> Session<'_> {
        self.session(&self.owners_login()).await
    }

    /// Hires somebody and logs them in.
    pub async fn colleague(&self, role: Role) -> Session<'_> {
        let owner = self.owner().await;
        let email = format!("{}@moa.local", role.as_str().to_lowercase());
        let password = SecretString::from("a password of theirs");
        let colleague = NewOperator {
            operator: Operator {
                merchant_id: owner.merchant,
                merchant_name: String::new(),
                operator_id: self.ids.next(),
                email: email.clone(),
                name: "동료".to_owned(),
                role,
                locale: "ko".to_owned(),
            },
            password_hash: self.app.passwords.hash(&password).await.unwrap(),
            created_at: self.clock.now(),
        };
        let mut conn = self.pool.acquire().await.unwrap();
        operators::insert(&mut conn, &colleague).await.unwrap();
        let login = json!({ "email": email, "password": "a password of theirs" });
        self.session(&login).await
    }

    async fn session(&self, login: &Value) -> Session<'_> {
        let response = self.log_in(login).await;
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = response.json().await.unwrap();
        let merchant = body["merchant"]["id"].as_str().unwrap().parse().unwrap();
        Session {
            stage: self,
            cookie,
            merchant,
        }
    }

    pub fn pending(&self) -> PendingChanges {
        PendingChanges::new(self.app.board_changes.clone())
    }

    /// Applies a batch as the feed's consumer would.
    pub async fn apply(&self, handler: &dyn FeedHandler, events: &[FeedEvent]) {
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        handler.apply(&mut tx, events).await.unwrap();
        tx.commit().await.unwrap();
        handler.after_commit();
    }
}

impl Session<'_> {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.stage
            .request(method, path)
            .header("cookie", &self.cookie)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The JSON of an answer that is fine.
    pub async fn read(&self, path: &str) -> Value {
        let response = self.get(path).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, path).json(body);
        request.send().await.unwrap()
    }

    pub async fn put(&self, path: &str, body: &Value) -> Response {
        let request = self.request(Method::PUT, path).json(body);
        request.send().await.unwrap()
    }

    pub async fn post_once(&self, path: &str, body: &Value, key: &str) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("idempotency-key", key);
        request.json(body).send().await.unwrap()
    }
}

fn server(name: ServiceName) -> GrpcServer {
    let rpcs: &[&str] = &[
        "moa.catalog.v1.CatalogService/*",
        "moa.channel_proxy.v1.ChannelProxyService/*",
        "moa.channel_proxy.v1.ChannelAccountService/*",
        "moa.channel_proxy.v1.CallLogService/*",
        "moa.channel_proxy.v1.DriftService/*",
        "moa.effects.v1.EffectsService/*",
        "moa.fulfillment.v1.FulfillmentService/*",
        "moa.fulfillment.v1.InquiryAnswersService/*",
        "moa.fulfillment.v1.ClaimDecisionsService/*",
        "moa.notification.v1.NotificationService/*",
        "moa.jobs.v1.JobsService/*",
        "moa.order_sync.v1.CoverageService/*",
        "moa.order_sync.v1.RetentionService/*",
        "moa.order_sync.v1.OrderSyncService/*",
        "moa.order_sync.v1.InquiriesService/*",
        "moa.order_sync.v1.InquiryDeskService/*",
        "moa.order_sync.v1.ClaimsService/*",
    ];
    let allow = AllowTable::new(&[(ServiceName::AdminGateway, rpcs)]);
    GrpcServer::new(identity(name), allow)
}

/// A problem document with its status and media type checked.
pub async fn problem(response: Response, status: u16, reason: &str) -> Value {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.status(), status);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["reason"], reason, "{body}");
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("urn:moa:problem:{reason}"));
    assert!(!body["title"].as_str().unwrap().is_empty(), "{body}");
    assert!(!body["request_id"].as_str().unwrap().is_empty(), "{body}");
    body
}
