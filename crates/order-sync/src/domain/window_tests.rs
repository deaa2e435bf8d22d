//! Which span is read next.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::coverage::Unread;
use super::window::*;

fn rules() -> WindowRules {
    WindowRules {
        overlap: TimeDelta::minutes(30),
        short_look: None,
        lag: TimeDelta::seconds(5),
        first_look_back: TimeDelta::hours(48),
        chunk: TimeDelta::hours(24),
        present: TimeDelta::hours(1),
        past_chunk: TimeDelta::hours(24),
        sweep_every: TimeDelta::hours(1),
        sweep_reach: TimeDelta::days(30),
        sweep_span: TimeDelta::hours(24),
        deep_sweep_every: TimeDelta::hours(24),
        deep_sweep_span: TimeDelta::days(7),
        oldest: TimeDelta::days(30),
        reach: Reach::EveryWindow,
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn progress(high_water_at: DateTime<Utc>) -> Progress {
    Progress {
        high_water_at: Some(high_water_at),
        unread: None,
        swept_at: Some(noon()),
        deep_swept_at: Some(noon()),
    }
}

#[test]
fn the_first_contact_reads_the_present_first_and_leaves_the_past_in_parts() {
    let rules = rules();
    let end = noon() - rules.lag;
    let first = next_window(&rules, Progress::default(), None, noon());
    let first_minute = minute_of(end - TimeDelta::hours(1));
    assert_eq!((first.from, first.to), (first_minute, end));
    assert_eq!(first.read_to, noon());
    let mut unread = first.leaves.unwrap();
    assert_eq!(
        (unread.from, unread.to),
        (minute_of(end - TimeDelta::hours(48)), first.from)
    );
    let mut parts = Vec::new();
    while unread.from < unread.to {
        let part = next_past(&rules, unread);
        parts.push((part.to - part.from).num_hours());
        unread.from = part.to;
    }
    assert_eq!(parts, [24, 23]);
}

#[test]
fn a_first_look_that_is_shorter_than_the_present_leaves_nothing() {
    let rules = WindowRules {
        first_look_back: TimeDelta::minutes(20),
        ..rules()
    };
    let window = next_window(&rules, Progress::default(), None, noon());
    assert_eq!(
        window.from,
        minute_of(noon() - rules.lag - TimeDelta::minutes(20))
    );
    assert_eq!(window.leaves, None);
}

#[test]
fn after_a_long_silence_the_present_is_read_first() {
    let rules = rules();
    let silent_since = noon() - TimeDelta::hours(30);
    let window = next_window(&rules, progress(silent_since), None, noon());
    assert_eq!(window.from, minute_of(window.to - rules.present));
    let left = Unread {
        from: minute_of(silent_since - rules.overlap),
        to: window.from,
    };
    assert_eq!(window.leaves, Some(left));
    // A short one is caught up with at once.
    let window = next_window(
        &rules,
        progress(noon() - TimeDelta::minutes(59)),
        None,
        noon(),
    );
    assert_eq!(window.leaves, None);
    assert_eq!(window.from, noon() - TimeDelta::minutes(89));
}

#[test]
fn a_window_overlaps_the_last_one_and_ends_before_now() {
    let window = next_window(
        &rules(),
        progress(noon() - TimeDelta::seconds(7)),
        None,
        noon(),
    );
    assert_eq!(
        window.from,
        noon() - TimeDelta::seconds(7) - TimeDelta::minutes(30)
    );
    assert_eq!(window.to, noon() - TimeDelta::seconds(5));
    assert_eq!(
        window.read_to,
        noon(),
        "the newest seconds are read, but do not count"
    );
    assert_eq!(window.look, Look::Full);
}

#[test]
fn short_looks_are_full_ones_at_the_beginning_of_each_minute() {
    let rules = WindowRules {
        short_look: Some(TimeDelta::minutes(8)),
        ..rules()
    };
    let back = |high_water: DateTime<Utc>, now: DateTime<Utc>| {
        let progress = Progress {
            swept_at: Some(now),
            deep_swept_at: Some(now),
            ..progress(high_water)
        };
        let window = next_window(&rules, progress, None, now);
        assert_eq!(window.to, now - rules.lag);
        (window.look, (high_water - window.from).num_minutes())
    };
    let minute = minute_of(noon());
    let at = |seconds| minute + TimeDelta::seconds(seconds);
    assert_eq!(back(at(2), at(9)), (Look::Short, 8));
    assert_eq!(
        back(at(58), at(67)),
        (Look::Full, 30),
        "its end lies in the next minute"
    );
    assert_eq!(back(at(62), at(69)), (Look::Short, 8));
    assert_eq!(
        back(at(-50), at(69)),
        (Look::Full, 30),
        "after a long pause"
    );
    // A sweep is a sweep.
    let swept = Progress {
        swept_at: None,
        ..progress(at(2))
    };
    let window = next_window(&rules, swept, None, at(9));
    assert_eq!(window.to - window.from, TimeDelta::hours(24));
}

#[test]
fn a_window_reaches_back_to_the_oldest_open_order_of_a_day() {
    let progress = progress(noon() - TimeDelta::seconds(7));
    let hours_ago = |hours| Some(noon() - TimeDelta::hours(hours));
    let rules = WindowRules {
        chunk: TimeDelta::days(30),
        ..rules()
    };
    let window = next_window(&rules, progress, hours_ago(7), noon());
    assert_eq!(window.from, noon() - TimeDelta::hours(7));
    let window = next_window(&rules, progress, hours_ago(70), noon());
    assert_eq!(window.from, window.to - TimeDelta::hours(24));
}

#[test]
fn a_feed_s_window_reaches_back_to_what_is_open_in_sweeps_alone() {
    let rules = WindowRules {
        reach: Reach::Sweeps,
        ..rules()
    };
    let mut progress = progress(noon() - TimeDelta::seconds(7));
    let open = Some(noon() - TimeDelta::hours(70));
    let window = next_window(&rules, progress, open, noon());
    assert_eq!(window.from, noon() - TimeDelta::seconds(7) - rules.overlap);
    progress.swept_at = Some(noon() - TimeDelta::hours(1));
    let window = next_window(&rules, progress, open, noon());
    assert!(window.look.is_sweep());
    assert_eq!(window.from, noon() - TimeDelta::hours(70));
}

#[test]
fn a_sweep_reaches_back_to_every_open_order() {
    let mut progress = progress(noon() - TimeDelta::seconds(7));
    progress.swept_at = Some(noon() - TimeDelta::hours(1));
    let window = next_window(
        &rules(),
        progress,
        Some(noon() - TimeDelta::hours(70)),
        noon(),
    );
    assert!(window.look.is_sweep());
    assert_eq!(window.from, noon() - TimeDelta::hours(70));
    assert_eq!(window.parts(rules().chunk).len(), 3);
    let window = next_window(&rules(), progress, None, noon());
    assert_eq!(window.from, window.to - TimeDelta::hours(24));
}

#[test]
fn once_a_day_a_sweep_looks_a_week_back() {
    let mut progress = progress(noon() - TimeDelta::seconds(7));
    progress.deep_swept_at = Some(noon() - TimeDelta::hours(24));
    let window = next_window(&rules(), progress, None, noon());
    assert_eq!(window.look, Look::DeepSweep);
    assert_eq!(window.from, window.to - TimeDelta::days(7));
    // An order that is open for longer is reached all the same.
    let days_ago = |days| Some(noon() - TimeDelta::days(days));
    let window = next_window(&rules(), progress, days_ago(9), noon());
    assert_eq!(window.from, noon() - TimeDelta::days(9));

    progress.deep_swept_at = Some(noon() - TimeDelta::hours(23));
    progress.swept_at = Some(noon() - TimeDelta::hours(1));
    let window = next_window(&rules(), progress, None, noon());
    assert_eq!(window.look, Look::Sweep);
    assert_eq!(window.from, window.to - TimeDelta::hours(24));
}

#[test]
fn sweeps_let_an_unread_past_go_first_but_not_for_ever() {
    let behind = Progress {
        high_water_at: Some(noon() - TimeDelta::hours(30)),
        ..Progress::default()
    };
    let window = next_window(&rules(), behind, None, noon());
    assert_eq!(window.look, Look::Full, "the present first");
    let swept_hours_ago = |hours| Progress {
        unread: Some(Unread {
            from: noon() - TimeDelta::hours(20),
            to: noon() - TimeDelta::hours(1),
        }),
        swept_at: Some(noon() - TimeDelta::hours(hours)),
        ..progress(noon() - TimeDelta::seconds(7))
    };
    assert!(
        !next_window(&rules(), swept_hours_ago(3), None, noon())
            .look
            .is_sweep()
    );
    assert!(
        next_window(&rules(), swept_hours_ago(4), None, noon())
            .look
            .is_sweep()
    );
}

#[test]
fn a_clock_that_went_back_does_not_move_the_mark_back() {
    let high_water = noon() + TimeDelta::minutes(3);
    assert_eq!(
        next_window(&rules(), progress(high_water), None, noon()).to,
        high_water
    );
}

#[test]
fn parts_join_without_gap() {
    let window = Window {
        from: noon() - TimeDelta::hours(50),
        to: noon() - TimeDelta::seconds(5),
        read_to: noon(),
        leaves: None,
        look: Look::Sweep,
    };
    let parts = window.parts(TimeDelta::hours(24));
    assert_eq!(parts.len(), 3);
    assert_eq!(
        (parts[0].0, parts[0].1, parts[2].1),
        (window.from, parts[1].0, window.read_to)
    );
}

#[test]
fn quiet_streams_slow_down_and_an_arrival_wakes_them() {
    let cadence = Cadence {
        busy: Duration::from_secs(2),
        idle: Duration::from_secs(60),
        calm_after: TimeDelta::minutes(10),
    };
    let quiet = TimeDelta::minutes(11);
    assert_eq!(
        cadence.pause(Duration::from_secs(60), TimeDelta::minutes(1)),
        cadence.busy
    );
    assert_eq!(
        cadence.pause(Duration::from_secs(2), quiet),
        Duration::from_secs(3)
    );
    assert_eq!(cadence.pause(Duration::from_secs(50), quiet), cadence.idle);
    assert_eq!(cadence.back_off(1), Duration::from_secs(4));
    assert_eq!(cadence.back_off(60), Duration::from_secs(300));
}
