//! What channel-proxy costs on the way to a channel: the same reads by a bare HTTP client, in turns.
//!
//! The hub is held still in neither turn and goes on with its own reads; both turns bear the same.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use channel_proxy::signatures;
use chrono::{DateTime, Utc};
use e2e::Port;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_service::{ClientFactory, Clock, ServiceChannel, ServiceKeys, ServiceName};
use prost_types::Timestamp;
use secrecy::SecretString;

use crate::bare::{BACK, Bare};
use crate::report::{Report, Row};
use crate::world::World;

/// Single reads of each seller; few, so that the quota of a second holds those of both turns.
const SINGLE_READS: usize = 10;
/// How long signatures are made.
const SIGNING: Duration = Duration::from_secs(1);

/// One seller, by both ways.
struct Seller {
    account_id: String,
    bare: Bare,
    parcels: Vec<String>,
}

/// How much was done in how long.
#[derive(Default)]
struct Done {
    count: u64,
    time: Duration,
}

impl Done {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn rate(&self) -> f64 {
        self.count as f64 / self.time.as_secs_f64()
    }

    async fn add(&mut self, work: impl Future<Output = Result<u64>>) -> Result<()> {
        let started = Instant::now();
        self.count += work.await?;
        self.time += started.elapsed();
        Ok(())
    }
}

/// Adds what it measured to the report.
pub async fn measure(world: &World, report: &mut Report) -> Result<()> {
    let mut proxy = connect(world)?;
    let merchant = world.hub.admin.merchant_id.clone();
    let sellers = sellers(world).await?;
    let (mut listed, mut bare_listed) = (Done::default(), Done::default());
    let (mut read, mut bare_read) = (Done::default(), Done::default());
    for seller in &sellers {
        let now = Clock::system().now();
        listed.add(list(&mut proxy, &merchant, seller, now)).await?;
        bare_listed.add(seller.bare.count_prepared(now)).await?;
        read.add(read_each(&mut proxy, &merchant, seller)).await?;
        bare_read.add(read_each_bare(seller)).await?;
    }
    ensure!(
        listed.count > 0 && bare_read.count > 0,
        "no seller has orders to read"
    );
    report.add(Row::ratio(
        "list to orders, over a bare list",
        listed.rate(),
        bare_listed.rate(),
        "orders/s",
    ));
    let milliseconds = |done: &Done| 1_000.0 / done.rate();
    report.add(Row::ratio(
        "single read, over a bare call",
        milliseconds(&read),
        milliseconds(&bare_read),
        "ms",
    ));
    sign(world, &sellers, bare_read.rate(), report).await
}

/// Signatures a second on one core, beside the calls that each of them is for.
async fn sign(world: &World, sellers: &[Seller], calls: f64, report: &mut Report) -> Result<()> {
    let seller = sellers.first().context("the sandbox has no vendor")?;
    let path = seller.bare.path("ordersheets");
    let query = "createdAtFrom=2026-11-27%2B09:00&createdAtTo=2026-11-27%2B09:00&status=ACCEPT&maxPerPage=50";
    let coupang = signed(|| {
        black_box(seller.bare.sign(&path, query));
        Ok(())
    })?;
    report.add(Row::ratio(
        "Coupang signatures, over calls",
        coupang.rate(),
        calls,
        "a second",
    ));
    let applications = world.hub.sandbox.applications().await?;
    let application = applications.first().context("the sandbox has no store")?;
    let secret = SecretString::from(application.client_secret.clone());
    let mut at = Clock::system().now().timestamp_millis();
    let smartstore = signed(|| {
        at += 1;
        black_box(signatures::smartstore(&application.client_id, &secret, at)?);
        Ok(())
    })?;
    report.add(Row::ratio(
        "SmartStore signatures, over calls",
        smartstore.rate(),
        calls,
        "a second",
    ));
    Ok(())
}

fn signed(mut sign: impl FnMut() -> Result<()>) -> Result<Done> {
    let started = Instant::now();
    let mut done = Done::default();
    while done.time < SIGNING {
        sign()?;
        done.count += 1;
        done.time = started.elapsed();
    }
    Ok(done)
}

fn connect(world: &World) -> Result<ChannelProxyServiceClient<ServiceChannel>> {
    let place = &world.hub.place;
    let keys = ServiceKeys::load(&place.home().join("keys.json"))?;
    let urls = [(
        ServiceName::ChannelProxy,
        place.ports.url(Port::ChannelProxy),
    )];
    // As order-sync, which is who reads.
    let clients = ClientFactory::with_urls(keys.identity(ServiceName::OrderSync)?, urls.into());
    Ok(ChannelProxyServiceClient::new(
        clients.channel(ServiceName::ChannelProxy),
    ))
}

async fn sellers(world: &World) -> Result<Vec<Seller>> {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()?;
    let accounts = world.hub.admin.channel_accounts().await?;
    let mut sellers = Vec::new();
    for vendor in world.hub.sandbox.vendors().await? {
        let account = accounts
            .iter()
            .find(|account| account.channel_seller_id == vendor.vendor_id);
        let account = account.context("a vendor is not registered")?;
        sellers.push(Seller {
            account_id: account.id.clone(),
            bare: Bare::new(http.clone(), &vendor),
            parcels: world.some_parcels(&account.id, SINGLE_READS).await?,
        });
    }
    Ok(sellers)
}

/// Reads the list of prepared parcels through channel-proxy, and counts the orders it made of them.
async fn list(
    proxy: &mut ChannelProxyServiceClient<ServiceChannel>,
    merchant: &str,
    seller: &Seller,
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut count = 0;
    let mut token = String::new();
    loop {
        let request = pb::FetchOrdersRequest {
            merchant_id: merchant.to_owned(),
            channel_account_id: seller.account_id.clone(),
            call_class: pb::CallClass::Gate.into(),
            state: pb::LineState::Acknowledged.into(),
            from: Some(timestamp(now - BACK)),
            to: Some(timestamp(now)),
            page_token: token,
            known_sha256: Vec::new().into(),
        };
        let page = proxy.fetch_orders(request).await?.into_inner();
        ensure!(
            page.rejected_rows.is_empty(),
            "rows could not be translated: {:?}",
            page.rejected_rows
        );
        count += page.orders.len() as u64;
        token = page.next_page_token;
        if token.is_empty() {
            return Ok(count);
        }
    }
}

async fn read_each(
    proxy: &mut ChannelProxyServiceClient<ServiceChannel>,
    merchant: &str,
    seller: &Seller,
) -> Result<u64> {
    for parcel in &seller.parcels {
        let request = pb::FetchParcelRequest {
            merchant_id: merchant.to_owned(),
            channel_account_id: seller.account_id.clone(),
            call_class: pb::CallClass::Gate.into(),
            channel_parcel_id: parcel.clone(),
        };
        let answer = proxy.fetch_parcel(request).await?.into_inner();
        ensure!(answer.order.is_some(), "a parcel is gone");
    }
    Ok(seller.parcels.len() as u64)
}

async fn read_each_bare(seller: &Seller) -> Result<u64> {
    for parcel in &seller.parcels {
        seller.bare.read_parcel(parcel).await?;
    }
    Ok(seller.parcels.len() as u64)
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    }
}
