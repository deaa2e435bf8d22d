//! What the merchant's people are told of open questions: how many, where, until when. Nothing that a buyer said.

use std::fmt::Write;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

use super::announcement::{channel_name, escaped};

/// The same is told again after this: what still waits must not be forgotten, and more often is noise.
const REPEAT: TimeDelta = TimeDelta::hours(1);
const KOREA_SECONDS: i32 = 9 * 3600;
/// Older numbers are not sent: questions have come and gone since.
pub(crate) const STALE_AFTER: TimeDelta = TimeDelta::minutes(9);

/// Open questions at one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenAt {
    /// The channel's code.
    pub(crate) channel: String,
    pub(crate) urgent: u32,
    pub(crate) normal: u32,
}

/// Open questions of a merchant, as they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest {
    /// When it was so.
    pub(crate) as_of: DateTime<Utc>,
    /// Channels with open questions.
    pub(crate) channels: Vec<OpenAt>,
    /// The earliest time by which one is to be answered; it may be past.
    pub(crate) earliest_answer_by: Option<DateTime<Utc>>,
}

/// Open questions, and what tells these from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) digest: Digest,
    /// The same as long as the same questions wait, as urgent as now.
    pub(crate) mark: String,
}

/// What was told last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LastDigest {
    /// Of what waited then.
    pub(crate) fingerprint: String,
    pub(crate) told_at: Option<DateTime<Utc>>,
    /// What became of it.
    pub(crate) fate: Fate,
    /// How many failed in a row before it.
    pub(crate) failed_before: i16,
}

/// What became of a digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is not known yet.
    UnderWay,
    /// Slack took it, or is assumed to have.
    #[default]
    Told,
    /// Slack was away for too long, or refused it.
    Failed,
}

impl Waiting {
    /// What makes two digests the same news: which questions wait, how urgent they are, whether one is late.
    pub(crate) fn fingerprint(&self) -> String {
        let late = if self.digest.is_late() { " late" } else { "" };
        format!("{}{late}", self.mark)
    }

    /// Whether it is worth a message: when what waits is not what was told (a question came, was answered, or became urgent
    /// or late), and when the same have waited for an hour since. Never while nothing is open, nor while the last message is
    /// on its way. One that failed told nobody: what waits is told anew after a pause, see [`LastDigest::pause`].
    pub(crate) fn is_news(&self, last: &LastDigest) -> bool {
        if self.digest.open() == 0 {
            return false;
        }
        match last.told_at {
            None => true,
            Some(told_at) if self.digest.as_of - told_at >= REPEAT => true,
            Some(told_at) => match last.fate {
                Fate::UnderWay => false,
                Fate::Failed => self.digest.as_of - told_at > last.pause(),
                Fate::Told => self.fingerprint() != last.fingerprint,
            },
        }
    }
}

impl LastDigest {
    /// How long after a failed one nothing is told: at least until its numbers are too old for anybody to redrive it, and
    /// longer with each that failed before it, since a webhook that was revoked refuses all of them. A look comes every ten
    /// minutes; these are a minute short of the first, the second and the fourth, so that one that is early still counts.
    fn pause(&self) -> TimeDelta {
        match self.failed_before {
            ..=0 => STALE_AFTER,
            1 => TimeDelta::minutes(19),
            2 => TimeDelta::minutes(39),
            3.. => REPEAT,
        }
    }

    /// How many have failed in a row, this one included.
    pub(crate) fn failed_in_a_row(&self) -> i16 {
        match self.fate {
            Fate::Told => 0,
            Fate::UnderWay => self.failed_before,
            Fate::Failed => self.failed_before.saturating_add(1),
        }
    }
}

impl Digest {
    fn urgent(&self) -> u32 {
        let urgent = self.channels.iter().map(|one| one.urgent);
        urgent.fold(0, u32::saturating_add)
    }

    fn open(&self) -> u32 {
        self.channels
            .iter()
            .map(OpenAt::open)
            .fold(0, u32::saturating_add)
    }

    fn is_late(&self) -> bool {
        self.earliest_answer_by.is_some_and(|by| by <= self.as_of)
    }

    /// The message in Slack's own notation; `inbox` is where the questions are answered.
    pub(crate) fn text(&self, inbox: &str) -> String {
        let mut text = format!("답변할 문의 {}건", self.open());
        if self.urgent() > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, " (급한 문의 {}건)", self.urgent());
        }
        for one in &self.channels {
            let channel = escaped(channel_name(&one.channel));
            let _ = write!(text, "\n• {channel} {}건", one.open());
            if one.urgent > 0 {
                let _ = write!(text, " (급함 {}건)", one.urgent);
            }
        }
        if let Some(by) = self.earliest_answer_by
            && let Some(korea) = FixedOffset::east_opt(KOREA_SECONDS)
        {
            let by = by.with_timezone(&korea).format("%-m월 %-d일 %H:%M");
            let late = if self.is_late() {
                " (지났습니다)"
            } else {
                ""
            };
            let _ = write!(text, "\n가장 빠른 답변 기한: {by}{late}");
        }
        let _ = write!(text, "\n<{}|문의함 열기>", escaped(inbox));
        text
    }
}

impl OpenAt {
    fn open(&self) -> u32 {
        self.urgent.saturating_add(self.normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_003_200, 0).unwrap()
    }

    fn after(minutes: i64) -> DateTime<Utc> {
        noon() + TimeDelta::minutes(minutes)
    }

    fn waiting(mark: &str, open: (u32, u32), as_of: DateTime<Utc>) -> Waiting {
        Waiting {
            digest: Digest {
                as_of,
                channels: vec![OpenAt {
                    channel: "coupang".to_owned(),
                    urgent: open.0,
                    normal: open.1,
                }],
                earliest_answer_by: Some(after(30)),
            },
            mark: mark.to_owned(),
        }
    }

    #[test]
    fn it_says_how_many_where_until_when_and_where_to_answer() {
        let inbox = "http://127.0.0.1:8080/inquiries";
        assert_eq!(
            waiting("a", (2, 3), noon()).digest.text(inbox),
            "답변할 문의 5건 (급한 문의 2건)\n• 쿠팡 5건 (급함 2건)\n가장 빠른 답변 기한: 11월 18일 21:30\n\
             <http://127.0.0.1:8080/inquiries|문의함 열기>"
        );
        let late = waiting("a", (0, 1), after(30)).digest.text(inbox);
        assert!(late.contains("11월 18일 21:30 (지났습니다)"), "{late}");
    }

    #[test]
    fn it_is_told_when_what_waits_is_not_what_was_told_and_else_once_an_hour() {
        use Fate::{Failed, Told, UnderWay};
        let last = |fate| LastDigest {
            fingerprint: waiting("a", (0, 1), noon()).fingerprint(),
            told_at: Some(noon()),
            fate,
            failed_before: 0,
        };
        let one = (0, 1);
        for (waits, before, news, why) in [
            (
                waiting("", (0, 0), noon()),
                LastDigest::default(),
                false,
                "nothing is open",
            ),
            (
                waiting("a", one, noon()),
                LastDigest::default(),
                true,
                "the first",
            ),
            (waiting("a", one, after(10)), last(Told), false, "the same"),
            (
                waiting("b", one, after(10)),
                last(Told),
                true,
                "another, and as many",
            ),
            (
                waiting("b", one, after(10)),
                last(UnderWay),
                false,
                "the last is on its way",
            ),
            (
                waiting("a", one, after(30)),
                last(Told),
                true,
                "one is late",
            ),
            (
                waiting("a", one, after(60)),
                last(Told),
                true,
                "an hour has passed",
            ),
            (
                waiting("b", one, after(60)),
                last(UnderWay),
                true,
                "nothing is on its way for so long",
            ),
            (
                waiting("a", one, after(9)),
                last(Failed),
                false,
                "a person may still redrive what failed",
            ),
            (
                waiting("a", one, after(10)),
                last(Failed),
                true,
                "what failed told nobody",
            ),
            (
                waiting("b", one, after(5)),
                last(Failed),
                false,
                "others wait, and what failed may still be redriven",
            ),
            (
                waiting("", (0, 0), after(120)),
                last(Failed),
                false,
                "all are answered",
            ),
        ] {
            assert_eq!(waits.is_news(&before), news, "{why}");
        }
    }

    #[test]
    fn each_that_fails_makes_the_next_wait_longer_up_to_an_hour() {
        let mut last = LastDigest {
            told_at: Some(noon()),
            fate: Fate::Failed,
            ..LastDigest::default()
        };
        for (too_early, early_enough) in [(9, 10), (19, 20), (39, 40), (59, 60), (59, 60)] {
            let news = |minutes| waiting("b", (0, 1), after(minutes)).is_news(&last);
            assert!(!news(too_early) && news(early_enough), "{last:?}");
            last.failed_before = last.failed_in_a_row();
        }
        last.fate = Fate::UnderWay;
        assert_eq!(last.failed_in_a_row(), 5, "nobody knows yet");
        last.fate = Fate::Told;
        assert_eq!(last.failed_in_a_row(), 0, "one was told");
    }
}
