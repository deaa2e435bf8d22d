//! The service at work between its neighbours and the sandbox, with one merchant.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moa_effects::Ledger;
use moa_id::{EntitlementId, Ids, MerchantId, OrderId};
use moa_outbox::{NewEvent, Outbox};
use moa_proto::moa::effects::v1 as fx;
use moa_proto::moa::effects::v1::effects_service_client::EffectsServiceClient;
use moa_proto::moa::feed::v1::SubscribeRequest;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::fulfillment::v1 as ful;
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::notification::v1 as pb;
use moa_proto::moa::notification::v1::notification_service_client::NotificationServiceClient;
use moa_proto::moa::order_sync::v1 as ord;
use moa_service::{Clock, ServiceChannel, ServiceName, timestamp};
use moa_testkit::{eventually, identity, serve};
use moa_vault::{KeyRing, Vault};
use notification::{App, Config, Feeds, Fulfillment, Http, OrderSync};
use pb::put_sender_request::Credentials;
use prost::{Message, Name};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::neighbours::Neighbours;
use crate::world::World;

pub const PHONE: &str = "010-7531-8642";
pub const NAME: &str = "캐너리홍길동";
pub const TOKEN: &str = "canaryTokenAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub struct Stage {
    pub pool: PgPool,
    pub ids: Ids,
    pub clock: Clock,
    pub merchant: MerchantId,
    pub world: World,
    pub neighbours: Neighbours,
    app: Arc<App>,
    cancel: CancellationToken,
    _stop: DropGuard,
}

/// A digital product that somebody bought.
pub struct Granted {
    pub entitlement: EntitlementId,
    pub order: OrderId,
}

impl Stage {
    pub async fn new(pool: PgPool) -> Self {
        let cancel = CancellationToken::new();
        // SOLAPI judges signatures by the real time.
        let clock = Clock::system();
        let ids = Ids::system();
        let neighbours = Neighbours::new(pool.clone(), cancel.clone()).await;
        let app = Arc::new(App {
            db: pool.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            outbox: Outbox::new(notification::SCHEMA),
            ledger: Ledger::new(notification::SCHEMA),
            vault: Vault::new(notification::SCHEMA, Arc::new(KeyRing::generate())),
            order_sync: OrderSync::new(neighbours.order_sync().await),
            fulfillment: Fulfillment::new(neighbours.fulfillment().await),
            http: Http::new().unwrap(),
            deliveries: Arc::new(Notify::new()),
        });
        let feeds = Feeds {
            channel_proxy: neighbours.channel_proxy().await,
            fulfillment: neighbours.fulfillment().await,
            order_sync: neighbours.order_sync().await,
        };
        let config = Config {
            probe_spacing: Duration::from_secs(1),
            ..Config::default()
        };
        notification::start_workers(&app, &config, feeds, &cancel);
        Self {
            merchant: ids.next(),
            world: World::start().await,
            pool,
            ids,
            clock,
            neighbours,
            app,
            _stop: cancel.clone().drop_guard(),
            cancel,
        }
    }

    /// With SOLAPI and Slack registered at the sandbox.
    pub async fn with_senders(pool: PgPool) -> Self {
        let stage = Self::new(pool).await;
        stage.put(stage.solapi()).await.unwrap();
        stage.put(stage.slack()).await.unwrap();
        stage
    }

    pub async fn channel(&self, caller: ServiceName) -> ServiceChannel {
        let server = notification::grpc(
            Arc::clone(&self.app),
            &notification::schedule(&self.app, &Config::default(), &self.cancel),
            identity(ServiceName::Notification),
            self.cancel.clone(),
        );
        serve(server, ServiceName::Notification, caller).await
    }

    /// Looks at open questions, as the job does.
    pub async fn digest(&self) -> Result<notification::Digested, notification::Error> {
        self.app.digest_inquiries().await
    }

    pub async fn client(&self) -> NotificationServiceClient<ServiceChannel> {
        NotificationServiceClient::new(self.channel(ServiceName::AdminGateway).await)
    }

    /// The first SOLAPI account of the sandbox.
    pub fn solapi(&self) -> pb::PutSenderRequest {
        self.solapi_account(0)
    }

    /// Another one.
    pub fn other_solapi(&self) -> pb::PutSenderRequest {
        self.solapi_account(1)
    }

    fn solapi_account(&self, index: usize) -> pb::PutSenderRequest {
        let credential = |name| self.world.credential("solapi", index, name);
        let credentials = pb::SolapiCredentials {
            api_key: credential("api_key"),
            api_secret: credential("api_secret"),
            from: credential("from"),
        };
        pb::PutSenderRequest {
            merchant_id: self.merchant.to_string(),
            base_url: credential("base_url"),
            credentials: Some(Credentials::Solapi(credentials)),
        }
    }

    pub fn slack(&self) -> pb::PutSenderRequest {
        let webhook_url = self.world.credential("slack", 0, "webhook_url");
        pb::PutSenderRequest {
            merchant_id: self.merchant.to_string(),
            base_url: String::new(),
            credentials: Some(Credentials::Slack(pb::SlackCredentials { webhook_url })),
        }
    }

    pub async fn put(&self, request: pb::PutSenderRequest) -> Result<pb::Sender, tonic::Status> {
        let answer = self.client().await.put_sender(request).await?;
        Ok(answer.into_inner().sender.unwrap())
    }

    /// Somebody with this number bought an e-book; nobody was told yet.
    pub fn sell(&self, phone: &str) -> Granted {
        let granted = Granted {
            entitlement: self.ids.next(),
            order: self.ids.next(),
        };
        let contact = ord::OrderContact {
            order_id: granted.order.to_string(),
            contact_version: 1,
            orderer_name: NAME.to_owned(),
            orderer_phone: phone.to_owned(),
            receiver_name: NAME.to_owned(),
            ..Default::default()
        };
        let link = ful::GetActivationLinkResponse {
            url: format!("http://127.0.0.1:8081/a/{}#{TOKEN}", self.merchant),
            product_name: "러스트 입문 전자책".to_owned(),
            order_id: granted.order.to_string(),
        };
        self.neighbours
            .contacts
            .lock()
            .unwrap()
            .insert(granted.order.to_string(), contact);
        self.neighbours
            .links
            .lock()
            .unwrap()
            .insert(granted.entitlement.to_string(), link);
        granted
    }

    /// fulfillment tells that the product may be delivered.
    pub async fn grant(&self, granted: &Granted) {
        let entitlement = self.entitlement(granted, ful::EntitlementState::Granted, 1);
        let message = ful::EntitlementGranted {
            entitlement: Some(entitlement),
            product_name: "러스트 입문 전자책".to_owned(),
        };
        let event = self.event("entitlements", granted.entitlement.as_uuid(), 1, &message);
        self.neighbours.tell(&[event]).await;
    }

    /// fulfillment takes the entitlement back.
    pub async fn revoke(&self, granted: &Granted) {
        let entitlement = self.entitlement(granted, ful::EntitlementState::Revoked, 2);
        let message = ful::EntitlementChanged {
            entitlement: Some(entitlement),
        };
        let event = self.event("entitlements", granted.entitlement.as_uuid(), 2, &message);
        self.neighbours.tell(&[event]).await;
    }

    fn entitlement(
        &self,
        granted: &Granted,
        state: ful::EntitlementState,
        version: i64,
    ) -> ful::Entitlement {
        ful::Entitlement {
            entitlement_id: granted.entitlement.to_string(),
            version,
            order_id: granted.order.to_string(),
            state: state.into(),
            ..Default::default()
        }
    }

    pub fn order(&self, product: &str, amount_minor: i64, age: TimeDelta) -> ord::Order {
        let money = || {
            Some(Money {
                amount_minor,
                currency: "KRW".to_owned(),
            })
        };
        let line = ord::OrderLine {
            product_name: product.to_owned(),
            quantity: 1,
            line_total: money(),
            ..Default::default()
        };
        ord::Order {
            order_id: self.ids.next::<OrderId>().to_string(),
            version: 1,
            channel: "coupang".to_owned(),
            state: ord::OrderState::Placed.into(),
            ordered_at: Some(timestamp(self.clock.now() - age)),
            lines: vec![line],
            ..Default::default()
        }
    }

    /// order-sync tells of orders it saw for the first time, in one batch.
    pub async fn place(&self, orders: &[ord::Order]) {
        let event = |order: &ord::Order| {
            let message = ord::OrderPlaced {
                order: Some(order.clone()),
            };
            self.event("orders", order.order_id.parse().unwrap(), 1, &message)
        };
        let events: Vec<NewEvent> = orders.iter().map(event).collect();
        self.neighbours.tell(&events).await;
    }

    /// order-sync tells that the contact of an order was erased, and knows it no more.
    pub async fn erase_contact(&self, order: OrderId) {
        let erased = ord::OrderContact {
            order_id: order.to_string(),
            erased: true,
            ..Default::default()
        };
        self.neighbours
            .contacts
            .lock()
            .unwrap()
            .insert(order.to_string(), erased);
        let message = ord::OrderChanged {
            order: Some(ord::Order {
                order_id: order.to_string(),
                version: 2,
                contact_erased: true,
                ..Default::default()
            }),
        };
        let event = self.event("orders", order.as_uuid(), 2, &message);
        self.neighbours.tell(&[event]).await;
    }

    pub fn event<M: Message + Name>(
        &self,
        topic: &'static str,
        of: uuid::Uuid,
        version: i64,
        message: &M,
    ) -> NewEvent {
        NewEvent::new(
            self.ids.next(),
            self.merchant,
            topic,
            of,
            version,
            self.clock.now(),
            message,
        )
    }

    pub async fn messages(&self, order: OrderId) -> Vec<pb::Message> {
        let request = pb::ListMessagesRequest {
            merchant_id: self.merchant.to_string(),
            order_id: order.to_string(),
            ..Default::default()
        };
        self.client()
            .await
            .list_messages(request)
            .await
            .unwrap()
            .into_inner()
            .messages
    }

    /// An operator wishes a message sent once more.
    pub async fn resend(&self, message: &str, request: &str) -> Result<pb::Message, tonic::Status> {
        let request = pb::ResendMessageRequest {
            merchant_id: self.merchant.to_string(),
            message_id: message.to_owned(),
            request_id: request.to_owned(),
            operator: "operator-7".to_owned(),
        };
        let answer = self.client().await.resend_message(request).await?;
        Ok(answer.into_inner().message.unwrap())
    }

    /// The buyer's number is another one from now on.
    pub fn mend_phone(&self, granted: &Granted, phone: &str) {
        let mut contacts = self.neighbours.contacts.lock().unwrap();
        let contact = contacts.get_mut(&granted.order.to_string()).unwrap();
        contact.contact_version += 1;
        contact.orderer_phone = phone.to_owned();
    }

    /// Waits until the order's only message is in this state.
    pub async fn message_in(&self, order: OrderId, state: pb::MessageState) -> pb::Message {
        eventually(|| async {
            let messages = self.messages(order).await;
            messages
                .into_iter()
                .find(|message| message.state() == state)
        })
        .await
    }

    pub async fn effects(&self) -> Vec<fx::Effect> {
        let mut client = EffectsServiceClient::new(self.channel(ServiceName::Cli).await);
        let request = fx::ListEffectsRequest {
            merchant_id: self.merchant.to_string(),
            ..Default::default()
        };
        client
            .list_effects(request)
            .await
            .unwrap()
            .into_inner()
            .effects
    }

    /// Waits until an effect is in this state.
    pub async fn effect_in(&self, state: fx::EffectState) -> fx::Effect {
        eventually(|| async {
            let effects = self.effects().await;
            effects.into_iter().find(|effect| effect.state() == state)
        })
        .await
    }

    /// An operator sends it again.
    pub async fn redrive(&self, effect: &fx::Effect) {
        let mut client = EffectsServiceClient::new(self.channel(ServiceName::AdminGateway).await);
        let request = fx::RedriveEffectRequest {
            merchant_id: self.merchant.to_string(),
            effect_id: effect.effect_id.clone(),
            operator: "owner@moa.local".to_owned(),
            reason: "mended".to_owned(),
        };
        client.redrive_effect(request).await.unwrap();
    }

    /// The pause before the next attempt or probe is over.
    pub async fn let_time_pass(&self) {
        sqlx::query(
            "UPDATE notification.effects
             SET next_attempt_at = now()
             WHERE state IN ('RETRYABLE', 'UNKNOWN') AND next_attempt_at > now()",
        )
        .execute(&self.pool)
        .await
        .unwrap();
        self.app.ledger.wake();
    }

    /// The first `number` events of topic "messages": type, version, and the message itself.
    pub async fn told(&self, number: usize) -> Vec<(String, i64, prost::bytes::Bytes)> {
        let channel = self.channel(ServiceName::Fulfillment).await;
        let request = SubscribeRequest {
            topic: "messages".to_owned(),
            consumer: "fulfillment.messages".to_owned(),
            after: None,
        };
        let answer = FeedServiceClient::new(channel)
            .subscribe(request)
            .await
            .unwrap();
        let mut stream = answer.into_inner();
        let mut told = Vec::new();
        while told.len() < number {
            for event in stream.message().await.unwrap().unwrap().events {
                let short = event.r#type.rsplit('.').next().unwrap().to_owned();
                told.push((short, event.aggregate_version, event.payload));
            }
        }
        told
    }

    /// How many events of topic "messages" were written.
    pub async fn told_so_far(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM notification.outbox WHERE topic = 'messages'")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}
