//! Personal data goes when its time is over, or when somebody asks, and does not come back.

use chrono::TimeDelta;
use moa_id::{Ids, OperatorId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::jobs::v1::JobState;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::retention_service_client::RetentionServiceClient;
use moa_service::{ServiceChannel, ServiceName, reason_of};
use order_sync::{InquiryKind, Stream};
use sqlx::{AssertSqlSafe, PgPool};
use tonic::Status;

use crate::fake_inquiries::question;
use crate::rereads::{queue, settle};
use crate::world::{World, cancel};

const PRODUCT: Stream = Stream::Inquiries(InquiryKind::Product);
/// Of the order, its question and what the channel showed.
const CANARIES: [&str; 7] = [
    "김하늘",
    "이바다",
    "1234-5678",
    "01012345678",
    "9876-5432",
    "테헤란로",
    "색이 사진과 같나요",
];

fn operator() -> String {
    let operator_id: OperatorId = Ids::seeded(5).next();
    operator_id.to_string()
}

impl World {
    /// One order with one question, both read.
    async fn with_an_order_and_a_question(pool: PgPool) -> Self {
        let world = Self::new(pool).await;
        world.channel.place("1001", &["a"]);
        world.channel.place("2002", &["b"]);
        world.collect(Stream::OrdersPlaced).await;
        world
            .channel
            .ask(question("q1", "1001", "색이 사진과 같나요?"));
        world.channel.ask(question("q2", "2002", "언제 오나요?"));
        world.collect(PRODUCT).await;
        world
    }

    async fn retention(&self) -> RetentionServiceClient<ServiceChannel> {
        RetentionServiceClient::new(self.channel_to_us(ServiceName::AdminGateway).await)
    }

    async fn set_days(&self, channel: &str, days: i32) -> Result<pb::Retention, Status> {
        let request = pb::SetRetentionRequest {
            merchant_id: self.account.merchant_id.to_string(),
            channel: channel.to_owned(),
            days,
            operator_id: operator(),
        };
        let set = self.retention().await.set_retention(request).await?;
        Ok(set.into_inner().retention.unwrap())
    }

    async fn order(&self, channel_order_id: &str) -> pb::Order {
        let mut orders = self.orders().await.into_iter();
        orders
            .find(|order| order.channel_order_id == channel_order_id)
            .unwrap()
    }

    async fn erase(
        &self,
        channel_order_id: &str,
        even_if_open: bool,
    ) -> Result<pb::EraseContactResponse, Status> {
        let request = pb::EraseContactRequest {
            merchant_id: self.account.merchant_id.to_string(),
            order_id: self.order(channel_order_id).await.order_id,
            operator_id: operator(),
            reason: pb::ErasureReason::BuyerRequest.into(),
            even_if_open,
        };
        let erased = self.retention().await.erase_contact(request).await?;
        Ok(erased.into_inner())
    }

    /// Keys of sealed things that still open: (contacts, questions, raw pages).
    async fn living_keys(&self) -> (i64, i64, i64) {
        let mut counts = [0; 3];
        for (table, count) in ["order_contacts", "inquiries", "raw_pages"]
            .into_iter()
            .zip(&mut counts)
        {
            let sql = format!(
                "SELECT count(*) FROM order_sync.{table} t
                 JOIN order_sync.data_keys k ON k.data_key_id = t.data_key_id
                 WHERE k.wrapped IS NOT NULL AND t.sealed <> ''"
            );
            *count = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&self.pool)
                .await
                .unwrap();
        }
        counts.into()
    }

    async fn moved(&self, channel_order_id: &str, state: channel::LineState) {
        self.channel.move_to(channel_order_id, state);
        queue(self, channel_order_id, "DISPATCHED").await;
        settle(self).await;
    }
}

/// `InquiryErased`: what was said in a question is erased with its order's contact, or by its own age. Consumer:
/// fulfillment (destroys the words of its answer).
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_erased_order_leaves_nothing_that_opens_and_its_neighbour_everything(pool: PgPool) {
    let world = World::with_an_order_and_a_question(pool).await;
    // Moved once: the earlier contact is kept beside the one of now.
    world.channel.change("1001", |order| {
        order.contact.as_mut().unwrap().address1 = "서울특별시 강남구 테헤란로 7".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(world.count("earlier_contacts").await, 1);
    assert_eq!(world.living_keys().await.0, 2);

    let refused = world.erase("1001", false).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ORDER_STILL_OPEN"));
    let erased = world.erase("1001", true).await.unwrap();
    assert_eq!(erased.inquiries, 1);
    assert!(erased.raw_pages >= 3, "{erased:?}");
    assert_eq!(
        world.living_keys().await,
        (1, 1, 0),
        "the pages showed both orders"
    );
    assert_eq!(world.count("earlier_contacts").await, 0);
    let indexes: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.order_contacts
         WHERE erased_at IS NOT NULL
           AND coalesce(orderer_name_index, orderer_phone_index, orderer_last_digits_index, receiver_name_index,
                        receiver_phone_index, receiver_last_digits_index, receiver_place, receiver_name) IS NOT NULL",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(indexes, 0);

    let order = world.order("1001").await;
    assert!(order.contact_erased);
    assert_eq!(order.receiver, Some(channel::ReceiverMark::default()));
    let again = world.erase("1001", true).await.unwrap();
    assert_eq!((again.inquiries, again.raw_pages), (0, 0));
    assert_eq!(again.erased_at, erased.erased_at);
    assert_eq!(world.count("contact_erasures").await, 1);
    assert_eq!(world.told("InquiryErased").await, 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_the_channel_goes_on_showing_of_an_erased_order_is_not_kept(pool: PgPool) {
    let world = World::with_an_order_and_a_question(pool).await;
    world.erase("1001", true).await.unwrap();
    world.channel.change("1001", |order| {
        order.contact.as_mut().unwrap().receiver_name = "박산".to_owned();
        order.lines[0].product_name = "배".to_owned();
    });
    world
        .channel
        .ask(question("q1", "1001", "색이 사진과 정말 같나요?"));
    world.collect(Stream::OrdersPlaced).await;
    world.collect(PRODUCT).await;
    world.moved("1001", channel::LineState::Acknowledged).await;
    let claim = cancel("c1", "1001", channel::ClaimState::Requested, &[("a", 1)]);
    world.channel.claim(claim);
    world.collect(Stream::Claims).await;

    assert_eq!(
        world.order("1001").await.lines[0].product_name,
        "배",
        "the order itself goes on"
    );
    assert_eq!(world.living_keys().await, (1, 1, 0));
    for canary in CANARIES {
        assert_eq!(world.trace(canary).await, None, "{canary}");
    }
}

impl World {
    /// The table that shows a text in the open; none when there is none.
    async fn trace(&self, text: &str) -> Option<String> {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'order_sync'",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        for table in tables {
            let sql = format!("SELECT t::text FROM order_sync.{table} t");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&self.pool)
                .await
                .unwrap();
            let hex = hex::encode(text);
            if rows
                .iter()
                .any(|row| row.contains(text) || row.contains(&hex))
            {
                return Some(table);
            }
        }
        None
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_contact_goes_so_many_days_after_its_delivery(pool: PgPool) {
    let world = World::with_an_order_and_a_question(pool).await;
    world.moved("1001", channel::LineState::Delivered).await;
    world.set_days("", 10).await.unwrap();
    world.clock.advance(TimeDelta::days(9));
    let job = world.run_job("erase-contacts").await;
    assert_eq!(
        (job.state(), job.result.as_str()),
        (
            JobState::Succeeded,
            "erased 0 contact(s), 0 question(s) and 0 raw page(s) past their time"
        )
    );
    // Confirming the purchase later does not begin the time anew.
    world.moved("1001", channel::LineState::Confirmed).await;
    world.clock.advance(TimeDelta::days(2));
    let job = world.run_job("erase-contacts").await;
    assert!(
        job.result.starts_with("erased 1 contact(s), 1 question(s)"),
        "{job:?}"
    );
    assert!(world.order("1001").await.contact_erased);
    assert!(
        !world.order("2002").await.contact_erased,
        "it is not here yet"
    );
    let causes: Vec<String> = sqlx::query_scalar("SELECT cause FROM order_sync.contact_erasures")
        .fetch_all(&world.pool)
        .await
        .unwrap();
    assert_eq!(causes, ["RETENTION"]);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_open_claim_and_an_untold_delivery_keep_a_contact_longer(pool: PgPool) {
    let world = World::with_an_order_and_a_question(pool).await;
    world.set_days("", 1).await.unwrap();
    world.moved("1001", channel::LineState::Delivered).await;
    world.moved("2002", channel::LineState::Dispatched).await;
    let mut claim = cancel("c1", "1001", channel::ClaimState::Requested, &[("a", 1)]);
    claim.kind = channel::ClaimKind::Return.into();
    world.channel.claim(claim.clone());
    world.collect(Stream::Claims).await;
    world.clock.advance(TimeDelta::days(5));
    world.run_job("erase-contacts").await;
    assert_eq!(world.living_keys().await.0, 2);

    claim.state = channel::ClaimState::Withdrawn.into();
    world.channel.claim(claim);
    world.collect(Stream::Claims).await;
    // Nobody collected for days: what lies before the last hour is read as the past.
    world.collect_past(Stream::Claims).await;
    world.run_job("erase-contacts").await;
    assert!(world.order("1001").await.contact_erased);
    assert!(!world.order("2002").await.contact_erased);
    world.clock.advance(TimeDelta::days(27));
    world.run_job("erase-contacts").await;
    assert!(world.order("2002").await.contact_erased);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_channel_has_its_own_time_within_bounds(pool: PgPool) {
    let world = World::with_an_order_and_a_question(pool).await;
    let request = pb::GetRetentionRequest {
        merchant_id: world.account.merchant_id.to_string(),
    };
    let unset = world.retention().await.get_retention(request).await;
    let unset = unset.unwrap().into_inner().retention.unwrap();
    assert_eq!((unset.days, unset.kept_contacts), (90, 2));

    for (channel, days, field) in [("", 0, "days"), ("", 3651, "days"), ("쿠팡", 5, "channel")] {
        let refused = world.set_days(channel, days).await.unwrap_err();
        assert_eq!(moa_service::status::fields_of(&refused)[0].0, field);
    }
    world.set_days("", 30).await.unwrap();
    let own = world.set_days("coupang", 5).await.unwrap();
    assert_eq!((own.days, own.channels[0].days), (30, 5));
    world.moved("1001", channel::LineState::Delivered).await;
    world.clock.advance(TimeDelta::days(6));
    world.run_job("erase-contacts").await;
    assert!(world.order("1001").await.contact_erased);
    let back = world.set_days("coupang", 0).await.unwrap();
    assert_eq!((back.channels.len(), back.erased_contacts), (0, 1));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_address_of_before_is_shown_beside_the_one_of_now_and_the_look_is_recorded(
    pool: PgPool,
) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.change("1001", |order| {
        let contact = order.contact.as_mut().unwrap();
        contact.address1 = "부산광역시 해운대구 센텀중앙로 79".to_owned();
        // Masked, not another.
        contact.receiver_name = "이*다".to_owned();
        order.receiver = Some(channel::ReceiverMark {
            place: vec![3; 32].into(),
            name: Default::default(),
        });
    });
    world.collect(Stream::OrdersPlaced).await;
    let order = world.the_order().await;
    assert_eq!(order.contact_version, 2);
    let mark = order.receiver.unwrap();
    assert_eq!(
        (&mark.place[..], &mark.name[..]),
        (&[3; 32][..], &[2; 32][..])
    );

    let request = pb::GetContactChangeRequest {
        merchant_id: world.account.merchant_id.to_string(),
        order_id: order.order_id,
        since_version: 1,
        operator_id: operator(),
    };
    let mut gateway = world.client(ServiceName::AdminGateway).await;
    let change = gateway
        .get_contact_change(request)
        .await
        .unwrap()
        .into_inner();
    let (before, now) = (change.before.unwrap(), change.now.unwrap());
    assert!(before.address1.contains("테헤란로") && now.address1.starts_with("부산"));
    assert_eq!(
        now.receiver_name, "이바다",
        "a mask hides nothing that is known"
    );
    let versions: Vec<i64> = sqlx::query_scalar(
        "SELECT contact_version FROM order_sync.contact_accesses
         WHERE purpose = 'OPERATOR_REVEAL' ORDER BY contact_version",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(versions, [1, 2]);
}
