use reqwest::Method;
use sqlx::PgPool;

use crate::stage::{Stage, problem};

/// With the screen built, its page; without, the page that says how to build it. Either way people get a page.
#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn every_address_outside_the_api_answers_a_page(pool: PgPool) {
    let stage = Stage::new(pool).await;
    for path in ["/", "/orders", "/orders/7?tab=timeline"] {
        let response = stage.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        let caching = response.headers()["cache-control"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            matches!(caching.as_str(), "no-cache" | "no-store"),
            "{caching}"
        );
        let text = response.text().await.unwrap();
        assert!(
            text.contains("<div id=\"root\">") || text.contains("make web"),
            "{text}"
        );
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_file_of_an_older_build_is_not_answered_with_the_page(pool: PgPool) {
    let stage = Stage::new(pool).await;
    problem(
        stage.get("/assets/index-00000000.js").await,
        404,
        "NOT_FOUND",
    )
    .await;
    let posted = stage.request(Method::POST, "/orders").send().await.unwrap();
    problem(posted, 404, "NOT_FOUND").await;
}
