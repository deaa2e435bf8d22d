use reqwest::Method;
use serde_json::Value;
use sqlx::PgPool;

use crate::stage::{Stage, problem};

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_problem_speaks_the_clients_language(pool: PgPool) {
    let stage = Stage::new(pool).await;
    for (language, title) in [
        ("", "로그인이 필요합니다"),
        ("en-US,en;q=0.9", "Log-in required"),
        ("fr", "로그인이 필요합니다"),
    ] {
        let request = stage
            .request(Method::GET, "/api/v1/orders")
            .header("accept-language", language);
        let body = problem(request.send().await.unwrap(), 401, "SESSION_REQUIRED").await;
        assert_eq!(body["title"], title);
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_request_keeps_its_harmless_name(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let named = stage
        .request(Method::GET, "/api/v1/orders")
        .header("x-request-id", "my-name-1");
    let response = named.send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "my-name-1");
    let body = problem(response, 401, "SESSION_REQUIRED").await;
    assert_eq!(body["request_id"], "my-name-1");
    let bad = stage
        .request(Method::GET, "/api/v1/orders")
        .header("x-request-id", "a b;c");
    assert_ne!(bad.send().await.unwrap().headers()["x-request-id"], "a b;c");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn what_is_not_there_is_a_problem_too(pool: PgPool) {
    let stage = Stage::new(pool).await;
    problem(stage.get("/api/v1/nonsense").await, 404, "NOT_FOUND").await;
    problem(stage.get("/api").await, 404, "NOT_FOUND").await;
    let wrong = stage
        .request(Method::PATCH, "/api/v1/orders")
        .send()
        .await
        .unwrap();
    problem(wrong, 405, "METHOD_NOT_ALLOWED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_parameter_that_nothing_reads_is_refused_and_the_known_ones_are_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    problem(
        stage.get("/api/v1/orders?sate=PLACED").await,
        401,
        "SESSION_REQUIRED",
    )
    .await;
    let owner = stage.owner().await;
    for (path, parameter, says) in [
        (
            "/api/v1/orders?page_size=2&sate=PLACED",
            "sate",
            "page_token",
        ),
        ("/api/v1/carriers?page_size=2", "page_size", "no parameters"),
    ] {
        let body = problem(owner.get(path).await, 400, "INVALID_ARGUMENT").await;
        assert_eq!(body["fields"][0]["field"], parameter, "{body}");
        let description = body["fields"][0]["description"].as_str().unwrap();
        assert!(description.contains(says), "{description}");
    }
    owner.read("/api/v1/orders?page_size=2&state=").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_member_that_nothing_reads_is_refused_and_the_known_ones_are_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    // An array would fill the members by their places.
    let array = serde_json::json!(["머그컵", []]);
    let body = problem(
        owner.post("/api/v1/products", &array).await,
        400,
        "INVALID_ARGUMENT",
    )
    .await;
    assert_eq!(body["fields"][0]["field"], "body", "{body}");
    let none_is_read = serde_json::json!({"wait": 5});
    let run = owner.post("/api/v1/jobs/sweep/run", &none_is_read).await;
    let body = problem(run, 400, "INVALID_ARGUMENT").await;
    assert_eq!(body["fields"][0]["field"], "wait", "{body}");
    let body = serde_json::json!({"name": "머그컵", "varaints": []});
    let body = problem(
        owner.post("/api/v1/products", &body).await,
        400,
        "INVALID_ARGUMENT",
    )
    .await;
    assert_eq!(body["fields"][0]["field"], "varaints", "{body}");
    let description = body["fields"][0]["description"].as_str().unwrap();
    assert!(description.contains("variants"), "{description}");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_body_that_is_too_large_or_no_json_is_refused(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let send = |body: String, key: Option<&'static str>| {
        let mut request = owner
            .request(Method::POST, "/api/v1/products")
            .header("content-type", "application/json")
            .body(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        async { request.send().await.unwrap() }
    };
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(300 * 1024));
    for key in [None, Some("k")] {
        problem(send(large.clone(), key).await, 413, "BODY_TOO_LARGE").await;
        let body = problem(send("{".to_owned(), key).await, 400, "INVALID_ARGUMENT").await;
        assert_eq!(body["fields"][0]["field"], "body", "{body}");
        let body = problem(
            send("{\"name\":1}".to_owned(), key).await,
            400,
            "INVALID_ARGUMENT",
        )
        .await;
        assert_eq!(body["fields"][0]["field"], "name", "{body}");
    }
    assert!(stage.catalog.products.asked().is_empty());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn answers_tell_browsers_to_be_careful(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let response = stage.get("/api/v1/orders").await;
    let headers = response.headers().clone();
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    let document = stage.get("/api/openapi.json").await;
    let document: Value = document.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let page = stage.get("/api/docs/").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("swagger"));
}
