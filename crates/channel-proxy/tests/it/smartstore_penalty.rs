//! What a penalty of a SmartStore application stops: every account that calls by it, and no other.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{metadata_of, reason_of};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::smartstore_support::Store;

/// The application's own store, a seller that it acts for, and another application's store.
struct Accounts {
    own: String,
    seller: String,
    other: String,
}

async fn accounts(store: &mut Store) -> Accounts {
    let known = store.stage.get("/control/accounts").await;
    let text = |index: usize, field: &str| {
        let text = known["smartstore"][index][field].as_str();
        text.unwrap().to_owned()
    };
    let seller = store.register(|credentials| {
        credentials.account_type = pb::SmartStoreAccountType::Seller.into();
        credentials.account_id = text(0, "account_id");
    });
    let seller = seller.await.unwrap();
    let other = store.register_application(1, |_| {}).await.unwrap();
    Accounts {
        own: store.account.clone(),
        seller,
        other,
    }
}

async fn read(store: &mut Store, account: &str) -> Result<(), tonic::Status> {
    let request = store
        .stage
        .orders_request(account, pb::LineState::Unspecified);
    store.stage.fetch_all(request).await.map(drop)
}

/// Somebody asks for the application's token in a way that its rules punish.
async fn ask_wrongly(store: &Store) {
    let known = store.stage.get("/control/accounts").await;
    let application = &known["smartstore"][0];
    let url = application["api_url"].as_str().unwrap();
    let body: Value = json!({"client_id": application["client_id"]});
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("{url}/v1/oauth2/token")).json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_penalty_stops_every_account_of_its_application_and_no_other(pool: PgPool) {
    let mut store = Store::open_with(&pool, 50, 2).await;
    let Accounts { own, seller, other } = accounts(&mut store).await;
    for account in [&own, &seller, &other] {
        read(&mut store, account).await.unwrap();
    }
    ask_wrongly(&store).await;
    // The punished may ask once an hour; the next call is told so.
    read(&mut store, &own).await.unwrap();
    let refused = read(&mut store, &own).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_PENALTY"));
    assert_eq!(store.stage.verdict("quota_violations").await, 1);

    // The other account of the application is stopped without asking: a call would keep the penalty alive.
    let refused = read(&mut store, &seller).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_PENALTY"));
    assert!(metadata_of(&refused).contains_key("retry_at"));
    assert_eq!(store.stage.verdict("quota_violations").await, 1);
    let request = pb::GetChannelAccountHealthRequest {
        merchant_id: store.stage.merchant_id.to_string(),
        channel_account_id: seller.clone(),
    };
    let mut accounts = store.stage.proxy.accounts().await;
    let health = accounts.get_channel_account_health(request).await.unwrap();
    let health = health.into_inner().health.unwrap();
    let causes = health.closures.iter().map(|closure| closure.cause.as_str());
    assert!(causes.into_iter().any(|cause| cause == "CHANNEL_PENALTY"));

    // Another application goes on.
    read(&mut store, &other).await.unwrap();
    assert_eq!(store.stage.verdict("quota_violations").await, 1);
}
