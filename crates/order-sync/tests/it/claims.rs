//! Claims, before and after their order.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::ClaimState;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::claims_service_client::ClaimsServiceClient;
use moa_service::{ServiceName, timestamp};
use order_sync::Stream;
use sqlx::PgPool;
use tonic::Status;

use crate::world::{World, cancel};

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_cancel_after_its_order_holds_and_then_cancels_the_line(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a", "b"]);
    world.collect(Stream::OrdersPlaced).await;

    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Requested, &[("a", 2)]));
    world.collect(Stream::Claims).await;
    let order = world.the_order().await;
    assert_eq!((order.version, order.lines[0].held_quantity), (2, 2));
    assert_eq!(order.claims[0].state(), pb::ClaimState::Requested);

    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Completed, &[("a", 2)]));
    world.collect(Stream::Claims).await;
    let order = world.the_order().await;
    let (cancelled, other) = (&order.lines[0], &order.lines[1]);
    assert_eq!(
        (cancelled.held_quantity, cancelled.cancelled_quantity),
        (0, 2)
    );
    assert_eq!(cancelled.state(), pb::OrderState::Cancelled);
    assert_eq!(other.state(), pb::OrderState::Placed);
    assert_eq!(
        order.state(),
        pb::OrderState::Placed,
        "one line is still to be sent"
    );
    assert_eq!(world.told("OrderChanged").await, 2);

    // Nothing new: nothing is told.
    world.collect(Stream::Claims).await;
    assert_eq!(world.told("OrderChanged").await, 2);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_cancel_before_its_order_is_kept_and_applied_on_arrival(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Completed, &[("a", 2)]));
    world.collect(Stream::Claims).await;
    assert_eq!(world.count("claims").await, 1);
    assert!(world.events().await.is_empty());

    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let order = world.the_order().await;
    assert_eq!(
        (order.version, order.state()),
        (1, pb::OrderState::Cancelled)
    );
    assert_eq!(order.claims.len(), 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_withdrawn_cancel_releases_the_line(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    for state in [ClaimState::Requested, ClaimState::Withdrawn] {
        world
            .channel
            .claim(cancel("c1", "1001", state, &[("a", 1)]));
        world.collect(Stream::Claims).await;
    }
    let order = world.the_order().await;
    assert_eq!((order.version, order.lines[0].held_quantity), (3, 0));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_claim_stored_beside_its_order_is_linked_by_the_next_look(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Requested, &[]));
    world.collect(Stream::Claims).await;
    world.channel.place("1001", &["a"]);
    // The order's transaction does not see the claim, as when both commit at the same moment.
    sqlx::query("UPDATE order_sync.claims SET channel_order_id = 'elsewhere'")
        .execute(&world.pool)
        .await
        .unwrap();
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query("UPDATE order_sync.claims SET channel_order_id = '1001'")
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(world.the_order().await.lines[0].held_quantity, 0);

    // The page of claims is unchanged, so only the look for such claims can find it.
    world.collect(Stream::Claims).await;
    let order = world.the_order().await;
    assert_eq!((order.version, order.lines[0].held_quantity), (2, 2));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_claim_shows_what_may_be_done_and_what_it_costs_without_the_contact(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let mut demand = cancel("c1", "1001", ClaimState::Requested, &[("a", 2)]);
    demand.kind = channel::ClaimKind::Return.into();
    demand.stage = channel::ClaimStage::Collected.into();
    demand.actions = vec![channel::ClaimAction::Approve.into()];
    demand.shipping_charge = Some(moa_proto::moa::money::v1::Money {
        amount_minor: 2500,
        currency: "KRW".to_owned(),
    });
    demand.contact = Some(channel::ClaimContact {
        collect_name: "카나리아".to_owned(),
        buyer_note: "카나리아".to_owned(),
        ..Default::default()
    });
    world.channel.claim(demand.clone());
    world.collect(Stream::Claims).await;

    let shown = world.shown_claims().await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].order_id, world.the_order().await.order_id);
    assert_eq!(shown[0].quantity, 2);
    assert_eq!(shown[0].stage(), channel::ClaimStage::Collected);
    assert_eq!(
        shown[0].actions().collect::<Vec<_>>(),
        [channel::ClaimAction::Approve]
    );
    let charge = shown[0].shipping_charge.as_ref().unwrap();
    assert_eq!(charge.amount_minor, 2500);
    let kept: Vec<u8> = sqlx::query_scalar("SELECT shown FROM order_sync.claim_details")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let name = "카나리아".as_bytes();
    assert!(!kept.windows(name.len()).any(|bytes| bytes == name));

    // Once it is over nothing may be done about it.
    demand.state = ClaimState::Completed.into();
    world.channel.claim(demand);
    world.collect(Stream::Claims).await;
    let shown = world.shown_claims().await;
    assert!(shown[0].actions.is_empty());
    assert_eq!(shown[0].stage(), channel::ClaimStage::Completed);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_list_of_withdrawals_takes_no_detail_away(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Requested, &[("a", 2)]));
    world.collect(Stream::Claims).await;
    let mut taken_back = cancel("c1", "1001", ClaimState::Withdrawn, &[]);
    taken_back.reason = String::new();
    world.channel.claim(taken_back);
    world.collect(Stream::Claims).await;
    let shown = world.shown_claims().await;
    assert_eq!(
        (shown[0].quantity, &*shown[0].reason),
        (2, "CHANGE_OF_MIND")
    );
    assert_eq!(shown[0].stage(), channel::ClaimStage::Withdrawn);
    let claim = shown[0].claim.as_ref().unwrap();
    assert_eq!(claim.state(), pb::ClaimState::Withdrawn);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_is_due_is_listed_by_how_soon_as_long_as_it_is_undecided(pool: PgPool) {
    let world = World::new(pool).await;
    let demand = |id: &str, state, due_in: Option<i64>| {
        let at = due_in.map(|hours| moa_testkit::a_friday() + TimeDelta::hours(hours));
        let mut demand = cancel(id, "1001", state, &[("a", 1)]);
        demand.deadline = Some(channel::ClaimDeadline {
            at: at.map(timestamp),
            outcome: channel::ClaimDeadlineOutcome::Refunded.into(),
            source: channel::ClaimDeadlineSource::Rule.into(),
        });
        demand
    };
    use ClaimState::{Completed, Requested};
    let late = demand("late", Requested, Some(70));
    for claim in [
        late.clone(),
        demand("some-time", Requested, None),
        demand("some-day", Requested, None),
        demand("ever", Requested, None),
        demand("soon", Requested, Some(2)),
        demand("over", Completed, Some(1)),
        demand("past", Requested, Some(-3)),
    ] {
        world.channel.claim(claim);
    }
    world.collect(Stream::Claims).await;
    // A page ends on one without a deadline, too.
    let due = pb::ListClaimsRequest {
        due_only: true,
        page_size: 1,
        ..Default::default()
    };
    let mut pages = Vec::new();
    let mut token = String::new();
    while pages.len() < 9 {
        let next = pb::ListClaimsRequest {
            page_token: token,
            ..due.clone()
        };
        let page = world.list_claims(next).await;
        pages.extend(page.claims);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(ids(&pages)[..3], ["past", "soon", "late"]);
    assert_eq!(sorted(&pages[3..]), ["ever", "some-day", "some-time"]);
    let deadline = pages[2].deadline.as_ref().unwrap();
    assert_eq!(deadline.outcome(), channel::ClaimDeadlineOutcome::Refunded);
    for shown in world.shown_claims().await {
        let is_over = ids(std::slice::from_ref(&shown)) == ["over"];
        assert_eq!(shown.deadline.is_none(), is_over, "{shown:?}");
    }

    // A token of the one order says nothing in the other.
    let newest = pb::ListClaimsRequest {
        page_size: 1,
        ..Default::default()
    };
    let newest = world.list_claims(newest).await;
    let refused = world.try_list_claims(pb::ListClaimsRequest {
        page_token: newest.next_page_token,
        ..due.clone()
    });
    let refused = refused.await.unwrap_err();
    assert_eq!(moa_service::status::fields_of(&refused)[0].0, "page_token");

    // A newer read without a deadline puts it to the end: the merchant holds the refund back now.
    world.clock.advance(TimeDelta::minutes(1));
    world.channel.claim(channel::ChannelClaim {
        deadline: None,
        ..late
    });
    world.collect(Stream::Claims).await;
    let due = world.list_claims(pb::ListClaimsRequest {
        page_size: 0,
        ..due
    });
    let due = due.await.claims;
    assert_eq!(ids(&due)[..2], ["past", "soon"]);
    assert_eq!(sorted(&due[2..]), ["ever", "late", "some-day", "some-time"]);
}

fn sorted(claims: &[pb::ShownClaim]) -> Vec<&str> {
    let mut ids = ids(claims);
    ids.sort_unstable();
    ids
}

fn ids(claims: &[pb::ShownClaim]) -> Vec<&str> {
    let claims = claims.iter().filter_map(|shown| shown.claim.as_ref());
    claims.map(|claim| &*claim.channel_claim_id).collect()
}

impl World {
    async fn shown_claims(&self) -> Vec<pb::ShownClaim> {
        self.list_claims(pb::ListClaimsRequest::default())
            .await
            .claims
    }

    async fn list_claims(&self, request: pb::ListClaimsRequest) -> pb::ListClaimsResponse {
        self.try_list_claims(request).await.unwrap()
    }

    async fn try_list_claims(
        &self,
        request: pb::ListClaimsRequest,
    ) -> Result<pb::ListClaimsResponse, Status> {
        let channel = self.channel_to_us(ServiceName::AdminGateway).await;
        let request = pb::ListClaimsRequest {
            merchant_id: self.account.merchant_id.to_string(),
            ..request
        };
        let mut client = ClaimsServiceClient::new(channel);
        Ok(client.list_claims(request).await?.into_inner())
    }
}
