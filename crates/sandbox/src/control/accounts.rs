//! The credentials the sandbox accepts, and what each account offers.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::shared::Shared;

/// `GET /control/accounts`.
pub async fn list(State(shared): State<Shared>) -> Json<Value> {
    let addresses = shared.addresses();
    let calls_per_second = shared.settings().coupang_calls_per_second;
    let store = shared.store();
    let (mut coupang, mut solapi, mut slack) = (Vec::new(), Vec::new(), Vec::new());
    let mut smartstore = Vec::new();
    for (index, account) in (0..).zip(store.world.accounts()) {
        let listings: Vec<Value> = account
            .listings
            .iter()
            .map(|listing| {
                let shelf = store.world.shelf(listing);
                json!({
                    "vendor_item_id": listing.vendor_item_id.to_string(),
                    "seller_product_id": listing.seller_product_id,
                    "seller_product_name": listing.product_name,
                    "item_name": listing.item_name,
                    "sku": listing.sku,
                    "kind": listing.kind,
                    "price": shelf.price,
                    "stock": shelf.stock,
                    "on_sale": shelf.on_sale,
                })
            })
            .collect();
        coupang.push(json!({
            "vendor_id": account.vendor_id,
            "wing_user_id": account.wing_id,
            "access_key": account.access_key,
            "secret_key": account.secret_key,
            "base_url": addresses.coupang,
            "calls_per_second": calls_per_second,
            "listings": listings,
        }));
        smartstore.push(super::smartstore::account(
            &shared,
            &store.world,
            index,
            account,
        ));
        solapi.push(json!({
            "api_key": account.solapi_key,
            "api_secret": account.solapi_secret,
            "base_url": addresses.solapi,
            "from": account.sender,
        }));
        slack.push(json!({
            "webhook_url": format!(
                "{}/services/{}/{}/{}",
                addresses.slack, account.slack_team, account.slack_service, account.slack_secret
            ),
        }));
    }
    Json(json!({"coupang": coupang, "smartstore": smartstore, "solapi": solapi, "slack": slack}))
}
