use moa_proto::moa::channel_proxy::v1::credentials::Channel;
use moa_proto::moa::channel_proxy::v1::{CallRefusal, ChannelAccount, SmartStoreAccountType};
use moa_proto::moa::order_sync::v1::CollectionStream;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::stage::Stage;

const PATH: &str = "/api/v1/channel-accounts";

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_account_is_registered_and_its_secret_never_comes_out(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let body = json!({
        "channel": "coupang", "name": "쿠팡 본점", "base_url": "http://127.0.0.1:9101",
        "credentials": { "vendor_id": "A00012345", "access_key": "access", "secret_key": "s3cret-of-theirs" },
        "quota_per_second": 5,
    });
    let response = owner.post(PATH, &body).await;
    assert_eq!(response.status(), 201);
    let text = response.text().await.unwrap();
    assert!(!text.contains("s3cret-of-theirs"), "{text}");
    let account: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(account["state"], "ACTIVE");
    assert_eq!(account["streams"], json!([]));
    let asked = &stage.channel_proxy.registers.asked()[0];
    assert_eq!(asked.base_url, "http://127.0.0.1:9101");
    let Some(Channel::Coupang(given)) = asked.credentials.as_ref().unwrap().channel.as_ref() else {
        panic!("no Coupang credentials");
    };
    assert_eq!(given.secret_key, "s3cret-of-theirs");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn credentials_are_those_of_the_channel_that_is_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let body = |channel: &str, credentials: Value| json!({"channel": channel, "name": "본점", "credentials": credentials});
    let smartstore = json!({"client_id": "app1", "client_secret": "$2a$04$secret", "account_type": "SELLER", "account_id": "ncp_1"});
    let response = owner
        .post(PATH, &body("smartstore", smartstore.clone()))
        .await;
    assert_eq!(response.status(), 201);
    let asked = &stage.channel_proxy.registers.asked()[0];
    let Some(Channel::Smartstore(given)) = asked.credentials.as_ref().unwrap().channel.as_ref()
    else {
        panic!("no SmartStore credentials");
    };
    assert_eq!(
        (given.client_id.as_str(), given.account_id.as_str()),
        ("app1", "ncp_1")
    );
    assert_eq!(given.account_type(), SmartStoreAccountType::Seller);

    let refused = [
        (body("coupang", smartstore), "vendor_id"),
        (
            body(
                "smartstore",
                json!({"client_id": 17, "client_secret": "s3cret-of-theirs"}),
            ),
            "client_id",
        ),
        (body("smartstore", json!("s3cret-of-theirs")), "credentials"),
    ];
    for (body, named) in refused {
        let response = owner.post(PATH, &body).await;
        assert_eq!(response.status(), 400);
        let text = response.text().await.unwrap();
        assert!(text.contains(named) && !text.contains("s3cret"), "{text}");
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_account_shows_how_its_collection_goes(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let account = |n: u8| ChannelAccount {
        channel_account_id: format!("01920000-0000-7000-8000-00000000000{n}"),
        last_refusal: (n == 1).then(|| CallRefusal {
            reason: "CHANNEL_BANNED".to_owned(),
            ..Default::default()
        }),
        credentials_paused: n == 1,
        ..Default::default()
    };
    *stage.channel_proxy.accounts.lock().unwrap() = vec![account(1), account(2)];
    *stage.order_sync.streams.lock().unwrap() = vec![CollectionStream {
        channel_account_id: account(2).channel_account_id,
        stream: "orders.placed".to_owned(),
        consecutive_failures: 3,
        last_reason: "CHANNEL_TIMED_OUT".to_owned(),
        ..Default::default()
    }];
    let list = owner.read(PATH).await;
    let accounts = &list["channel_accounts"];
    assert_eq!(accounts[0]["last_refusal"]["reason"], "CHANNEL_BANNED");
    assert_eq!(
        [
            &accounts[0]["credentials_paused"],
            &accounts[1]["credentials_paused"]
        ],
        [true, false]
    );
    assert_eq!(accounts[0]["streams"], json!([]));
    assert!(accounts[0]["last_test"].is_null() && accounts[1]["last_refusal"].is_null());
    let stream = &accounts[1]["streams"][0];
    assert_eq!(
        (&stream["stream"], &stream["consecutive_failures"]),
        (&"orders.placed".into(), &3.into())
    );
    assert_eq!(stream["last_reason"], "CHANNEL_TIMED_OUT");
    assert!(stream["high_water_at"].is_null());
}
