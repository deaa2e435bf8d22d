use moa_proto::moa::catalog::v1 as pb;
use moa_service::{ServiceName, reason_of};
use sqlx::PgPool;

use crate::stage::Stage;

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn the_same_request_makes_one_product(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let request = stage.product("first", &["MUG-W", "MUG-B"]);
    let first = client
        .create_product(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = client.create_product(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    let listed = client
        .list_products(pb::ListProductsRequest {
            merchant_id: stage.merchant.to_string(),
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.products, [first.product.unwrap()]);
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_sku_that_is_taken_is_refused_by_name_and_nothing_is_kept(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    client
        .create_product(stage.product("first", &["MUG-W"]))
        .await
        .unwrap();
    let request = stage.product("second", &["MUG-B", "MUG-W"]);
    let refused = client.create_product(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("SKU_TAKEN"));
    assert!(refused.message().contains("MUG-W"));
    client
        .create_product(stage.product("third", &["MUG-B"]))
        .await
        .unwrap();
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_digital_variant_needs_what_stands_behind_its_link(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut request = stage.product("book", &["EBOOK"]);
    request.variants[0].kind = pb::VariantKind::Digital.into();
    let refused = stage
        .client()
        .await
        .create_product(request)
        .await
        .unwrap_err();
    assert!(refused.message().contains("digital_content"), "{refused}");
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn the_customers_edge_may_not_call_the_catalogue(pool: PgPool) {
    let stage = Stage::new(pool);
    let channel = stage.channel(ServiceName::StoreGateway).await;
    let mut client = pb::catalog_service_client::CatalogServiceClient::new(channel);
    let request = stage.product("first", &["MUG-W"]);
    let refused = client.create_product(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CALL_NOT_ALLOWED"));
}
