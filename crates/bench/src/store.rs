//! Storing alone: order-sync in this process, before a channel whose answers stand ready, on a database of its own in the
//! hub's PostgreSQL.
//!
//! - **First time:** a window of new orders, from asking for it to its closing, beside the same rows by bare upserts.
//! - **Again:** the same window, in which nothing changed, beside the first time.
//! - **A full base:** both again with many orders of the same account in the tables, beside the empty ones. The base is made
//!   by the database itself from an order that was collected, through the real tables with all their indexes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use moa_id::Ids;
use moa_jobs::{Lease, Leases};
use moa_service::{Clock, Env};
use moa_vault::KeyRing;
use order_sync::{
    Account, App, AppParts, CallQuota, Config, Discovery, InquirySource, MIGRATOR, SCHEMA, Stream,
};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::options::Options;
use crate::played::{Played, order};
use crate::report::{Report, Row};
use crate::world::World;
use crate::yardstick;

const FIRST_AIM: f64 = 0.5;
const AGAIN_AIM: f64 = 0.1;
const BASE_AIM: f64 = 1.2;
/// Rounds of each; the fastest counts, since this machine does other things, too.
const ROUNDS: u64 = 3;
/// Orders that the database makes in one statement.
const BASE_BATCH: u32 = 50_000;

/// What a database can do with a window, and what we do.
#[derive(Debug, Clone, Copy)]
struct Times {
    first: Duration,
    again: Duration,
    bare: Duration,
    select_list: Duration,
    orders: u64,
}

/// Measures on a fresh database beside the hub's, which is held still meanwhile.
pub async fn measure(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    world.hub.process.pause()?;
    let measured = measured(world, options, report).await;
    world.hub.process.resume()?;
    measured
}

async fn measured(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    sqlx::raw_sql("CREATE DATABASE bench_store")
        .execute(&world.db)
        .await?;
    let url = world.hub.cluster().url_as("moa")?;
    let url = url.replacen("/moa?", "/bench_store?", 1);
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .connect(&url)
        .await?;
    MIGRATOR.run(&pool).await?;
    let mut bench = Bench::new(pool, options.store_orders).await?;
    let empty = bench.rounds().await?;
    let rate = |time: Duration| empty.orders as f64 / time.as_secs_f64();
    report.add(
        Row::ratio(
            format!("store {} new orders", empty.orders),
            rate(empty.first),
            rate(empty.bare),
            "orders/s",
        )
        .at_least(FIRST_AIM),
    );
    report.add(Row::ratio(
        "beside rows of the select list",
        rate(empty.first),
        rate(empty.select_list),
        "orders/s",
    ));
    let (first, again) = (milliseconds(empty.first), milliseconds(empty.again));
    report.add(Row::ratio("the same window again", again, first, "ms").at_most(AGAIN_AIM));

    eprintln!("  filling the base with {} orders…", options.base);
    bench.fill(options.base).await?;
    let full = bench.rounds().await?;
    let name = format!("store beside {} orders", options.base);
    let row = Row::ratio(name, milliseconds(full.first), first, "ms");
    report.add(row.at_most(BASE_AIM));
    let row = Row::ratio(
        "the same window again",
        milliseconds(full.again),
        again,
        "ms",
    );
    report.add(row.at_most(BASE_AIM));
    bench.pool.close().await;
    sqlx::raw_sql("DROP DATABASE bench_store WITH (FORCE)")
        .execute(&world.db)
        .await?;
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

struct Bench {
    pool: PgPool,
    app: App,
    channel: Played,
    account: Account,
    lease: Lease,
    clock: Clock,
    /// Of one window.
    orders: u32,
    /// Numbers that were given to orders.
    placed: u64,
}

impl Bench {
    async fn new(pool: PgPool, orders: u32) -> Result<Self> {
        let clock = Clock::system();
        let ids = Ids::system();
        let env = Env::default();
        let mut reader = env.reader();
        let config = Config::read(&mut reader);
        reader.finish()?;
        let channel = Played::default();
        moa_outbox::ensure_partitions(&pool, SCHEMA).await?;
        let app = App::new(AppParts {
            pool: pool.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            key_ring: KeyRing::generate().into(),
            channel_proxy: channel.serve().await?,
            config,
        });
        let account = Account {
            merchant_id: ids.next(),
            channel_account_id: ids.next(),
            channel: "coupang".to_owned(),
            discovery: Discovery::BoxesByState,
            overlap: TimeDelta::minutes(30),
            visibility_lag: TimeDelta::minutes(10),
            inquiries: InquirySource::default(),
            quota: CallQuota::default(),
        };
        let leases = Leases::new(pool.clone(), SCHEMA, ids.uuid());
        // Longer than it takes.
        let lease = leases.try_acquire("bench", Duration::from_secs(86_400));
        let lease = lease.await?.context("somebody else has the lease")?;
        let mut bench = Self {
            pool,
            app,
            channel,
            account,
            lease,
            clock,
            orders,
            placed: 0,
        };
        // The first contact, the keys, the first pages of every table.
        bench.place();
        bench.collect().await?;
        Ok(bench)
    }

    /// Lets the channel show new orders in place of the old.
    fn place(&mut self) {
        let now = self.clock.now() - TimeDelta::minutes(1);
        let numbers = self.placed + 1..=self.placed + u64::from(self.orders);
        self.placed += u64::from(self.orders);
        self.channel
            .show(numbers.map(|number| order(number, now)).collect());
    }

    async fn collect(&self) -> Result<(Duration, usize)> {
        let started = Instant::now();
        let collected = self
            .app
            .collect(&self.account, Stream::OrdersPlaced, &self.lease)
            .await?;
        ensure!(collected.parked == 0, "{collected:?}");
        Ok((started.elapsed(), collected.placed))
    }

    /// The fastest of some rounds of each.
    async fn rounds(&mut self) -> Result<Times> {
        let mut fastest: Option<Times> = None;
        for _ in 0..ROUNDS {
            let times = self.round().await?;
            fastest = Some(match fastest {
                None => times,
                Some(best) => Times {
                    first: best.first.min(times.first),
                    again: best.again.min(times.again),
                    bare: best.bare.min(times.bare),
                    select_list: best.select_list.min(times.select_list),
                    orders: times.orders,
                },
            });
        }
        fastest.context("nothing was measured")
    }

    async fn round(&mut self) -> Result<Times> {
        let since: DateTime<Utc> = self.clock.now();
        self.place();
        let (first, placed) = self.collect().await?;
        ensure!(placed == self.orders as usize, "{placed} were new");
        let (again, placed) = self.collect().await?;
        ensure!(placed == 0, "{placed} were new the second time");
        let bare = yardstick::measure(&self.pool, since).await?;
        ensure!(
            bare.orders == u64::from(self.orders),
            "{} rows",
            bare.orders
        );
        Ok(Times {
            first,
            again,
            bare: bare.time,
            select_list: bare.select_list,
            orders: bare.orders,
        })
    }

    /// Copies an order so often, each with ids and a time of its own, over the month before.
    async fn fill(&self, count: u32) -> Result<()> {
        let mut made = 0;
        while made < count {
            let some = BASE_BATCH.min(count - made);
            let sql = "INSERT INTO order_sync.orders
                       SELECT copy.*
                       FROM order_sync.orders AS o
                       CROSS JOIN generate_series($1::int, $2::int) AS n
                       CROSS JOIN LATERAL jsonb_populate_record(
                           o,
                           jsonb_build_object(
                               'order_id', gen_random_uuid(),
                               'channel_order_id', 'base-' || n,
                               'state', 'CONFIRMED',
                               'ordered_at', o.ordered_at - n * interval '2 seconds',
                               'sorted_at', o.sorted_at - n * interval '2 seconds',
                               'created_at', o.created_at - n * interval '2 seconds')) AS copy
                       WHERE o.order_id = (SELECT order_id
                                           FROM order_sync.orders
                                           WHERE channel_order_id NOT LIKE 'base-%'
                                           ORDER BY created_at
                                           LIMIT 1)";
            sqlx::query(sql)
                .bind(i32::try_from(made + 1)?)
                .bind(i32::try_from(made + some)?)
                .execute(&self.pool)
                .await?;
            made += some;
        }
        let sql = "INSERT INTO order_sync.order_lines
                   SELECT copy.*
                   FROM order_sync.order_lines AS l
                   JOIN order_sync.orders AS o ON o.channel_order_id LIKE 'base-%'
                   CROSS JOIN LATERAL jsonb_populate_record(
                       l,
                       jsonb_build_object('order_id', o.order_id, 'line_id', gen_random_uuid())) AS copy
                   WHERE l.order_id = (SELECT order_id
                                       FROM order_sync.orders
                                       WHERE channel_order_id NOT LIKE 'base-%'
                                       ORDER BY created_at
                                       LIMIT 1)";
        sqlx::raw_sql(sql).execute(&self.pool).await?;
        sqlx::raw_sql("VACUUM ANALYZE").execute(&self.pool).await?;
        Ok(())
    }
}
