use std::time::Duration;

use chrono::TimeDelta;
use moa_id::Ids;
use moa_service::Env;
use proptest::prelude::*;

use super::account::{Account, Discovery, InquirySource};
use super::inquiry::InquiryKind;
use super::schedule::{CallQuota, ReadCost, Schedule, StreamSchedule};
use super::stream::Stream;
use crate::Config;

const SECOND: Duration = Duration::from_secs(1);

fn config(variables: &[(&str, &str)]) -> Config {
    let env = Env::from_map(variables.iter().copied());
    let mut reader = env.reader();
    let config = Config::read(&mut reader);
    reader.finish().unwrap();
    config
}

fn cost(stream: Stream, bucket: &str, calls: i32, slice: i64, up_to: i64) -> ReadCost {
    ReadCost {
        stream,
        bucket: bucket.to_owned(),
        calls,
        slice_seconds: slice,
        sliced_up_to_seconds: up_to,
    }
}

/// An account of a channel that counts all calls together and cuts the windows of its boxes, as Coupang does.
fn boxes(per_second: i32) -> Account {
    let order = |stream, calls| cost(stream, "*", calls, 600, 3600);
    let other = |stream, calls| cost(stream, "*", calls, 0, 0);
    let costs = vec![
        order(Stream::OrdersPlaced, 1),
        order(Stream::OrdersAcknowledged, 1),
        order(Stream::OrdersDispatched, 3),
        order(Stream::OrdersDelivered, 1),
        other(Stream::Claims, 3),
        other(Stream::ClaimsSettled, 3),
        other(Stream::Inquiries(InquiryKind::Product), 1),
        other(Stream::Inquiries(InquiryKind::CallCenter), 1),
    ];
    account(Discovery::BoxesByState, per_second, costs)
}

/// An account of a channel with a feed that counts each API by itself, as SmartStore does.
fn feed(per_second: i32) -> Account {
    let both = |stream| ["feed", "query"].map(|bucket| cost(stream, bucket, 1, 0, 0));
    let costs = [both(Stream::OrdersChanged), both(Stream::Claims)].concat();
    account(Discovery::ChangesFeed, per_second, costs)
}

fn account(discovery: Discovery, per_second: i32, costs: Vec<ReadCost>) -> Account {
    let ids = Ids::seeded(1);
    Account {
        merchant_id: ids.next(),
        channel_account_id: ids.next(),
        channel: "a-channel".to_owned(),
        discovery,
        overlap: TimeDelta::minutes(30),
        visibility_lag: TimeDelta::minutes(10),
        inquiries: InquirySource {
            kinds: match discovery {
                Discovery::BoxesByState => vec![InquiryKind::Product, InquiryKind::CallCenter],
                Discovery::ChangesFeed => Vec::new(),
            },
            answer_within: None,
        },
        quota: CallQuota {
            per_second,
            poll_percent: 35,
            sweep_percent: 15,
            costs,
        },
    }
}

fn polls(schedule: &Schedule, bucket: &str) -> f64 {
    let load = schedule.buckets.iter().find(|load| load.bucket == bucket);
    load.unwrap().polls
}

fn of(schedule: &Schedule, stream: Stream) -> &StreamSchedule {
    let found = schedule.streams.iter().find(|one| one.stream == stream);
    found.unwrap()
}

fn nearly(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

#[test]
fn the_delivered_schedules_fit_the_delivered_quotas() {
    let config = config(&[]);
    let coupang = config.schedule(&boxes(5));
    assert!(coupang.fits(), "{coupang:?}");
    let placed = of(&coupang, Stream::OrdersPlaced);
    assert_eq!(placed.pause, 2 * SECOND, "nothing is stretched");
    // Of thirty reads a minute one is a full one, of four slices.
    assert!(nearly(placed.calls_per_second, (29.0 + 4.0) / 60.0));
    // Three lists each half minute, as long as a parcel is on its way.
    assert!(nearly(of(&coupang, Stream::Claims).calls_per_second, 0.1));
    assert!(nearly(
        of(&coupang, Stream::ClaimsSettled).calls_per_second,
        0.1
    ));
    let all: f64 = coupang.streams.iter().map(|one| one.calls_per_second).sum();
    assert!(nearly(polls(&coupang, "*"), all));
    assert!(nearly(coupang.buckets[0].polls_allowed, 1.75));
    assert!((0.8..1.1).contains(&all), "{all}");

    let smartstore = config.schedule(&feed(2));
    assert!(smartstore.fits());
    assert!(nearly(polls(&smartstore, "feed"), 0.5 + 1.0 / 30.0));
    assert!(nearly(smartstore.buckets[0].polls_allowed, 0.7));
}

#[test]
fn what_does_not_fit_is_stretched_from_the_shortest_pause_on_and_claims_never() {
    let config = config(&[]);
    let schedule = config.schedule(&boxes(2));
    assert!(schedule.fits(), "{schedule:?}");
    let placed = of(&schedule, Stream::OrdersPlaced);
    assert_eq!(placed.wanted, 2 * SECOND);
    assert!(
        placed.pause > 2 * SECOND && placed.pause < 60 * SECOND,
        "{placed:?}"
    );
    assert!(polls(&schedule, "*") > 0.69, "no more than needed");
    for stream in [Stream::Claims, Stream::ClaimsSettled] {
        assert_eq!(of(&schedule, stream).pause, 30 * SECOND);
    }
    let rest = of(&schedule, Stream::OrdersDelivered);
    assert_eq!(rest.pause, rest.wanted, "it was long already");
}

#[test]
fn what_cannot_be_stretched_enough_says_so_and_is_read_as_seldom_as_allowed() {
    let config = config(&[("MOA_ORDER_SYNC_REVISIT", "5")]);
    let schedule = config.schedule(&boxes(2));
    assert!(!schedule.fits());
    assert_eq!(of(&schedule, Stream::OrdersPlaced).pause, 60 * SECOND);
    assert_eq!(of(&schedule, Stream::OrdersDelivered).pause, 900 * SECOND);
    assert_eq!(of(&schedule, Stream::Claims).pause, 5 * SECOND);
}

#[test]
fn without_known_costs_nothing_is_stretched_and_nothing_is_claimed() {
    let config = config(&[]);
    let mut unknown = boxes(5);
    unknown.quota = CallQuota::default();
    let schedule = config.schedule(&unknown);
    assert!(schedule.buckets.is_empty());
    assert_eq!(of(&schedule, Stream::OrdersPlaced).pause, 2 * SECOND);
}

#[test]
fn a_short_look_at_new_orders_is_one_call_of_a_sliced_list() {
    let config = config(&[]);
    let account = boxes(5);
    let rules = config.windows_of(&account, Stream::OrdersPlaced);
    let short = rules.short_look.unwrap();
    // The longest window of a short look is less than a minute longer, and lies in so many whole minutes.
    let minutes = (short + TimeDelta::seconds(60)).num_minutes() + 1;
    assert!(minutes * 60 <= 600, "{minutes}");
}

proptest! {
    #[test]
    fn a_schedule_that_claims_to_fit_does_and_none_is_stretched_without_need(
        per_second in 1_i32..20,
        poll_min in 1_u32..60,
        revisit in 1_u32..120,
        rest in 1_u32..900,
    ) {
        let config = config(&[
            ("MOA_ORDER_SYNC_POLL_MIN", &poll_min.to_string()),
            ("MOA_ORDER_SYNC_REVISIT", &revisit.to_string()),
            ("MOA_ORDER_SYNC_REST_MIN", &rest.to_string()),
        ]);
        for account in [boxes(per_second), feed(per_second)] {
            let schedule = config.schedule(&account);
            let is_stretched = schedule.streams.iter().any(|one| one.pause > one.wanted);
            let polls_fit = schedule.buckets.iter().all(|load| load.polls <= load.polls_allowed);
            if is_stretched && polls_fit {
                // Stretched by no more than a hundredth of what is allowed.
                let fullest = schedule.buckets.iter().map(|load| load.polls / load.polls_allowed);
                prop_assert!(fullest.fold(0.0, f64::max) > 0.9, "{schedule:?}");
            }
            for one in &schedule.streams {
                prop_assert!(one.pause >= one.wanted);
                let limit = config.cadence(one.stream).idle.max(config.revisit);
                prop_assert!(one.pause <= limit.max(one.wanted));
            }
        }
    }
}
