//! What buyers ask: collected, kept sealed, shown masked, urgent when it cannot wait.

use chrono::TimeDelta;
use moa_id::{Ids, OperatorId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiries_service_client::InquiriesServiceClient;
use moa_service::{ServiceChannel, ServiceName, reason_of};
use moa_testkit::a_friday;
use order_sync::{InquiryKind, Stream};
use sqlx::PgPool;
use tonic::{Code, Status};

use crate::fake_inquiries::{message, question};
use crate::world::{World, cancel};

pub(crate) const PRODUCT: Stream = Stream::Inquiries(InquiryKind::Product);
const CALL_CENTER: Stream = Stream::Inquiries(InquiryKind::CallCenter);

impl World {
    pub(crate) async fn inquiries(&self) -> InquiriesServiceClient<ServiceChannel> {
        InquiriesServiceClient::new(self.channel_to_us(ServiceName::AdminGateway).await)
    }

    pub(crate) async fn listed(
        &self,
        change: impl FnOnce(&mut pb::ListInquiriesRequest),
    ) -> Vec<pb::ListedInquiry> {
        let mut request = pb::ListInquiriesRequest {
            merchant_id: self.account.merchant_id.to_string(),
            ..Default::default()
        };
        change(&mut request);
        let mut client = self.inquiries().await;
        let response = client.list_inquiries(request).await.unwrap();
        response.into_inner().inquiries
    }

    async fn the_inquiry(&self) -> pb::ListedInquiry {
        let mut listed = self.listed(|_| {}).await;
        assert_eq!(listed.len(), 1);
        listed.remove(0)
    }

    async fn thread(&self, inquiry_id: &str) -> Result<pb::GetInquiryThreadResponse, Status> {
        let operator_id: OperatorId = Ids::seeded(5).next();
        let request = pb::GetInquiryThreadRequest {
            merchant_id: self.account.merchant_id.to_string(),
            inquiry_id: inquiry_id.to_owned(),
            operator_id: operator_id.to_string(),
        };
        let mut client = self.inquiries().await;
        Ok(client.get_inquiry_thread(request).await?.into_inner())
    }
}

pub(crate) fn facts(listed: &pb::ListedInquiry) -> &pb::Inquiry {
    listed.inquiry.as_ref().unwrap()
}

/// `InquiryReceived` and `InquiryChanged`: told at first sight and with every change. Consumers: none yet.
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_question_is_collected_once_and_its_answer_follows(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let mut asked = question("q1", "1001", "색이 사진과 같나요? 010-1234-5678");
    world.channel.ask(asked.clone());
    let collected = world.collect(PRODUCT).await;
    assert_eq!((collected.rows, collected.changed), (1, 1));

    let seen = world.the_inquiry().await;
    assert_eq!(facts(&seen).state(), pb::InquiryState::Waiting);
    assert_eq!(seen.order_ids, [world.the_order().await.order_id]);
    assert_eq!(seen.masked_excerpt, "색이 사진과 같나요? ***-****-****");
    assert_eq!(seen.urgency(), pb::InquiryUrgency::Normal);

    // The same page again writes nothing.
    assert_eq!(world.collect(PRODUCT).await.changed, 0);

    asked.state = channel::InquiryState::Answered.into();
    let answered_at = a_friday() + TimeDelta::minutes(3);
    let author = channel::InquiryAuthor::Merchant;
    asked.messages = vec![message("a1", author, answered_at, "네, 같습니다.")];
    world.channel.ask(asked);
    world.collect(PRODUCT).await;
    let seen = world.the_inquiry().await;
    assert_eq!(
        (facts(&seen).version, facts(&seen).state()),
        (2, pb::InquiryState::Answered)
    );
    assert!(
        world
            .listed(|request| request.open_only = true)
            .await
            .is_empty()
    );
    assert_eq!(world.told("InquiryReceived").await, 1);
    assert_eq!(world.told("InquiryChanged").await, 1);

    let opened = world.thread(&facts(&seen).inquiry_id).await.unwrap();
    let thread = opened.thread.unwrap();
    assert_eq!(thread.text, "색이 사진과 같나요? 010-1234-5678");
    assert_eq!(thread.asked_by, "hong****");
    assert_eq!(thread.messages[0].text, "네, 같습니다.");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_was_said_stands_sealed_and_each_look_is_written_down(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .channel
        .ask(question("q1", "1001", "카나리아 문장입니다"));
    world.collect(PRODUCT).await;
    let id = facts(&world.the_inquiry().await).inquiry_id.clone();
    assert_eq!(
        world.count("inquiry_accesses").await,
        0,
        "a list is no look"
    );
    world.thread(&id).await.unwrap();
    assert_eq!(world.count("inquiry_accesses").await, 1);
    for table in ["inquiries", "outbox", "raw_pages", "inquiry_accesses"] {
        let sql =
            format!("SELECT count(*) FROM order_sync.{table} t WHERE t::text LIKE '%카나리아%'");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(found, 0, "{table} holds what was said");
        // bytea prints as hex: the letters of the first word in UTF-8.
        let sql = format!(
            "SELECT count(*) FROM order_sync.{table} t WHERE t::text LIKE '%ecb9b4eb8298%'"
        );
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(found, 0, "{table} holds what was said");
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_destroyed_key_leaves_no_words_and_is_not_filled_again(pool: PgPool) {
    let world = World::new(pool).await;
    let mut asked = question("q1", "1001", "지워 주세요");
    world.channel.ask(asked.clone());
    world.collect(PRODUCT).await;
    sqlx::query(
        "UPDATE order_sync.data_keys k SET wrapped = NULL, destroyed_at = now()
         FROM order_sync.inquiries i WHERE i.data_key_id = k.data_key_id",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    asked.text = "지워 주세요, 또 왔습니다".to_owned();
    world.channel.ask(asked);
    world.collect(PRODUCT).await;
    let seen = world.the_inquiry().await;
    assert_eq!(seen.masked_excerpt, "");
    let opened = world.thread(&facts(&seen).inquiry_id).await.unwrap();
    assert!(opened.erased && opened.thread.is_none());
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_claim_words_and_the_deadline_make_a_question_urgent(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.ask(question("calm", "1001", "색이 뭔가요?"));
    world
        .channel
        .ask(question("hurry", "1002", "빨리 환불해 주세요"));
    world.collect(PRODUCT).await;
    let urgent = async || {
        let listed = world.listed(|request| request.urgent_only = true).await;
        let mut names: Vec<(String, String)> = listed
            .iter()
            .map(|one| {
                (
                    facts(one).channel_inquiry_id.clone(),
                    one.urgent_because.clone(),
                )
            })
            .collect();
        names.sort();
        // The list's filter and the rule say the same.
        for one in world.listed(|_| {}).await {
            let is_named = names
                .iter()
                .any(|(id, _)| *id == facts(&one).channel_inquiry_id);
            assert_eq!(one.urgency() == pb::InquiryUrgency::Urgent, is_named);
        }
        names
    };
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(id, why)| ((*id).to_owned(), (*why).to_owned()))
            .collect()
    };
    assert_eq!(urgent().await, named(&[("hurry", "WORDS")]));

    let demand = cancel("c1", "1001", channel::ClaimState::Requested, &[("a", 1)]);
    world.channel.claim(demand);
    world.collect(Stream::Claims).await;
    assert_eq!(
        urgent().await,
        named(&[("calm", "CLAIM"), ("hurry", "WORDS")])
    );

    let withdrawn = cancel("c1", "1001", channel::ClaimState::Withdrawn, &[("a", 1)]);
    world.channel.claim(withdrawn);
    world.collect(Stream::Claims).await;
    assert_eq!(urgent().await, named(&[("hurry", "WORDS")]));
    world.clock.advance(TimeDelta::hours(17));
    assert_eq!(
        urgent().await,
        named(&[("calm", "DEADLINE"), ("hurry", "WORDS")])
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_call_centre_s_follow_up_waits_again(pool: PgPool) {
    let world = World::new(pool).await;
    let author = channel::InquiryAuthor::Channel;
    let mut counsel = channel::ChannelInquiry {
        kind: channel::InquiryKind::CallCenter.into(),
        text: String::new(),
        messages: vec![channel::InquiryMessage {
            needs_answer: true,
            ..message("m1", author, a_friday(), "배송이 늦는다고 합니다")
        }],
        ..question("c1", "1001", "")
    };
    world.channel.ask(counsel.clone());
    world.collect(CALL_CENTER).await;
    let seen = world.the_inquiry().await;
    assert_eq!(facts(&seen).channel_parent_answer_id, "m1");

    let later = a_friday() + TimeDelta::hours(2);
    counsel.messages = vec![
        message("m1", author, a_friday(), "배송이 늦는다고 합니다"),
        message(
            "m2",
            channel::InquiryAuthor::Merchant,
            a_friday(),
            "내일 갑니다",
        ),
        channel::InquiryMessage {
            needs_answer: true,
            ..message("m3", author, later, "아직이라고 합니다")
        },
    ];
    world.channel.ask(counsel);
    world.clock.advance(TimeDelta::hours(2));
    world.collect(CALL_CENTER).await;
    let seen = world.the_inquiry().await;
    assert_eq!(facts(&seen).channel_parent_answer_id, "m3");
    let by = facts(&seen).answer_by.unwrap().seconds;
    assert_eq!(by, (later + TimeDelta::hours(24)).timestamp());
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_bad_question_holds_up_only_itself(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .channel
        .ask(question("long", "1001", &"가".repeat(20_001)));
    world.channel.ask(question("good", "1002", "있나요?"));
    let collected = world.collect(PRODUCT).await;
    assert_eq!((collected.changed, collected.parked), (1, 1));
    assert_eq!(facts(&world.the_inquiry().await).channel_inquiry_id, "good");
    let reason: String = sqlx::query_scalar("SELECT reason FROM order_sync.parked_rows")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(reason, "text must have at most 20000 characters and no NUL");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_unknown_question_is_refused_by_name_and_words_are_for_the_gateway_alone(pool: PgPool) {
    let world = World::new(pool).await;
    let id = Ids::seeded(8).uuid().to_string();
    let refused = world.thread(&id).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("INQUIRY_NOT_FOUND"));
    let channel = world.channel_to_us(ServiceName::Fulfillment).await;
    let mut fulfillment = InquiriesServiceClient::new(channel);
    let refused = fulfillment
        .get_inquiry_thread(pb::GetInquiryThreadRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_kinds_that_a_channel_declares_are_the_streams_of_its_accounts(pool: PgPool) {
    let world = World::new(pool).await;
    let told = |operations: Vec<i32>| channel::ChannelAccount {
        channel_account_id: world.account.channel_account_id.to_string(),
        merchant_id: world.account.merchant_id.to_string(),
        channel: "coupang".to_owned(),
        state: channel::ChannelAccountState::Active.into(),
        version: 1,
        capabilities: Some(channel::ChannelCapabilities {
            order_discovery: channel::OrderDiscovery::BoxesByState.into(),
            operations,
            inquiry_kinds: vec![channel::InquiryKind::CallCenter.into()],
            answer_within: Some(prost_types::Duration {
                seconds: 86_400,
                nanos: 0,
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let stored = async || -> (Vec<String>, Option<i64>) {
        sqlx::query_as(
            "SELECT inquiry_kinds, answer_within_seconds FROM order_sync.channel_accounts",
        )
        .fetch_one(&world.pool)
        .await
        .unwrap()
    };
    world.channel.list_accounts(&[told(Vec::new())]);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 1);
    assert_eq!(stored().await, (Vec::new(), None));
    // The channel learnt it since; the account is the same.
    let reads = channel::ChannelOperation::FetchInquiries.into();
    world.channel.list_accounts(&[told(vec![reads])]);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 1);
    assert_eq!(
        stored().await,
        (vec!["CALL_CENTER".to_owned()], Some(86_400))
    );

    let names: Vec<&str> = world
        .account
        .streams()
        .iter()
        .map(|stream| stream.as_str())
        .collect();
    assert!(
        names.ends_with(&["inquiries.product", "inquiries.call_center"]),
        "{names:?}"
    );
}
