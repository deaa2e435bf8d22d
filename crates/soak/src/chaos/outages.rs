//! Each channel is away for a while, longer than the alarm of its watermark takes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use e2e::Hub;
use serde_json::{Value, json};

use crate::options::Options;
use crate::world::rates;

/// The channels, and the list of each that shows new orders.
const CHANNELS: [(&str, &str); 2] = [
    ("coupang", "orders.placed"),
    ("smartstore", "orders.changed"),
];
/// The longest that a gap may take to show: the longer of the channels' visibility lags, two of the longest pauses, and
/// two minutes of grace, to the next whole minute, and one for a busy gateway.
const ALARM: Duration = Duration::from_secs(16 * 60);
const BETWEEN: Duration = Duration::from_secs(5);

/// A stream's coverage, as far as it is looked at.
struct Stream {
    channel_account_id: String,
    stream: String,
    /// The ends of its gaps.
    gaps: Vec<DateTime<Utc>>,
}

/// A gap that is open.
#[derive(Debug)]
#[expect(dead_code, reason = "shown when it is still there at the end")]
pub struct OpenGap {
    account: String,
    stream: String,
    to: DateTime<Utc>,
}

/// Takes the channels away one after another and watches that each account's watermark says so; what was wrong with that.
pub async fn run(hub: &Hub, options: &Options) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    if options.outage == 0 {
        return Ok(wrong);
    }
    let away = Duration::from_secs(options.outage.into());
    let started = Instant::now();
    let between = Duration::from_secs(u64::from(options.duration) / 4);
    for (number, (channel, stream)) in (1_u32..).zip(CHANNELS) {
        let begins = between * number;
        tokio::time::sleep(begins.saturating_sub(started.elapsed())).await;
        let since = moa_service::Clock::system().now();
        let rule = json!([{"channel": channel, "kind": "maintenance"}]);
        hub.sandbox.spoil(rule).await?;
        spoil_again(hub, options).await?;
        let seen = watch(hub, (channel, stream), since, away).await?;
        hub.sandbox.spoil(json!([])).await?;
        spoil_again(hub, options).await?;
        if !seen && away >= ALARM {
            wrong.push(format!(
                "{channel} was away for {} s, and not every account's {stream} showed a gap",
                away.as_secs()
            ));
        }
    }
    Ok(wrong)
}

/// Replacing the rules ends the shares, too.
async fn spoil_again(hub: &Hub, options: &Options) -> Result<()> {
    for (channel, _) in CHANNELS {
        let rates = rates(options.faults);
        hub.sandbox.spoil_shares(channel, rates).await?;
    }
    Ok(())
}

/// Waits until the outage is over; whether each account of the channel showed a gap meanwhile.
async fn watch(
    hub: &Hub,
    (channel, stream): (&str, &str),
    since: DateTime<Utc>,
    away: Duration,
) -> Result<bool> {
    let began = Instant::now();
    let mut seen = false;
    while began.elapsed() < away {
        tokio::time::sleep(BETWEEN).await;
        // The gateway may just be starting again.
        if let Ok(all) = every_account_shows(hub, (channel, stream), since).await {
            seen |= all;
        }
    }
    Ok(seen)
}

async fn every_account_shows(
    hub: &Hub,
    (channel, stream): (&str, &str),
    since: DateTime<Utc>,
) -> Result<bool> {
    let accounts = hub.admin.channel_accounts().await?;
    let streams = streams(hub).await?;
    let shows = |id: &str| {
        let of_account = streams
            .iter()
            .filter(|one| one.channel_account_id == id && one.stream == stream);
        of_account.flat_map(|one| &one.gaps).any(|to| *to > since)
    };
    let mut of_channel = accounts.iter().filter(|account| account.channel == channel);
    Ok(of_channel.all(|account| shows(&account.id)))
}

async fn streams(hub: &Hub) -> Result<Vec<Stream>> {
    let streams: Vec<Value> = hub.admin.all("/api/v1/coverage", "streams").await?;
    streams.iter().map(Stream::read).collect()
}

/// Every gap in a list of orders that is open now.
pub async fn gaps(hub: &Hub) -> Result<Vec<OpenGap>> {
    let mut open = Vec::new();
    for one in streams(hub).await? {
        if !CHANNELS.iter().any(|(_, stream)| one.stream == *stream) {
            continue;
        }
        let gaps = one.gaps.iter().map(|gap| OpenGap {
            account: one.channel_account_id.clone(),
            stream: one.stream.clone(),
            to: *gap,
        });
        open.extend(gaps);
    }
    Ok(open)
}

impl Stream {
    fn read(told: &Value) -> Result<Self> {
        let text = |member: &str| told.get(member).and_then(Value::as_str);
        let gaps = told.get("gaps").and_then(Value::as_array);
        let gaps = gaps.context("a stream tells of no gaps")?.iter();
        let ends = gaps.map(|gap| {
            let to = gap.get("to").and_then(Value::as_str);
            Ok(to.context("a gap has no end")?.parse()?)
        });
        Ok(Self {
            channel_account_id: text("channel_account_id").unwrap_or_default().to_owned(),
            stream: text("stream").unwrap_or_default().to_owned(),
            gaps: ends.collect::<Result<_>>()?,
        })
    }
}
