use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().into()
}

fn window(from: &str, to: &str, class: CallClass) -> Window {
    Window::parse(at(from), at(to), class).unwrap()
}

fn minutes(steps: &[Step]) -> Vec<String> {
    let span = |step: &Step| match step.span {
        Span::Minutes(from, to) => format!(
            "{} {}-{}",
            step.what,
            from.format("%dT%H:%M"),
            to.format("%H:%M")
        ),
        Span::Days(from, to) => format!("{} {from}..{to}", step.what),
    };
    steps.iter().map(span).collect()
}

#[test]
fn a_short_window_is_read_in_slices_of_ten_minutes() {
    let window = window(
        "2026-03-01T10:03:20+09:00",
        "2026-03-01T10:25:40+09:00",
        CallClass::Poll,
    );
    assert_eq!(
        minutes(&window.order_steps(&["ACCEPT"])),
        [
            "ACCEPT 01T10:03-10:13",
            "ACCEPT 01T10:13-10:23",
            "ACCEPT 01T10:23-10:26"
        ]
    );
}

#[test]
fn no_slice_crosses_korean_midnight() {
    let window = window(
        "2026-03-01T23:45:00+09:00",
        "2026-03-02T00:05:00+09:00",
        CallClass::Poll,
    );
    assert_eq!(
        minutes(&window.order_steps(&["ACCEPT"])),
        [
            "ACCEPT 01T23:45-23:55",
            "ACCEPT 01T23:55-23:59",
            "ACCEPT 2026-03-01..2026-03-02",
            "ACCEPT 02T00:00-00:05"
        ]
    );
}

#[test]
fn sweeps_and_wide_windows_are_read_by_day_up_to_tomorrow() {
    let sweep = window(
        "2026-03-01T00:30:00+09:00",
        "2026-03-01T08:00:00+09:00",
        CallClass::Sweep,
    );
    let expected = [
        "DEPARTURE 2026-03-01..2026-03-02",
        "NONE_TRACKING 2026-03-01..2026-03-02",
    ];
    assert_eq!(
        minutes(&sweep.order_steps(&["DEPARTURE", "NONE_TRACKING"])),
        expected
    );
    let wide = window(
        "2026-01-01T00:00:00+09:00",
        "2026-03-01T08:00:00+09:00",
        CallClass::Poll,
    );
    assert_eq!(
        minutes(&wide.order_steps(&["ACCEPT"])),
        [
            "ACCEPT 2026-01-01..2026-01-31",
            "ACCEPT 2026-01-31..2026-03-02"
        ]
    );
}

#[test]
fn claims_of_a_short_window_are_one_read_of_each_kind() {
    let window = window(
        "2026-03-01T23:45:00+09:00",
        "2026-03-02T00:05:00+09:00",
        CallClass::Poll,
    );
    let steps = window.claim_steps(&["RU", "UC"]);
    assert_eq!(minutes(&steps), ["RU 01T23:45-00:05", "UC 01T23:45-00:05"]);
}

#[test]
fn a_token_goes_on_where_the_page_ended_and_only_for_its_own_window() {
    let poll = window(
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:15:00Z",
        CallClass::Poll,
    );
    let steps = poll.order_steps(&["ACCEPT"]).len();
    assert_eq!(steps, 2);
    let first = poll.progress("ACCEPT", "").unwrap();
    let token = first.after("448537989", steps);
    let second = poll.progress("ACCEPT", &token).unwrap();
    assert_eq!((second.step, second.next_token.as_str()), (0, "448537989"));
    let token = second.after("", steps);
    let third = poll.progress("ACCEPT", &token).unwrap();
    assert_eq!((third.step, third.next_token.as_str()), (1, ""));
    assert_eq!(third.after("", steps), "");

    assert!(poll.progress("INSTRUCT", &token).is_err());
    let other = window(
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:16:00Z",
        CallClass::Poll,
    );
    assert!(other.progress("ACCEPT", &token).is_err());
    assert!(poll.progress("ACCEPT", "nonsense").is_err());
}

#[test]
fn a_window_that_is_none_is_refused_by_field() {
    let parse = |from, to| {
        Window::parse(at(from), at(to), CallClass::Poll)
            .unwrap_err()
            .field
    };
    assert_eq!(parse("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"), "to");
    assert_eq!(parse("2024-03-01T10:00:00Z", "2026-03-01T10:00:00Z"), "to");
    assert_eq!(
        parse("1969-03-01T10:00:00Z", "1969-03-02T10:00:00Z"),
        "from"
    );
}

proptest! {
    /// Every second of a short window lies inside a read; reads by minute are at most ten minutes long and of one day.
    #[test]
    fn reads_cover_the_whole_window(start in 1_700_000_000i64..1_800_000_000, length in 1i64..86_400) {
        let from = DateTime::from_timestamp(start, 0).unwrap();
        let to = from + TimeDelta::seconds(length);
        let window = Window::parse(from, to, CallClass::Poll).unwrap();
        let mut covered_until = korean(from);
        for span in window.slices() {
            let (begin, end) = match span {
                Span::Minutes(begin, end) => {
                    prop_assert!(end - begin <= SLICE);
                    prop_assert_eq!(begin.date(), end.date());
                    (begin, end)
                }
                Span::Days(first, last) => {
                    let midnight = chrono::NaiveTime::MIN;
                    (first.and_time(midnight), last.and_time(midnight))
                }
            };
            prop_assert!(begin <= covered_until);
            covered_until = covered_until.max(end);
        }
        prop_assert!(covered_until >= korean(to));
    }

    /// A week's list is read without a gap, each read shorter than a week, whatever midnights and month ends it meets.
    #[test]
    fn weeks_cover_the_whole_window(start in 1_700_000_000i64..1_800_000_000, length in 1i64..3_000_000) {
        let from = DateTime::from_timestamp(start, 0).unwrap();
        let to = from + TimeDelta::seconds(length);
        let window = Window::parse(from, to, CallClass::Poll).unwrap();
        let mut covered_until = korean(from);
        for step in window.week_steps("X") {
            let Span::Minutes(begin, end) = step.span else {
                panic!("an exchange list is read by moment");
            };
            prop_assert!(begin <= covered_until && begin < end);
            prop_assert!(end - begin < TimeDelta::days(7));
            covered_until = end;
        }
        prop_assert!(covered_until >= korean(to));
    }

    /// Every Korean day that a window touches is read exactly once, seven days at most in one read.
    #[test]
    fn days_are_read_once(start in 1_700_000_000i64..1_800_000_000, length in 1i64..3_000_000) {
        let from = DateTime::from_timestamp(start, 0).unwrap();
        let to = from + TimeDelta::seconds(length);
        let window = Window::parse(from, to, CallClass::Poll).unwrap();
        let days = days_of(&window.week_day_steps("X"), 7)?;
        prop_assert_eq!(days.first(), Some(&korean(from).date()));
        prop_assert_eq!(days.last(), Some(&korean(to).date()));
        prop_assert!(days.is_sorted_by(|a, b| a.succ_opt() == Some(*b)));
    }

    /// Days asked for are days read, first and last inside, across every month end and leap day.
    #[test]
    fn a_month_of_days_is_those_days(first in 0i64..20_000, more in 0i64..400) {
        let from = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + TimeDelta::days(first);
        let to = from + TimeDelta::days(more);
        let Ok(window) = Window::of_days(from, to) else {
            prop_assert!(more == 400, "the longest window has 400 days");
            return Ok(());
        };
        let days = days_of(&window.day_steps("X", 27), 28)?;
        prop_assert_eq!(days.first(), Some(&from));
        prop_assert_eq!(days.last(), Some(&to));
        prop_assert_eq!(i64::try_from(days.len()).unwrap(), more + 1);
    }
}

/// The days of reads, in their order; each read has at most so many.
fn days_of(steps: &[Step], most: i64) -> Result<Vec<NaiveDate>, TestCaseError> {
    let mut days = Vec::new();
    for step in steps {
        let Span::Days(first, last) = step.span else {
            panic!("a list of days is read by day");
        };
        prop_assert!(first <= last && last - first < TimeDelta::days(most));
        let mut day = first;
        while day <= last {
            days.push(day);
            day = day.succ_opt().unwrap();
        }
    }
    Ok(days)
}

#[test]
fn a_week_of_exchanges_meets_midnight_and_the_month_s_end() {
    let window = window(
        "2026-02-25T23:59:30+09:00",
        "2026-03-06T00:00:30+09:00",
        CallClass::Poll,
    );
    assert_eq!(
        minutes(&window.week_day_steps("W")),
        ["W 2026-02-25..2026-03-03", "W 2026-03-04..2026-03-06"]
    );
    assert_eq!(
        minutes(&window.week_steps("E")),
        ["E 25T23:59-23:59", "E 03T23:59-00:01"]
    );
}
