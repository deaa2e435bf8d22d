//! Personal data: sealed at rest, revealed with a record, erased with its key.

use moa_proto::moa::order_sync::v1 as pb;
use moa_service::{ServiceName, reason_of};
use order_sync::Stream;
use sqlx::{AssertSqlSafe, PgPool};

use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn no_name_or_phone_stands_anywhere_in_the_schema(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.change("1001", |order| {
        order.contact.as_mut().unwrap().receiver_name = "박산".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;

    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'order_sync'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    let mut rows = 0;
    for table in &tables {
        let sql = format!("SELECT t::text FROM order_sync.{table} t");
        let texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&world.pool)
            .await
            .unwrap();
        rows += texts.len();
        for canary in [
            "김하늘",
            "이바다",
            "박산",
            "1234-5678",
            "01012345678",
            "9876-5432",
            "테헤란로",
        ] {
            // Bytes are printed as hex digits.
            let hex = hex::encode(canary);
            for text in &texts {
                assert!(
                    !text.contains(canary) && !text.contains(&hex),
                    "{canary} in {table}"
                );
            }
        }
    }
    assert!(rows > 10, "there was something to look at");
    // The product's name is there in the open, so the search does find what is not sealed.
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.outbox WHERE encode(payload, 'hex') LIKE '%' || $1 || '%'",
    )
    .bind(hex::encode("사과 a"))
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert!(found >= 2);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_reveal_answers_and_is_recorded(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;

    let contact = reveal(&world).await;
    assert_eq!(
        (contact.orderer_name.as_str(), contact.contact_version),
        ("김하늘", 1)
    );
    assert_eq!(contact.receiver_phone, "0502-9876-5432");
    assert_eq!(contact.address2, "101동 1001호");
    let (caller, purpose, version): (String, String, i64) =
        sqlx::query_as("SELECT caller, purpose, contact_version FROM order_sync.contact_accesses")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(
        (caller.as_str(), purpose.as_str(), version),
        ("notification", "MESSAGE", 1)
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn orders_are_found_by_whom_they_are_of(pool: PgPool) {
    let world = World::new(pool).await;
    for (id, line) in [("1001", "a"), ("1002", "b"), ("1003", "c")] {
        world.channel.place(id, &[line]);
    }
    world.channel.change("1002", |order| {
        let contact = order.contact.as_mut().unwrap();
        contact.receiver_name = "박 산".to_owned();
        contact.receiver_phone = "010-5555-5678".to_owned();
    });
    world.channel.change("1003", |order| {
        let contact = order.contact.as_mut().unwrap();
        contact.orderer_name = "박산".to_owned();
        contact.orderer_phone = "+82 10-7777-0000".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;
    let number_of = |id: String| {
        let pool = world.pool.clone();
        async move {
            let sql = "SELECT channel_order_id FROM order_sync.orders WHERE order_id = $1::uuid";
            let number: String = sqlx::query_scalar(sql)
                .bind(id)
                .fetch_one(&pool)
                .await
                .unwrap();
            number
        }
    };
    let operator = moa_id::Ids::seeded(7).uuid().to_string();
    for (name, phone, found) in [
        // However they are spaced and written.
        ("박산", "", vec!["1002", "1003"]),
        ("", "5678", vec!["1001", "1002"]),
        ("", "01077770000", vec!["1003"]),
        // One person has both: 1002's orderer has the number's end, its receiver name and number.
        ("박산", "0000", vec!["1003"]),
        ("박산", "010 5555 5678", vec!["1002"]),
        ("김하늘", "0000", vec![]),
        ("박", "", vec![]),
    ] {
        let mut numbers = Vec::new();
        let mut page_token = String::new();
        // A page at a time: the next goes on where the last ended.
        for _ in 0..5 {
            let request = pb::FindOrdersByPersonRequest {
                merchant_id: world.account.merchant_id.to_string(),
                name: name.to_owned(),
                phone: phone.to_owned(),
                operator_id: operator.clone(),
                page_size: 1,
                page_token,
            };
            let mut client = world.client(ServiceName::AdminGateway).await;
            let page = client
                .find_orders_by_person(request)
                .await
                .unwrap()
                .into_inner();
            for id in page.order_ids {
                numbers.push(number_of(id).await);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        numbers.sort();
        assert_eq!(numbers, found, "{name:?} {phone:?}");
    }
    let recorded: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.contact_accesses
         WHERE purpose = 'OPERATOR_SEARCH' AND operator_id = $1::uuid AND caller = 'admin-gateway'",
    )
    .bind(&operator)
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(recorded, 7, "each order that was found");

    let request = pb::FindOrdersByPersonRequest {
        merchant_id: world.account.merchant_id.to_string(),
        operator_id: operator,
        ..Default::default()
    };
    let mut client = world.client(ServiceName::AdminGateway).await;
    let refused = client.find_orders_by_person(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("INVALID_ARGUMENT"));
    let elsewhere = pb::FindOrdersByPersonRequest {
        merchant_id: moa_id::Ids::seeded(9).uuid().to_string(),
        name: "박산".to_owned(),
        operator_id: moa_id::Ids::seeded(7).uuid().to_string(),
        ..Default::default()
    };
    let none = client
        .find_orders_by_person(elsewhere)
        .await
        .unwrap()
        .into_inner();
    assert!(
        none.order_ids.is_empty(),
        "another merchant's buyers are not found"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn orders_of_one_receiver_are_found_without_saying_who_that_is(pool: PgPool) {
    let world = World::new(pool).await;
    for (id, line) in [("1001", "a"), ("1002", "b"), ("1003", "c")] {
        world.channel.place(id, &[line]);
    }
    world.channel.change("1002", |order| {
        let contact = order.contact.as_mut().unwrap();
        contact.receiver_phone = "0502-1111-2222".to_owned();
        contact.address2 = contact.address2.replace(' ', "");
    });
    world.channel.change("1003", |order| {
        order.contact.as_mut().unwrap().receiver_name = "박산".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT order_id::text FROM order_sync.orders ORDER BY channel_order_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let nobody = moa_id::Ids::seeded(99).uuid().to_string();
    let request = pb::GroupByReceiverRequest {
        merchant_id: world.account.merchant_id.to_string(),
        order_ids: ids.iter().cloned().chain([nobody.clone()]).collect(),
    };
    let mut client = world.client(ServiceName::Fulfillment).await;
    let groups = client
        .group_by_receiver(request)
        .await
        .unwrap()
        .into_inner();
    let mut groups: Vec<Vec<String>> = groups.groups.into_iter().map(|g| g.order_ids).collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    let mut together = vec![ids[0].clone(), ids[1].clone()];
    together.sort();
    let mut expected = vec![together, vec![ids[2].clone()], vec![nobody]];
    expected.sort();
    assert_eq!(groups, expected);
    assert_eq!(world.count("contact_accesses").await, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_moved_receiver_raises_the_contact_version(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.change("1001", |order| {
        let contact = order.contact.as_mut().unwrap();
        contact.address1 = "부산광역시 해운대구 센텀중앙로 79".to_owned();
        // A channel blanks what it does not want to show any more.
        contact.orderer_phone = String::new();
    });
    world.collect(Stream::OrdersPlaced).await;

    let order = world.the_order().await;
    assert_eq!((order.version, order.contact_version), (2, 2));
    let contact = reveal(&world).await;
    assert!(contact.address1.starts_with("부산"));
    assert_eq!(
        contact.orderer_phone, "010-1234-5678",
        "a blank overwrites nothing"
    );
    assert_eq!(
        world.count("data_keys").await,
        3,
        "two pages and one contact"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_contact_without_its_key_is_answered_as_erased_and_not_sealed_again(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query(
        "WITH erased AS (
             UPDATE order_sync.order_contacts SET erased_at = now(), sealed = '' RETURNING data_key_id
         )
         UPDATE order_sync.data_keys
         SET wrapped = NULL, destroyed_at = now()
         WHERE data_key_id IN (SELECT data_key_id FROM erased)",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let contact = reveal(&world).await;
    assert!(contact.erased && contact.orderer_name.is_empty());
    assert_eq!(
        world.count("contact_accesses").await,
        0,
        "nothing was shown"
    );

    world.channel.change("1001", |order| {
        order.contact.as_mut().unwrap().receiver_name = "박산".to_owned();
    });
    world.collect(Stream::OrdersPlaced).await;
    assert!(reveal(&world).await.erased);
    assert_eq!(world.the_order().await.version, 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_person_is_named_and_the_rest_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let mut request = pb::GetContactsRequest {
        merchant_id: world.account.merchant_id.to_string(),
        order_ids: vec![world.account.merchant_id.to_string()],
        purpose: pb::ContactPurpose::OperatorReveal.into(),
        operator_id: String::new(),
    };
    let mut gateway = world.client(ServiceName::AdminGateway).await;
    let refused = gateway.get_contacts(request.clone()).await.unwrap_err();
    assert!(
        refused.message().starts_with("operator_id is missing"),
        "{refused}"
    );
    request.purpose = 0;
    let refused = gateway.get_contacts(request.clone()).await.unwrap_err();
    assert!(
        refused.message().starts_with("purpose must be"),
        "{refused}"
    );

    request.purpose = pb::ContactPurpose::Message.into();
    let mut fulfillment = world.client(ServiceName::Fulfillment).await;
    let refused = fulfillment.get_contacts(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CALL_NOT_ALLOWED"));
}

async fn reveal(world: &World) -> pb::OrderContact {
    let order = world.the_order().await;
    let request = pb::GetContactsRequest {
        merchant_id: world.account.merchant_id.to_string(),
        order_ids: vec![order.order_id],
        purpose: pb::ContactPurpose::Message.into(),
        operator_id: String::new(),
    };
    let mut client = world.client(ServiceName::Notification).await;
    let response = client.get_contacts(request).await.unwrap().into_inner();
    let [contact] = response.contacts.as_slice() else {
        panic!("one contact was asked for");
    };
    contact.clone()
}
