use std::os::unix::fs::PermissionsExt;

use admin_gateway::domain::access::Role;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::stage::{Stage, problem};

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_first_start_writes_the_owners_login_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let login = stage.owners_login();
    assert_eq!(login["email"], "owner@moa.local");
    assert!(login["password"].as_str().unwrap().len() >= 20);
    let file = stage.home.path().join("admin.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(stage.home.path()).unwrap().count(), 1);

    stage.app.first_start().await.unwrap();
    assert_eq!(stage.owners_login(), login);
    let owner = stage.owner().await;
    let session = owner.read("/api/v1/session").await;
    assert_eq!(session["operator"]["role"], "OWNER");
    assert_eq!(session["operator"]["locale"], "ko");
    assert_eq!(session["merchant"]["name"], "모아상점");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_owner_is_not_made_when_the_login_cannot_be_written(pool: PgPool) {
    let stage = Stage::new(pool).await;
    sqlx::query!("TRUNCATE admin_gateway.merchants CASCADE")
        .execute(&stage.pool)
        .await
        .unwrap();
    // A folder in the file's place cannot be replaced by a file.
    std::fs::remove_file(&stage.app.config.login_file).unwrap();
    std::fs::create_dir(&stage.app.config.login_file).unwrap();
    let error = stage.app.first_start().await.unwrap_err();
    assert!(error.to_string().contains("admin.json"), "{error}");
    let made = sqlx::query_scalar!("SELECT count(*) FROM admin_gateway.merchants")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(made, Some(0));
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_cookie_is_out_of_reach_of_scripts_and_not_stored(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mut login = stage.owners_login();
    let response = stage.log_in(&login).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    login["remember"] = json!(true);
    let response = stage.log_in(&login).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    let hashes = sqlx::query_scalar!("SELECT token_hash FROM admin_gateway.sessions")
        .fetch_all(&stage.pool)
        .await
        .unwrap();
    assert_eq!(hashes.len(), 2);
    assert!(hashes.iter().all(|hash| hash.len() == 32));
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn wrong_credentials_are_refused_without_saying_which(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let nobody = json!({ "email": "nobody@moa.local", "password": "x" });
    let unknown = problem(stage.log_in(&nobody).await, 401, "CREDENTIALS_REFUSED").await;
    let wrong = json!({ "email": "OWNER@moa.local", "password": "x" });
    let mut known = problem(stage.log_in(&wrong).await, 401, "CREDENTIALS_REFUSED").await;
    known["request_id"] = unknown["request_id"].clone();
    assert_eq!(known, unknown);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_sixth_attempt_waits_for_the_end_of_the_window(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let wrong = json!({ "email": "owner@moa.local", "password": "x" });
    for _ in 0..5 {
        problem(stage.log_in(&wrong).await, 401, "CREDENTIALS_REFUSED").await;
    }
    let login = stage.owners_login();
    let response = stage.log_in(&login).await;
    let wait: i64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(wait, 900);
    problem(response, 429, "LOGIN_THROTTLED").await;
    stage.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(stage.log_in(&login).await.status(), 200);
    let results: Vec<Option<i32>> = sqlx::query_scalar!(
        "SELECT status FROM admin_gateway.audit_log WHERE action = 'LOG_IN' ORDER BY audit_id"
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert_eq!(results, [401, 401, 401, 401, 401, 200].map(Some));
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn one_address_cannot_try_one_password_on_everybody(pool: PgPool) {
    let stage = Stage::new(pool).await;
    // As if fifty had failed: hashing fifty passwords is slow by intent.
    let login = stage.owners_login();
    assert_eq!(
        stage
            .log_in(&json!({ "email": "a@b.kr", "password": "x" }))
            .await
            .status(),
        401
    );
    sqlx::query!("UPDATE admin_gateway.login_attempts SET attempts = 50")
        .execute(&stage.pool)
        .await
        .unwrap();
    problem(stage.log_in(&login).await, 429, "LOGIN_THROTTLED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn without_a_session_every_resource_asks_for_one(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let document = stage.get("/api/openapi.json").await;
    let document: Value = document.json().await.unwrap();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            if path == "/api/v1/session" {
                continue;
            }
            let path = path.replace("{id}", "01920000-0000-7000-8000-000000000001");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let response = stage
                .request(method, &path)
                .header("cookie", "moa_session=nonsense")
                .send()
                .await
                .unwrap();
            problem(response, 401, "SESSION_REQUIRED").await;
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_idle_session_ends_and_a_busy_one_goes_on(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (busy, idle) = (stage.owner().await, stage.owner().await);
    stage.clock.advance(TimeDelta::hours(8));
    busy.read("/api/v1/session").await;
    stage.clock.advance(TimeDelta::hours(8));
    busy.read("/api/v1/session").await;
    assert_eq!(idle.get("/api/v1/session").await.status(), 204);
    problem(idle.get("/api/v1/orders").await, 401, "SESSION_REQUIRED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn logging_out_ends_this_session_only(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let (one, other) = (stage.owner().await, stage.owner().await);
    let response = one
        .request(Method::DELETE, "/api/v1/session")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(one.get("/api/v1/session").await.status(), 204);
    problem(one.get("/api/v1/orders").await, 401, "SESSION_REQUIRED").await;
    other.read("/api/v1/session").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn another_sites_request_is_refused(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let path = "/api/v1/shipments/01920000-0000-7000-8000-000000000001/dispatch";
    for origin in ["https://evil.example", "null"] {
        let request = owner.request(Method::POST, path).header("origin", origin);
        problem(request.send().await.unwrap(), 403, "ORIGIN_REFUSED").await;
    }
    let form = owner
        .request(Method::POST, path)
        .header("content-type", "text/plain");
    problem(
        form.body("{}").send().await.unwrap(),
        415,
        "CONTENT_TYPE_REQUIRED",
    )
    .await;
    assert!(stage.fulfillment.dispatches.asked().is_empty());
    let own = owner
        .request(Method::POST, path)
        .header("origin", &stage.base);
    assert_eq!(own.json(&json!({})).send().await.unwrap().status(), 202);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_role_may_do_what_it_is_for(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let dispatch = "/api/v1/shipments/01920000-0000-7000-8000-000000000001/dispatch";
    let viewer = stage.colleague(Role::Viewer).await;
    assert_eq!(viewer.get("/api/v1/orders").await.status(), 200);
    problem(
        viewer.post(dispatch, &json!({})).await,
        403,
        "ROLE_REQUIRED",
    )
    .await;

    let operator = stage.colleague(Role::Operator).await;
    assert_eq!(operator.post(dispatch, &json!({})).await.status(), 202);
    let account = json!({
        "channel": "coupang", "name": "쿠팡",
        "credentials": { "vendor_id": "A00012345", "access_key": "a", "secret_key": "s" },
    });
    let path = "/api/v1/channel-accounts";
    problem(operator.post(path, &account).await, 403, "ROLE_REQUIRED").await;
    assert!(stage.channel_proxy.registers.asked().is_empty());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn what_is_over_is_cleaned_up(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let product = json!({ "name": "머그", "variants": [] });
    owner.post_once("/api/v1/products", &product, "k").await;
    stage
        .log_in(&json!({ "email": "a@b.kr", "password": "x" }))
        .await;
    stage.clock.advance(TimeDelta::days(31));
    stage.app.clean_up().await.unwrap();
    let left = sqlx::query_scalar!(
        "SELECT (SELECT count(*) FROM admin_gateway.sessions)
             + (SELECT count(*) FROM admin_gateway.idempotency_keys)
             + (SELECT count(*) FROM admin_gateway.login_attempts)"
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(left, Some(0));
}
