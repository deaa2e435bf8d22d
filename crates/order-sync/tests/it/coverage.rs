//! What is proven of each minute, and what is told when it is not.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::coverage_service_client::CoverageServiceClient;
use moa_service::{ServiceChannel, ServiceName, parse_timestamp};
use order_sync::{CoverageCheck, Stream};
use sqlx::PgPool;

use crate::world::World;

impl World {
    /// Makes the account known, as channel-proxy's list tells of it.
    pub(crate) async fn register(&self, version: i64, state: channel::ChannelAccountState) {
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        self.channel.list_accounts(&[channel::ChannelAccount {
            merchant_id: self.account.merchant_id.to_string(),
            channel_account_id: self.account.channel_account_id.to_string(),
            channel: "coupang".to_owned(),
            state: state.into(),
            version,
            capabilities: Some(channel::ChannelCapabilities {
                order_discovery: channel::OrderDiscovery::BoxesByState.into(),
                poll_overlap: seconds(1800),
                visibility_lag: seconds(600),
                ..Default::default()
            }),
            ..Default::default()
        }]);
        assert_eq!(self.app.reconcile_accounts().await.unwrap(), 1);
    }

    /// With the account known.
    pub(crate) async fn known(pool: PgPool) -> Self {
        let world = Self::new(pool).await;
        world
            .register(1, channel::ChannelAccountState::Active)
            .await;
        world
    }

    pub(crate) async fn coverage_client(&self) -> CoverageServiceClient<ServiceChannel> {
        CoverageServiceClient::new(self.channel_to_us(ServiceName::AdminGateway).await)
    }

    pub(crate) async fn coverage(&self) -> pb::ListCoverageResponse {
        let request = pb::ListCoverageRequest {
            merchant_id: self.account.merchant_id.to_string(),
            ..Default::default()
        };
        let mut client = self.coverage_client().await;
        client.list_coverage(request).await.unwrap().into_inner()
    }

    /// How the list of new orders is covered.
    pub(crate) async fn placed_coverage(&self) -> pb::StreamCoverage {
        let mut streams = self.coverage().await.streams;
        streams.retain(|stream| stream.stream == "orders.placed");
        assert_eq!(streams.len(), 1);
        streams.remove(0)
    }

    /// Reads new orders every two minutes for so long.
    pub(crate) async fn poll_for(&self, minutes: i64) {
        for _ in 0..minutes / 2 {
            self.clock.advance(TimeDelta::seconds(2 * 60 - 7));
            self.collect(Stream::OrdersPlaced).await;
        }
    }

    async fn check(&self) -> (usize, usize) {
        let CoverageCheck { found, closed, .. } = self.app.check_coverage().await.unwrap();
        (found, closed)
    }
}

fn at(time: &Option<prost_types::Timestamp>) -> DateTime<Utc> {
    parse_timestamp("at", *time).unwrap()
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_watermark_follows_the_reads_by_the_channel_s_lag(pool: PgPool) {
    let world = World::known(pool).await;
    assert_eq!(world.coverage().await.streams, [], "nothing was read yet");
    world.collect(Stream::OrdersPlaced).await;
    let fresh = world.placed_coverage().await;
    let unread = fresh.unread_past.clone().unwrap();
    assert_eq!(at(&fresh.watermark_at), trunc(at(&unread.reached_at)));
    assert_eq!(fresh.gaps, [], "a past that is being collected is no gap");

    world.collect_past(Stream::OrdersPlaced).await;
    world.poll_for(60).await;
    let steady = world.placed_coverage().await;
    assert_eq!(steady.unread_past, None);
    let lag = world.clock.now() - at(&steady.watermark_at);
    assert!(
        (TimeDelta::minutes(10)..TimeDelta::minutes(12)).contains(&lag),
        "{lag}"
    );
    assert_eq!((steady.gaps, steady.gap_minutes), (vec![], 0));
    assert_eq!(
        (steady.overlap_seconds, steady.visibility_lag_seconds),
        (1800, 600)
    );
    assert_eq!(world.check().await, (0, 0));
}

fn trunc(at: DateTime<Utc>) -> DateTime<Utc> {
    chrono::DurationRound::duration_trunc(at, TimeDelta::minutes(1)).unwrap()
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_outage_is_a_gap_that_is_told_once_and_closes_when_its_minutes_were_read_twice(
    pool: PgPool,
) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.poll_for(90).await;
    let away_since = world.clock.now();
    world.channel.refuse(Some("CHANNEL_UNREACHABLE"));
    world.clock.advance(TimeDelta::minutes(120));
    world.try_collect(Stream::OrdersPlaced).await.unwrap_err();
    // The job notes what a read came to.
    sqlx::query(
        "UPDATE order_sync.cursors
         SET consecutive_failures = 1, last_reason = 'CHANNEL_UNREACHABLE', last_failure_at = $1,
             last_failure_reason = 'CHANNEL_UNREACHABLE'",
    )
    .bind(world.clock.now())
    .execute(&world.pool)
    .await
    .unwrap();

    assert_eq!(world.check().await, (1, 0));
    assert_eq!(world.check().await, (0, 0), "told once");
    let away = world.placed_coverage().await;
    let [once, never] = away.gaps.as_slice() else {
        panic!("what was read once and what was not: {:?}", away.gaps);
    };
    assert_eq!((once.readings, never.readings), (1, 0));
    assert_eq!(away.watermark_at, never.from);
    let behind = away_since - at(&away.watermark_at);
    assert!(behind < TimeDelta::minutes(12), "{behind}");
    let due = world.clock.now() - at(&never.to);
    assert!(
        due >= TimeDelta::minutes(14),
        "the youngest minutes may still come"
    );
    assert_eq!(away.last_failure_reason, "CHANNEL_UNREACHABLE");

    // Back: the present is read first, and the gap grew by the minutes that are due by now.
    world.channel.refuse(None);
    world.clock.advance(TimeDelta::minutes(5));
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(world.check().await, (0, 0), "the same gap");
    world.collect_past(Stream::OrdersPlaced).await;
    let read_once = world.placed_coverage().await;
    assert!(
        at(&read_once.watermark_at) > away_since,
        "every minute was read"
    );
    assert!(read_once.gaps.iter().all(|gap| gap.readings == 1));
    assert_eq!(world.check().await, (0, 0), "once is not enough");

    // The sweep that is due by now reads it a second time.
    world.poll_for(20).await;
    assert_eq!(world.check().await, (0, 1));
    let closed = world.coverage().await;
    let [gap] = closed.recent_gaps.as_slice() else {
        panic!("one gap is remembered: {:?}", closed.recent_gaps);
    };
    assert_eq!(gap.outcome(), pb::CoverageGapOutcome::Covered);
    assert!(
        at(&gap.to) - at(&gap.from) > TimeDelta::minutes(100),
        "{gap:?}"
    );
    assert_eq!(world.placed_coverage().await.gaps, []);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_account_that_is_switched_off_misses_nothing(pool: PgPool) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.poll_for(90).await;
    world.clock.advance(TimeDelta::hours(3));
    world
        .register(2, channel::ChannelAccountState::Inactive)
        .await;
    assert_eq!(world.check().await, (0, 0));
    let coverage = world.placed_coverage().await;
    assert!(!coverage.active && coverage.gaps.is_empty());
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_page_of_coverage_is_bounded_and_others_see_nothing_of_it(pool: PgPool) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    let mut client = world.coverage_client().await;
    let request = |merchant_id: String, page_size| pb::ListCoverageRequest {
        merchant_id,
        page_size,
        ..Default::default()
    };
    let mine = world.account.merchant_id.to_string();
    let refused = client.list_coverage(request(mine.clone(), 101)).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::InvalidArgument);
    let page = client
        .list_coverage(request(mine.clone(), 1))
        .await
        .unwrap();
    let page = page.into_inner();
    assert_eq!(page.streams.len(), 1);
    let next = pb::ListCoverageRequest {
        page_token: page.next_page_token,
        ..request(mine, 1)
    };
    let last = client.list_coverage(next).await.unwrap().into_inner();
    assert_eq!(
        (last.streams, last.next_page_token),
        (vec![], String::new())
    );

    let other = "0192aaaa-0000-7000-8000-000000000001".to_owned();
    let theirs = client.list_coverage(request(other, 0)).await.unwrap();
    assert_eq!(theirs.into_inner().streams, []);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_schedule_is_shown_beside_the_account_s_share_of_the_quota(pool: PgPool) {
    let world = World::known(pool).await;
    let unknown = world.coverage().await.schedules.remove(0);
    assert!(unknown.fits && unknown.buckets.is_empty(), "{unknown:?}");

    let cost = |list: channel::ReadList, calls, minutes: i64| channel::ReadCost {
        list: list.into(),
        bucket: "*".to_owned(),
        calls,
        slice: Some(prost_types::Duration {
            seconds: minutes * 60,
            nanos: 0,
        }),
        sliced_up_to: Some(prost_types::Duration {
            seconds: 3600,
            nanos: 0,
        }),
    };
    let mut account = world.channel.listed_accounts().remove(0);
    let capabilities = account.capabilities.as_mut().unwrap();
    capabilities.poll_share_percent = 35;
    capabilities.sweep_share_percent = 15;
    capabilities.read_costs = vec![
        cost(channel::ReadList::PlacedOrders, 1, 10),
        cost(channel::ReadList::OpenClaims, 3, 0),
    ];
    account.quota_per_second = 1;
    // What a channel can do comes with channel-proxy, without a change of the account.
    world.channel.list_accounts(&[account.clone()]);
    assert_eq!(world.app.reconcile_accounts().await.unwrap(), 1);
    let schedule = world.coverage().await.schedules.remove(0);
    assert!(schedule.fits, "{schedule:?}");
    let bucket = &schedule.buckets[0];
    assert_eq!(
        (bucket.bucket.as_str(), bucket.polls_allowed_per_second),
        ("*", 0.35)
    );
    assert!(bucket.polls_per_second <= 0.35 && bucket.polls_per_second > 0.3);
    let pace = |stream: &str| {
        let found = schedule.streams.iter().find(|pace| pace.stream == stream);
        found.unwrap().clone()
    };
    let placed = pace("orders.placed");
    assert_eq!(placed.wanted_pause_milliseconds, 2000);
    assert!(placed.pause_milliseconds > 2000, "{placed:?}");
    assert_eq!(placed.idle_pause_milliseconds, 60_000);
    let claims = pace("claims");
    assert_eq!(
        claims.pause_milliseconds, 30_000,
        "claims are not stretched"
    );
    let settled = pace("claims.settled");
    assert_eq!(settled.pause_milliseconds, 30_000);
    assert_eq!(settled.idle_pause_milliseconds, 900_000);
}
