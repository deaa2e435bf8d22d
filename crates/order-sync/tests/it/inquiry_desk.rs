//! How operators share the work on questions: who looks after which, texts to begin with, what waits.

use moa_id::{Ids, OperatorId};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiries_service_client::InquiriesServiceClient;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_client::InquiryDeskServiceClient;
use moa_service::status::fields_of;
use moa_service::{ServiceChannel, ServiceName, metadata_of, reason_of};
use order_sync::{InquiryKind, Stream};
use sqlx::PgPool;

use crate::fake_inquiries::question;
use crate::world::World;

const PRODUCT: Stream = Stream::Inquiries(InquiryKind::Product);

type Desk = InquiryDeskServiceClient<ServiceChannel>;

/// A world with two questions, the second about an order, and the desk.
async fn world_with_questions(pool: PgPool) -> (World, Desk, Vec<String>) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let mut about_nothing = question("q1", "", "색이 사진과 같나요?");
    about_nothing.channel_order_ids.clear();
    world.channel.ask(about_nothing);
    world
        .channel
        .ask(question("q2", "1001", "당장 환불해 주세요"));
    world.collect(PRODUCT).await;
    let ids = sqlx::query_scalar(
        "SELECT inquiry_id::text FROM order_sync.inquiries ORDER BY channel_inquiry_id",
    );
    let ids: Vec<String> = ids.fetch_all(&world.pool).await.unwrap();
    let channel = world.channel_to_us(ServiceName::AdminGateway).await;
    (world, InquiryDeskServiceClient::new(channel), ids)
}

async fn with(world: &World, operator: &OperatorId) -> Vec<String> {
    let channel = world.channel_to_us(ServiceName::AdminGateway).await;
    let request = pb::ListInquiriesRequest {
        merchant_id: world.account.merchant_id.to_string(),
        assigned_to: operator.to_string(),
        ..Default::default()
    };
    let mut client = InquiriesServiceClient::new(channel);
    let listed = client.list_inquiries(request).await.unwrap().into_inner();
    let ids = listed.inquiries.into_iter().map(|listed| {
        assert_eq!(listed.assigned_to, operator.to_string());
        listed.inquiry.unwrap().inquiry_id
    });
    ids.collect()
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_question_is_with_one_operator_at_a_time_and_its_way_is_remembered(pool: PgPool) {
    let (world, mut desk, inquiries) = world_with_questions(pool).await;
    let people = Ids::seeded(5);
    let (one, other): (OperatorId, OperatorId) = (people.next(), people.next());
    let mut assign = async |to: &str, inquiry: &str| {
        let request = pb::AssignInquiryRequest {
            merchant_id: world.account.merchant_id.to_string(),
            inquiry_id: inquiry.to_owned(),
            operator_id: to.to_owned(),
            assigned_by: one.to_string(),
        };
        desk.assign_inquiry(request)
            .await
            .map(|answer| answer.into_inner().assignment)
    };
    let (first, second) = (&inquiries[0], &inquiries[1]);
    for _ in 0..2 {
        let given = assign(&one.to_string(), first).await.unwrap().unwrap();
        assert_eq!(given.operator_id, one.to_string());
    }
    assign(&other.to_string(), first).await.unwrap();
    assign(&other.to_string(), second).await.unwrap();
    assert_eq!(with(&world, &one).await, Vec::<String>::new());
    assert_eq!(with(&world, &other).await.len(), 2);
    assert_eq!(assign("", second).await.unwrap(), None);
    assert_eq!(with(&world, &other).await, [first.as_str()]);
    let unknown = assign(&one.to_string(), &one.to_string())
        .await
        .unwrap_err();
    assert_eq!(reason_of(&unknown).as_deref(), Some("INQUIRY_NOT_FOUND"));

    let request = pb::ListInquiryAssignmentsRequest {
        merchant_id: world.account.merchant_id.to_string(),
        inquiry_id: first.clone(),
    };
    let history = desk.list_inquiry_assignments(request).await.unwrap();
    let history = history.into_inner().assignments;
    let given: Vec<_> = history.iter().map(|one| one.operator_id.clone()).collect();
    assert_eq!(given, [other.to_string(), one.to_string()], "each once");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_template_is_filled_from_the_questions_order_with_the_name_masked(pool: PgPool) {
    let (world, mut desk, inquiries) = world_with_questions(pool).await;
    let merchant_id = world.account.merchant_id.to_string();
    let written = |request_id: &str, name: &str, text: &str| pb::PutAnswerTemplateRequest {
        merchant_id: merchant_id.clone(),
        request_id: request_id.to_owned(),
        name: name.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    };
    let text = "{buyer}님, 주문 {order_number}의 송장번호는 {tracking_number}입니다.";
    let put = written("r-1", "배송", text);
    let first = desk.put_answer_template(put.clone()).await.unwrap();
    let first = first.into_inner().template.unwrap();
    let again = desk.put_answer_template(put).await.unwrap().into_inner();
    assert_eq!(again.template.unwrap(), first, "the same request");
    let taken = desk.put_answer_template(written("r-2", "배송", "네")).await;
    let taken = taken.unwrap_err();
    assert_eq!(
        reason_of(&taken).as_deref(),
        Some("ANSWER_TEMPLATE_NAME_TAKEN")
    );
    let wrong = desk
        .put_answer_template(written("r-3", "전화", "{phone}"))
        .await;
    let (field, reason) = fields_of(&wrong.unwrap_err()).remove(0);
    assert_eq!(field, "text");
    assert!(reason.contains("{phone}"), "{reason}");

    let fill = |inquiry: &str| pb::FillAnswerTemplateRequest {
        merchant_id: merchant_id.clone(),
        answer_template_id: first.answer_template_id.clone(),
        inquiry_id: inquiry.to_owned(),
    };
    let filled = desk.fill_answer_template(fill(&inquiries[1])).await;
    let filled = filled.unwrap().into_inner();
    assert_eq!(
        filled.text,
        "김*늘님, 주문 1001의 송장번호는 {tracking_number}입니다."
    );
    assert_eq!(filled.unfilled, ["tracking_number"]);
    let without_order = desk.fill_answer_template(fill(&inquiries[0])).await;
    let without_order = without_order.unwrap().into_inner();
    assert!(without_order.unfilled.contains(&"buyer".to_owned()));

    let request = pb::DeleteAnswerTemplateRequest {
        merchant_id: merchant_id.clone(),
        answer_template_id: first.answer_template_id.clone(),
    };
    desk.delete_answer_template(request).await.unwrap();
    let gone = desk.fill_answer_template(fill(&inquiries[1])).await;
    assert_eq!(
        reason_of(&gone.unwrap_err()).as_deref(),
        Some("ANSWER_TEMPLATE_NOT_FOUND")
    );
}

/// The channel's word for what the question is about comes first, then the order's, then what its listing is called.
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_template_names_the_product_by_the_nearest_word_for_it(pool: PgPool) {
    let (world, mut desk, _) = world_with_questions(pool).await;
    let line = world.the_order().await.lines.remove(0);
    for (id, product, order) in [("q3", "배", "1001"), ("q4", "", "1001"), ("q5", "", "")] {
        let mut asked = question(id, order, "언제 오나요?");
        asked.channel_order_ids.retain(|id| !id.is_empty());
        asked.product_name = product.to_owned();
        asked.channel_listing_ids = vec![line.channel_listing_id.clone()];
        world.channel.ask(asked);
    }
    world.collect(PRODUCT).await;
    // The listing is called otherwise since.
    sqlx::query("UPDATE order_sync.listings SET product_name = '새 이름'")
        .execute(&world.pool)
        .await
        .unwrap();
    let put = pb::PutAnswerTemplateRequest {
        merchant_id: world.account.merchant_id.to_string(),
        request_id: "r-1".to_owned(),
        name: "상품".to_owned(),
        text: "{product}".to_owned(),
        ..Default::default()
    };
    let template = desk.put_answer_template(put).await.unwrap().into_inner();
    let template = template.template.unwrap().answer_template_id;
    for (id, product) in [("q3", "배"), ("q4", &*line.product_name), ("q5", "새 이름")] {
        let inquiry_id: String = sqlx::query_scalar(
            "SELECT inquiry_id::text FROM order_sync.inquiries WHERE channel_inquiry_id = $1",
        )
        .bind(id)
        .fetch_one(&world.pool)
        .await
        .unwrap();
        let fill = pb::FillAnswerTemplateRequest {
            merchant_id: world.account.merchant_id.to_string(),
            answer_template_id: template.clone(),
            inquiry_id,
        };
        let filled = desk.fill_answer_template(fill).await.unwrap().into_inner();
        assert_eq!(filled.text, product, "{id}");
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn of_two_who_change_one_template_the_second_learns_of_the_first(pool: PgPool) {
    let (world, mut desk, _) = world_with_questions(pool).await;
    let people = Ids::seeded(6);
    let (one, other): (OperatorId, OperatorId) = (people.next(), people.next());
    let mut put = async |id: &str, by: &OperatorId, text: &str, expected_version: i64| {
        let request = pb::PutAnswerTemplateRequest {
            merchant_id: world.account.merchant_id.to_string(),
            answer_template_id: id.to_owned(),
            request_id: "r-1".to_owned(),
            name: "배송".to_owned(),
            text: text.to_owned(),
            expected_version,
            operator_id: by.to_string(),
        };
        let answer = desk.put_answer_template(request).await;
        answer.map(|answer| answer.into_inner().template.unwrap())
    };
    let made = put("", &one, "내일 보내요", 0).await.unwrap();
    assert_eq!((made.version, &made.updated_by), (1, &one.to_string()));
    let id = made.answer_template_id.as_str();
    let changed = put(id, &one, "오늘 보내요", 1).await.unwrap();
    assert_eq!(changed.version, 2);
    let again = put(id, &one, "오늘 보내요", 1).await.unwrap();
    assert_eq!(
        again, changed,
        "a change whose answer was lost is no other's"
    );

    let refused = put(id, &other, "모레 보내요", 1).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("ANSWER_TEMPLATE_CHANGED")
    );
    let said = metadata_of(&refused);
    assert_eq!(said["version"], "2");
    assert_eq!(said["updated_by"], one.to_string());
    assert!(said["updated_at"].contains('T'), "{said:?}");
    let known = put(id, &other, "모레 보내요", 2).await.unwrap();
    assert_eq!((known.version, &known.updated_by), (3, &other.to_string()));
    let unnamed = put(id, &one, "글피 보내요", 0).await.unwrap();
    assert_eq!(
        unnamed.version, 4,
        "who names no version changes what is there"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_waits_is_counted_by_channel_and_urgency(pool: PgPool) {
    let (world, mut desk, _) = world_with_questions(pool).await;
    let request = pb::SummarizeInquiriesRequest {
        merchant_id: world.account.merchant_id.to_string(),
    };
    let mut summarize = async || {
        let summary = desk.summarize_inquiries(request.clone()).await;
        let mut counts = summary.unwrap().into_inner().counts;
        assert_eq!(counts.len(), 1, "one channel");
        counts.remove(0)
    };
    let first = summarize().await;
    assert_eq!((first.urgent, first.normal), (1, 1));
    assert_eq!(summarize().await.mark, first.mark, "the same wait");

    // One is answered and another comes: as many as before, and yet not the same.
    let mut answered = question("q1", "", "색이 사진과 같나요?");
    answered.channel_order_ids.clear();
    answered.state = channel::InquiryState::Answered.into();
    world.channel.ask(answered);
    let mut another = question("q3", "", "재입고 예정이 있나요?");
    another.channel_order_ids.clear();
    world.channel.ask(another);
    world.collect(PRODUCT).await;
    let second = summarize().await;
    assert_eq!((second.urgent, second.normal), (1, 1));
    assert_ne!(second.mark, first.mark);
}
