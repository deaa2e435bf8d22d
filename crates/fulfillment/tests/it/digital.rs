//! Digital goods: the right, its link, the delivery, the customer.

use chrono::TimeDelta;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::{EntitlementState, ShipmentState};
use moa_proto::moa::order_sync::v1::{Order, OrderState};
use moa_service::reason_of;
use moa_testkit::eventually;
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::{BOOK, MUG, World};

impl World {
    async fn granted(&self, order: &Order) -> pb::Entitlement {
        eventually(|| async { self.entitlements(order).await.pop() }).await
    }

    async fn entitlement_is(&self, order: &Order, state: EntitlementState) -> pb::Entitlement {
        eventually(|| async {
            self.entitlements(order)
                .await
                .pop()
                .filter(|e| e.state() == state)
        })
        .await
    }

    async fn link(
        &self,
        entitlement: &pb::Entitlement,
    ) -> Result<pb::GetActivationLinkResponse, tonic::Status> {
        let request = pb::GetActivationLinkRequest {
            merchant_id: self.merchant_id.to_string(),
            entitlement_id: entitlement.entitlement_id.clone(),
        };
        Ok(self
            .notification
            .clone()
            .get_activation_link(request)
            .await?
            .into_inner())
    }

    async fn token(&self, entitlement: &pb::Entitlement) -> String {
        let url = self.link(entitlement).await.unwrap().url;
        let (page, token) = url.split_once('#').unwrap();
        assert_eq!(
            page,
            format!("http://127.0.0.1:8081/a/{}", self.merchant_id)
        );
        assert_eq!(token.len(), 43);
        token.to_owned()
    }

    async fn redeem(
        &self,
        token: &str,
        customer: u128,
    ) -> Result<pb::RedeemActivationResponse, tonic::Status> {
        let request = pb::RedeemActivationRequest {
            merchant_id: self.merchant_id.to_string(),
            token: token.to_owned(),
            customer_id: Uuid::from_u128(customer).to_string(),
        };
        Ok(self
            .store
            .clone()
            .redeem_activation(request)
            .await?
            .into_inner())
    }

    async fn preview(&self, token: &str) -> Result<pb::PreviewActivationResponse, tonic::Status> {
        let request = pb::PreviewActivationRequest {
            merchant_id: self.merchant_id.to_string(),
            token: token.to_owned(),
        };
        Ok(self
            .store
            .clone()
            .preview_activation(request)
            .await?
            .into_inner())
    }
}

/// `EntitlementGranted`: emitted when a digital line may be delivered. Consumers: notification, admin-gateway.
/// `EntitlementChanged`: emitted at every later change. Consumer: admin-gateway.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_digital_line_is_granted_told_and_dispatched_as_direct_delivery(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let entitlement = world.granted(&order).await;
    assert_eq!(entitlement.state(), EntitlementState::Granted);
    assert_eq!(world.blockers(&order).await, ["AWAITING_MESSAGE_DELIVERY"]);
    let granted = world.events::<pb::EntitlementGranted>().await;
    assert_eq!(granted.len(), 1);
    assert_eq!(granted[0].product_name, "상품 book");
    // A repeat of the message carries the same link.
    assert_eq!(
        world.token(&entitlement).await,
        world.token(&entitlement).await
    );
    assert!(world.shipments(&order).await.is_empty());

    world.link_delivered(&order, &entitlement);
    world.link_delivered(&order, &entitlement);
    world
        .entitlement_is(&order, EntitlementState::LinkSent)
        .await;
    let shipment = eventually(|| async { world.shipments(&order).await.pop() }).await;
    let shipment = world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert_eq!(shipment.carrier, "DIRECT");
    assert!(
        !shipment.tracking_number.is_empty()
            && shipment.tracking_number.bytes().all(|b| b.is_ascii_digit())
    );
    world.has_planned_everything().await;
    assert_eq!(world.channel.0.lock().unwrap().dispatched.len(), 1);
    assert_eq!(world.blockers(&order).await, [""]);
    assert_eq!(world.events::<pb::EntitlementChanged>().await.len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_link_activates_once_and_a_second_customer_is_refused(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let token = world.token(&world.granted(&order).await).await;
    let preview = world.preview(&token).await.unwrap();
    assert_eq!(
        (preview.product_name.as_str(), preview.state()),
        ("상품 book", EntitlementState::Granted)
    );

    let (owner, stranger) = (31, 32);
    let first = world.redeem(&token, owner).await.unwrap();
    assert!(!first.already_activated);
    assert_eq!(first.digital_content, "https://books.example/1");
    assert_eq!(
        first.entitlement.unwrap().state(),
        EntitlementState::Activated
    );
    let again = world.redeem(&token, owner).await.unwrap();
    assert!(again.already_activated);
    assert_eq!(again.digital_content, first.digital_content);
    let refused = world.redeem(&token, stranger).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("ENTITLEMENT_ALREADY_ACTIVATED")
    );
    assert_eq!(
        world.preview(&token).await.unwrap().state(),
        EntitlementState::Activated
    );

    let uses: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT customer_id, outcome FROM fulfillment.redemptions ORDER BY redemption_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let expected = [
        (owner, "ACTIVATED"),
        (owner, "REPEATED"),
        (stranger, "REFUSED"),
    ]
    .map(|(customer, outcome)| (Uuid::from_u128(customer), outcome.to_owned()));
    assert_eq!(uses, expected);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn two_customers_at_once_activate_a_link_only_once(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let token = world.token(&world.granted(&order).await).await;
    let answers = tokio::join!(world.redeem(&token, 31), world.redeem(&token, 32));
    assert!(answers.0.is_ok() != answers.1.is_ok(), "{answers:?}");
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_token_that_nobody_got_is_refused(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let token = world.token(&world.granted(&order).await).await;
    let flipped = if token.starts_with('A') {
        token.replacen('A', "B", 1)
    } else {
        format!("A{}", &token[1..])
    };
    for wrong in ["", "x", &token[..42], &flipped] {
        for refused in [
            world.preview(wrong).await.err(),
            world.redeem(wrong, 31).await.err(),
        ] {
            assert_eq!(
                reason_of(&refused.unwrap()).as_deref(),
                Some("ACTIVATION_TOKEN_UNKNOWN"),
                "{wrong:?}"
            );
        }
    }
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn the_token_is_not_stored_readable_and_goes_after_its_delivery(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let entitlement = world.granted(&order).await;
    let token = world.token(&entitlement).await;
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT e::text FROM fulfillment.entitlements e
         UNION ALL SELECT t::text FROM fulfillment.activation_tokens t
         UNION ALL SELECT encode(payload, 'escape') FROM fulfillment.outbox",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(rows.len() >= 3 && rows.iter().all(|row| !row.contains(&token)));

    world.link_delivered(&order, &entitlement);
    world
        .entitlement_is(&order, EntitlementState::LinkSent)
        .await;
    world.advance(TimeDelta::hours(71));
    assert_eq!(world.app.destroy_tokens().await.unwrap(), 0);
    world.token(&entitlement).await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(world.app.destroy_tokens().await.unwrap(), 1);
    let refused = world.link(&entitlement).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("ACTIVATION_TOKEN_GONE")
    );
    // Who has the link can still use it.
    world.redeem(&token, 31).await.unwrap();
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_cancel_revokes_the_entitlement(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(BOOK, "box-1")]).await;
    let entitlement = world.granted(&order).await;
    let token = world.token(&entitlement).await;
    world.change(&mut order, |order| {
        order.lines[0].state = OrderState::Cancelled.into()
    });
    world
        .entitlement_is(&order, EntitlementState::Revoked)
        .await;
    for refused in [
        world.preview(&token).await.err(),
        world.redeem(&token, 31).await.err(),
        world.link(&entitlement).await.err(),
    ] {
        assert_eq!(
            reason_of(&refused.unwrap()).as_deref(),
            Some("ENTITLEMENT_REVOKED")
        );
    }
    // A late delivery report neither revives it nor ships anything.
    world.link_delivered(&order, &entitlement);
    world.has_planned_everything().await;
    assert_eq!(
        world.entitlements(&order).await[0].state(),
        EntitlementState::Revoked
    );
    assert!(world.shipments(&order).await.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_link_is_not_used_up_while_its_content_cannot_be_shown(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(BOOK, "box-1")]).await;
    let token = world.token(&world.granted(&order).await).await;
    world.catalog.0.lock().unwrap().is_away = true;
    let refused = world.redeem(&token, 31).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("UPSTREAM_UNAVAILABLE"));
    world.catalog.0.lock().unwrap().is_away = false;
    assert!(!world.redeem(&token, 32).await.unwrap().already_activated);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_mixed_parcel_waits_for_the_tracking_number_which_covers_it(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1"), (BOOK, "box-1")]).await;
    let entitlement = world.granted(&order).await;
    world.link_delivered(&order, &entitlement);
    world.has_planned_everything().await;
    assert_eq!(
        world.blockers(&order).await,
        ["AWAITING_TRACKING_NUMBER"; 2]
    );
    assert!(world.shipments(&order).await.is_empty());

    let shipment = world.create(world.packing(&order, &[0])).await.unwrap();
    assert_eq!(shipment.lines.len(), 2);
    world.dispatch(&shipment).await.unwrap();
    world
        .shipment_is(&shipment, ShipmentState::Dispatched)
        .await;
    assert_eq!(world.channel.0.lock().unwrap().dispatched[0].lines.len(), 2);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_person_who_takes_back_the_direct_delivery_has_the_last_word(pool: PgPool) {
    let world = World::start(pool).await;
    world.channel.0.lock().unwrap().inspect = (
        moa_proto::moa::channel_proxy::v1::InspectionVerdict::Blocked,
        "PARCEL_CHANGED",
    );
    let mut order = world.accepted(&[(BOOK, "box-1")]).await;
    world.link_delivered(&order, &world.granted(&order).await);
    let shipment = eventually(|| async { world.shipments(&order).await.pop() }).await;
    world.shipment_is(&shipment, ShipmentState::Held).await;
    world.cancel(&shipment).await.unwrap();
    world.change(&mut order, |order| order.contact_version += 1);
    world.has_planned_everything().await;
    assert_eq!(world.shipments(&order).await.len(), 1);
    world.stop().await;
}
