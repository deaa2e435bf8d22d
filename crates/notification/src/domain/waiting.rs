//! How long an effect waits for a person to register the means.

use chrono::TimeDelta;

/// The pause at first and at last. Registering wakes what waits, so a long pause makes nobody wait.
const SHORTEST: TimeDelta = TimeDelta::seconds(15);
const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// The pause before the next look for a sender; it grows with the time waited.
pub(crate) fn sender_pause(waited: TimeDelta) -> TimeDelta {
    (waited / 2).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_from_a_quarter_of_a_minute_to_ten_minutes() {
        let pause = |waited: i64| sender_pause(TimeDelta::seconds(waited)).num_seconds();
        assert_eq!(
            [
                pause(-5),
                pause(0),
                pause(30),
                pause(120),
                pause(1200),
                pause(604_800)
            ],
            [15, 15, 15, 60, 600, 600]
        );
    }

    #[test]
    fn a_week_without_a_sender_is_some_thousand_looks() {
        let week = TimeDelta::days(7);
        let mut waited = TimeDelta::zero();
        let mut looks = 0;
        while waited < week {
            waited += sender_pause(waited);
            looks += 1;
        }
        assert!(looks < 1_050, "{looks}");
    }
}
