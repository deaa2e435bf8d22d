use anyhow::Result;
use e2e::{Hub, HubOptions, NewShipment, Problem};
use reqwest::Method;
use serde_json::{Value, json};

use crate::steps::{order_in_state, tracking_number};

#[tokio::test]
async fn bad_input_is_refused_with_its_reason_and_field() -> Result<()> {
    let hub = Hub::start(HubOptions::default()).await?;
    let placed = hub.sandbox.place_order("physical").await?;
    let order = order_in_state(&hub, &placed.channel_order_id, "ACKNOWLEDGED").await?;
    let number = tracking_number(3);
    let good = NewShipment {
        order: &order,
        carrier: "CJ_LOGISTICS",
        tracking_number: &number,
    };

    let unknown_carrier = hub
        .admin
        .try_ship(NewShipment {
            carrier: "PIGEON",
            ..good
        })
        .await?
        .problem()?;
    expect(&unknown_carrier, 400, "CARRIER_UNKNOWN", Some("carrier"));
    assert!(
        unknown_carrier.detail.contains("CJ_LOGISTICS"),
        "the way out is said: {}",
        unknown_carrier.detail
    );

    let malformed = hub
        .admin
        .try_ship(NewShipment {
            tracking_number: "12-AB",
            ..good
        })
        .await?
        .problem()?;
    expect(
        &malformed,
        400,
        "TRACKING_NUMBER_MALFORMED",
        Some("tracking_number"),
    );

    let mut of_nobody = good.body();
    of_nobody["order_id"] = json!("01980000-0000-7000-8000-000000000000");
    let unknown_order = hub
        .admin
        .post("/api/v1/shipments", &of_nobody)
        .await?
        .problem()?;
    expect(&unknown_order, 404, "ORDER_NOT_FOUND", None);
    let unknown_order = hub.admin.send(
        Method::GET,
        "/api/v1/orders/01980000-0000-7000-8000-000000000000",
        None,
    );
    expect(
        &unknown_order.await?.problem()?,
        404,
        "ORDER_NOT_FOUND",
        None,
    );
    let nonsense = hub
        .admin
        .send(Method::GET, "/api/v1/orders/12", None)
        .await?
        .problem()?;
    expect(&nonsense, 400, "INVALID_ARGUMENT", Some("id"));

    let mut too_many = good.body();
    too_many["lines"][0]["quantity"] = json!(10_000);
    let too_many = hub
        .admin
        .post("/api/v1/shipments", &too_many)
        .await?
        .problem()?;
    expect(&too_many, 409, "QUANTITY_EXCEEDED", None);
    assert!(
        hub.admin.shipments().await?.is_empty(),
        "nothing was packed by a refused request"
    );

    let shipment = hub.admin.ship(&order, &number).await?;
    let second = hub
        .admin
        .try_ship(NewShipment {
            tracking_number: &tracking_number(4),
            ..good
        })
        .await?
        .problem()?;
    expect(&second, 409, "LINE_ALREADY_SHIPPED", None);
    assert!(
        second.detail.contains(&number),
        "the number it has is said: {}",
        second.detail
    );
    let shipments = hub.admin.shipments().await?;
    assert_eq!(
        shipments
            .iter()
            .map(|shipment| &shipment.id)
            .collect::<Vec<_>>(),
        [&shipment.id]
    );

    let wrong = json!({"email": "owner@example.com", "password": "not this one"});
    let wrong = hub.admin.post("/api/v1/session", &wrong).await?.problem()?;
    expect(&wrong, 401, "CREDENTIALS_REFUSED", None);
    let who: Value = hub.admin.get("/api/v1/session").await?;
    assert_eq!(
        who["merchant"]["id"], hub.admin.merchant_id,
        "the session that was there still is"
    );
    Ok(())
}

fn expect(problem: &Problem, status: u16, reason: &str, field: Option<&str>) {
    assert_eq!(
        (problem.status, problem.reason.as_str()),
        (status, reason),
        "{problem:?}"
    );
    assert!(
        !problem.detail.is_empty() && !problem.title.is_empty(),
        "{problem:?}"
    );
    let fields: Vec<&str> = problem
        .fields
        .iter()
        .map(|named| named.field.as_str())
        .collect();
    assert_eq!(fields, Vec::from_iter(field), "{problem:?}");
}
