//! Accounts are changed, their keys exchanged, their calls looked at.

use http::Method;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::credentials::Channel;
use moa_service::timestamp;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::stage::{Session, Stage, problem};
use admin_gateway::domain::access::Role;

const ACCOUNT: &str = "/api/v1/channel-accounts/01920000-0000-7000-8000-000000000001";
const SET: &str = "01920000-0000-7000-8000-000000000009";

async fn patch(session: &Session<'_>, body: &Value) -> reqwest::Response {
    let request = session.request(Method::PATCH, ACCOUNT).json(body);
    request.send().await.unwrap()
}

fn keys() -> Value {
    json!({
        "channel": "coupang",
        "credentials": { "vendor_id": "A00012345", "access_key": "access", "secret_key": "s3cret-of-theirs" },
        "key_issued_on": "2026-11-01",
    })
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_owner_changes_what_is_given_and_nothing_else(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let body = json!({ "name": "쿠팡 2호점", "quota_per_second": 3, "version": 1 });
    let response = patch(&owner, &body).await;
    assert_eq!(response.status(), 200);
    let account: Value = response.json().await.unwrap();
    assert_eq!(account["version"], 2);
    assert!(account["key_expires_at"].is_null());
    let asked = stage.keeper.updates.asked().remove(0);
    assert_eq!(asked.name.as_deref(), Some("쿠팡 2호점"));
    assert_eq!(
        (asked.quota_per_second, asked.expected_version),
        (Some(3), 1)
    );
    assert_eq!((asked.base_url, asked.key_issued_on), (None, None));
    // A misspelt field changes nothing in silence.
    let misspelt = patch(&owner, &json!({ "nmae": "x" })).await;
    problem(misspelt, 400, "INVALID_ARGUMENT").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn another_address_comes_with_the_keys_that_were_entered_for_it(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (mut moved, keys) = (json!({ "base_url": "https://elsewhere.example" }), keys());
    moved["channel"] = keys["channel"].clone();
    moved["credentials"] = keys["credentials"].clone();
    let response = patch(&owner, &moved).await;
    assert_eq!(response.status(), 200);
    assert!(!response.text().await.unwrap().contains("s3cret-of-theirs"));
    let asked = stage.keeper.updates.asked().remove(0);
    assert_eq!(asked.base_url.as_deref(), Some("https://elsewhere.example"));
    let Some(Channel::Coupang(given)) = asked.credentials.unwrap().channel else {
        panic!("no Coupang credentials");
    };
    assert_eq!(given.secret_key, "s3cret-of-theirs");

    // One without the other is half a wish.
    for (missing, field) in [("credentials", "credentials"), ("channel", "channel")] {
        let mut half = moved.clone();
        half.as_object_mut().unwrap().remove(missing);
        let body = problem(patch(&owner, &half).await, 400, "INVALID_ARGUMENT").await;
        assert_eq!(body["fields"][0]["field"], field, "{body}");
    }
    // The field that channel-proxy complains about is the one of this API.
    let refused = moa_service::invalid_field("credentials", "must be entered anew");
    stage.keeper.updates.refuse(refused);
    let alone = json!({ "base_url": "https://elsewhere.example" });
    let body = problem(patch(&owner, &alone).await, 400, "INVALID_ARGUMENT").await;
    assert_eq!(body["fields"][0]["field"], "credentials", "{body}");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn only_owners_change_accounts_and_keys(pool: PgPool) {
    let stage = Stage::new(pool).await;
    for role in [Role::Operator, Role::Viewer] {
        let colleague = stage.colleague(role).await;
        let body = json!({ "base_url": "https://elsewhere.example" });
        problem(patch(&colleague, &body).await, 403, "ROLE_REQUIRED").await;
        let path = format!("{ACCOUNT}/credentials");
        problem(colleague.post(&path, &keys()).await, 403, "ROLE_REQUIRED").await;
        for verb in ["test", "promote", "retire"] {
            let path = format!("{ACCOUNT}/credentials/{SET}/{verb}");
            problem(
                colleague.post(&path, &json!({})).await,
                403,
                "ROLE_REQUIRED",
            )
            .await;
        }
        // What there is may be seen.
        colleague.read(&format!("{ACCOUNT}/health")).await;
        colleague.read("/api/v1/channel-calls").await;
        colleague.read("/api/v1/channel-drift").await;
    }
    assert!(stage.keeper.updates.asked().is_empty());
    assert!(stage.keeper.adds.asked().is_empty());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn keys_are_added_tested_promoted_and_retired_and_never_come_out(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.keeper.sets.lock().unwrap() = vec![pb::CredentialSet {
        credentials_id: SET.to_owned(),
        state: pb::CredentialSetState::Pending.into(),
        key_issued_on: "2026-11-01".to_owned(),
        last_test: Some(pb::ChannelAccountTest {
            ok: true,
            ..Default::default()
        }),
        ..Default::default()
    }];
    let path = format!("{ACCOUNT}/credentials");
    let response = owner.post(&path, &keys()).await;
    assert_eq!(response.status(), 201);
    let text = response.text().await.unwrap();
    assert!(!text.contains("s3cret-of-theirs"), "{text}");
    let asked = stage.keeper.adds.asked().remove(0);
    assert_eq!(asked.key_issued_on, "2026-11-01");
    assert!(!asked.request_id.is_empty());
    let Some(Channel::Coupang(given)) = asked.credentials.unwrap().channel else {
        panic!("no Coupang credentials");
    };
    assert_eq!(given.secret_key, "s3cret-of-theirs");

    let listed = owner.read(&path).await;
    let set = &listed["credential_sets"][0];
    assert_eq!(
        (&set["id"], &set["state"]),
        (&SET.into(), &"PENDING".into())
    );
    assert_eq!(set["last_test"]["ok"], true);
    assert!(set["key_expires_at"].is_null());
    for verb in ["test", "promote", "retire"] {
        let response = owner
            .post(&format!("{path}/{SET}/{verb}"), &json!({}))
            .await;
        assert_eq!(response.status(), 200, "{verb}");
    }
    assert_eq!(stage.keeper.tests.asked()[0].credentials_id, SET);
    assert_eq!(stage.keeper.promotes.asked()[0].credentials_id, SET);
    assert_eq!(stage.keeper.retires.asked()[0].credentials_id, SET);

    let refused = moa_service::refusal(
        tonic::Code::FailedPrecondition,
        "channel-proxy.moa",
        "CREDENTIALS_NOT_TESTED",
        "test them first",
        [],
    );
    stage.keeper.promotes.refuse(refused);
    let response = owner
        .post(&format!("{path}/{SET}/promote"), &json!({}))
        .await;
    problem(response, 409, "CREDENTIALS_NOT_TESTED").await;
    let response = owner
        .post(&format!("{path}/nobody/promote"), &json!({}))
        .await;
    let body = problem(response, 400, "INVALID_ARGUMENT").await;
    assert_eq!(body["fields"][0]["field"], "credentials_id", "{body}");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn health_is_told_in_our_words(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.keeper.health.lock().unwrap() = pb::ChannelAccountHealth {
        holder: pb::LeaseHolder::ThisProcess.into(),
        buckets: vec![pb::QuotaBucket {
            name: "*".to_owned(),
            capacity_per_second: 5,
            used: 2,
            left: 3,
            classes: vec![pb::ClassUse {
                call_class: pb::CallClass::Gate.into(),
                share_percent: 50,
                ..Default::default()
            }],
        }],
        closures: vec![pb::QuotaClosure {
            cause: "CHANNEL_BANNED".to_owned(),
            ..Default::default()
        }],
        breakers: vec![pb::ApiBreaker {
            api: "coupang.ordersheets.list".to_owned(),
            state: pb::BreakerState::HalfOpen.into(),
            ..Default::default()
        }],
        egress: Some(pb::EgressCheck {
            verdict: pb::EgressVerdict::NotRegistered.into(),
            reported_address: "203.0.113.7".to_owned(),
            ..Default::default()
        }),
        key_life_days: 180,
        ..Default::default()
    };
    let health = owner.read(&format!("{ACCOUNT}/health")).await;
    assert_eq!(health["holder"], "THIS_PROCESS");
    assert_eq!(health["buckets"][0]["classes"][0]["call_class"], "GATE");
    assert_eq!(health["closures"][0]["cause"], "CHANNEL_BANNED");
    assert_eq!(health["breakers"][0]["state"], "HALF_OPEN");
    assert_eq!(health["egress"]["verdict"], "NOT_REGISTERED");
    assert_eq!(health["egress"]["reported_address"], "203.0.113.7");
    assert!(health["egress"]["configured_address"].is_null());
    assert_eq!(health["key_life_days"], 180);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn calls_and_drift_are_listed_by_filter(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let at = moa_testkit::a_friday();
    *stage.keeper.calls.lock().unwrap() = vec![pb::ChannelCall {
        api: "coupang.invoices.upload".to_owned(),
        called_at: Some(timestamp(at)),
        failure: "CHANNEL_TIMED_OUT".to_owned(),
        about_ids: vec!["31000000000101".to_owned()],
        ..Default::default()
    }];
    *stage.keeper.findings.lock().unwrap() = vec![pb::DriftFinding {
        kind: pb::DriftKind::UnknownField.into(),
        path: "data[].giftFlag".to_owned(),
        sample_json: r#"{"giftFlag":"boolean"}"#.to_owned(),
        ..Default::default()
    }];
    let query = "about_id=31000000000101,%2077&failures_only=true&from=2026-11-20T00:00:00Z&to=&page_size=10";
    let page = owner.read(&format!("/api/v1/channel-calls?{query}")).await;
    let call = &page["calls"][0];
    assert_eq!(call["failure"], "CHANNEL_TIMED_OUT");
    assert!(call["http_status"].is_null() && call["trace_id"].is_null());
    assert_eq!(page["next_page_token"], "further");
    let asked = stage.keeper.lists.asked().remove(0);
    assert_eq!(asked.about_ids, ["31000000000101", "77"]);
    assert!(asked.failures_only && asked.from.is_some() && asked.to.is_none());
    assert_eq!(asked.page_size, 10);

    let drift = owner.read("/api/v1/channel-drift").await;
    let finding = &drift["findings"][0];
    assert_eq!(finding["kind"], "UNKNOWN_FIELD");
    assert_eq!(finding["sample"], json!({ "giftFlag": "boolean" }));
    let refused = owner.get("/api/v1/channel-calls?page_size=500").await;
    problem(refused, 400, "INVALID_ARGUMENT").await;
}
