//! Coverage beside a model that counts minute by minute.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::coverage::{
    Coverage, CoverageRules, Gap, GapStep, History, KnownGap, Reading, Unread, compare_gaps,
    coverage,
};

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_003_200, 0).unwrap()
}

fn at(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

fn rules() -> CoverageRules {
    CoverageRules {
        lag: TimeDelta::minutes(10),
        grace: TimeDelta::minutes(4),
        second_look: TimeDelta::hours(1),
        watched: TimeDelta::hours(24),
        kept: TimeDelta::days(7),
    }
}

fn reading(from: i64, to: i64, read_at: i64) -> Reading {
    Reading {
        from: at(from),
        to: at(to),
        read_at: at(read_at),
    }
}

fn history(readings: Vec<Reading>) -> History {
    History {
        readings,
        first_read_at: Some(at(-10_000)),
        unread: None,
    }
}

#[test]
fn nothing_is_said_before_the_first_reading_counts() {
    assert_eq!(
        coverage(&History::default(), &rules(), noon()),
        Coverage::default()
    );
    // Read a minute after: the channel's list may not have shown it yet.
    let young = history(vec![reading(-5, 0, 1)]);
    assert_eq!(coverage(&young, &rules(), at(1)).watermark, None);
}

#[test]
fn a_window_proves_only_what_is_older_than_the_lag_when_it_was_read() {
    let once = history(vec![reading(-60, 0, 0)]);
    assert_eq!(coverage(&once, &rules(), noon()).watermark, Some(at(-10)));
}

#[test]
fn the_watermark_stops_at_the_first_minute_that_nobody_read() {
    let torn = history(vec![
        reading(-300, -200, -180),
        reading(-190, 0, 0),
        reading(-300, -200, -170),
        reading(-190, 0, 0),
    ]);
    let found = coverage(&torn, &rules(), noon());
    assert_eq!(found.watermark, Some(at(-200)));
    let gap = Gap {
        from: at(-200),
        to: at(-190),
        readings: 0,
    };
    assert_eq!((found.gaps.as_slice(), gap.minutes()), (&[gap][..], 10));
}

#[test]
fn a_minute_that_was_read_once_is_a_gap_but_holds_up_no_watermark() {
    let thin = history(vec![reading(-300, 0, 0), reading(-300, -100, 0)]);
    let found = coverage(&thin, &rules(), noon());
    assert_eq!(found.watermark, Some(at(-10)));
    let once = Gap {
        from: at(-100),
        to: at(-14),
        readings: 1,
    };
    assert_eq!(found.gaps, [once]);
}

#[test]
fn what_lies_before_the_first_contact_has_until_the_first_sweep() {
    let fresh = History {
        first_read_at: Some(at(-30)),
        ..history(vec![
            reading(-1000, -30, -30),
            reading(-60, 0, 0),
            reading(-60, 0, 0),
        ])
    };
    assert_eq!(coverage(&fresh, &rules(), noon()).gaps, []);
    let found = coverage(&fresh, &rules(), at(60));
    assert_eq!((found.gaps[0].from, found.gaps[0].to), (at(-1000), at(-60)));
}

#[test]
fn an_unread_past_holds_the_watermark_and_is_no_alarm_while_it_is_collected() {
    let unread = Unread {
        from: at(-5000),
        to: at(-60),
    };
    let collecting = History {
        first_read_at: Some(at(-60)),
        unread: Some(unread),
        ..history(vec![reading(-60, 0, 0), reading(-60, 0, 0)])
    };
    let found = coverage(&collecting, &rules(), noon());
    assert_eq!((found.watermark, found.gaps), (Some(at(-5000)), vec![]));
    // The span of an outage is one.
    let outage = History {
        first_read_at: Some(at(-9000)),
        unread: Some(Unread {
            from: at(-200),
            to: at(-60),
        }),
        ..history(vec![
            reading(-9000, -200, -190),
            reading(-9000, -200, -180),
            reading(-60, 0, 0),
            reading(-60, 0, 0),
        ])
    };
    let found = coverage(&outage, &rules(), noon());
    assert_eq!(found.watermark, Some(at(-200)));
    assert_eq!((found.gaps[0].from, found.gaps[0].to), (at(-200), at(-60)));
}

#[test]
fn one_outage_is_told_once_however_it_grows_and_shrinks() {
    let gap = |from, to, readings| Gap {
        from: at(from),
        to: at(to),
        readings,
    };
    let known = |from, to| KnownGap {
        id: 1,
        from: at(from),
        to: at(to),
    };
    let watched = at(-1440);
    // Found: what nobody read beside what was read once is one gap.
    let found = compare_gaps::<i32>(&[], &[gap(-60, -40, 1), gap(-40, -20, 0)], watched);
    assert_eq!(found, [GapStep::Found(gap(-60, -20, 0))]);
    // Longer now.
    let grown = compare_gaps(&[known(-60, -20)], &[gap(-60, -10, 0)], watched);
    let expected = GapStep::Grown {
        id: 1,
        from: at(-60),
        to: at(-10),
    };
    assert_eq!(grown, [expected]);
    // Filled from the left, in two pieces: still the same.
    let pieces = [gap(-40, -30, 0), gap(-25, -20, 1)];
    assert_eq!(compare_gaps(&[known(-60, -20)], &pieces, watched), []);
    assert_eq!(
        compare_gaps(&[known(-60, -20)], &[], watched),
        [GapStep::Closed(1)]
    );
    assert_eq!(
        compare_gaps(&[known(-1600, -1500)], &[], watched),
        [GapStep::Expired(1)]
    );
    // Another one elsewhere.
    let other = [gap(-60, -20, 0), gap(-10, -5, 0)];
    let told = compare_gaps(&[known(-60, -20)], &other, watched);
    assert_eq!(told, [GapStep::Found(gap(-10, -5, 0))]);
}

/// How often a minute was read, by the words of the rule.
fn count(readings: &[Reading], lag: TimeDelta, minute: DateTime<Utc>) -> usize {
    let end = minute + TimeDelta::minutes(1);
    let proves = |r: &&Reading| r.from <= minute && end <= r.to && end + lag <= r.read_at;
    readings.iter().filter(proves).count()
}

prop_compose! {
    /// A window of the last hours with seconds, read now or later.
    fn any_reading()(from in -20_000_i64..-60, span in 0_i64..9_000, late in 0_i64..3_000) -> Reading {
        let from = noon() + TimeDelta::seconds(from);
        let to = (from + TimeDelta::seconds(span)).min(noon());
        Reading { from, to, read_at: (to + TimeDelta::seconds(late)).min(noon()) }
    }
}

proptest! {
    #[test]
    fn gaps_and_watermark_are_those_of_counting_minutes(
        readings in prop::collection::vec(any_reading(), 0..12),
        lag in 0_i64..20,
        watched in 60_i64..400,
    ) {
        let rules = CoverageRules {
            lag: TimeDelta::minutes(lag),
            watched: TimeDelta::minutes(watched),
            kept: TimeDelta::minutes(300),
            ..rules()
        };
        let found = coverage(&history(readings.clone()), &rules, noon());
        let read = |minute: i64| count(&readings, rules.lag, at(minute));
        let first = (-340..0).find(|minute| read(*minute) > 0);
        prop_assert_eq!(found.watermark.is_some(), first.is_some());
        let Some(first) = first else {
            prop_assert_eq!(found.gaps, vec![]);
            return Ok(());
        };

        let start = first.max(-300);
        let complete = (start..0).find(|minute| read(*minute) == 0).unwrap_or(0);
        prop_assert_eq!(found.watermark, Some(at(complete)));

        for minute in -340..0 {
            let due = minute >= start.max(-watched) && minute < -lag - 4;
            let thin = due && read(minute) < 2;
            let in_gaps: Vec<_> = found
                .gaps
                .iter()
                .filter(|gap| gap.from <= at(minute) && at(minute) < gap.to)
                .collect();
            prop_assert_eq!(in_gaps.len(), usize::from(thin), "minute {}", minute);
            if let Some(gap) = in_gaps.first() {
                prop_assert_eq!(gap.readings as usize, read(minute));
            }
        }
        let sorted = found.gaps.windows(2).all(|pair| pair[0].to <= pair[1].from);
        prop_assert!(sorted);
    }
}
