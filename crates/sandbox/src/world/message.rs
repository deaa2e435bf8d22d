//! Text messages as SOLAPI keeps them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub group_id: String,
    pub account: u32,
    pub to: String,
    pub from: String,
    /// `SMS` or `LMS`.
    pub kind: MessageKind,
    pub text: String,
    pub subject: Option<String>,
    pub custom_fields: BTreeMap<String, String>,
    pub auto_type_detect: bool,
    pub accepted_at: DateTime<Utc>,
    /// When sending begins: at once, or as scheduled.
    pub send_at: DateTime<Utc>,
    pub price: i64,
    /// The code the carrier will fail it with, for recipients that stand for failures.
    pub fails_with: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MessageKind {
    Sms,
    Lms,
}

impl MessageKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Lms => "LMS",
        }
    }
}

/// How long the steps of a delivery take.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub sent_after: Duration,
    pub delivered_after: Duration,
}

/// Where a message is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub code: String,
    pub sent_at: Option<DateTime<Utc>>,
    pub received_at: Option<DateTime<Utc>>,
}

impl Message {
    /// The state at `now`: 2000 accepted, 3000 with the carrier, 4000 delivered or a failure of the carrier.
    pub fn progress(&self, pace: Pace, now: DateTime<Utc>) -> Progress {
        let after =
            |delay: Duration| self.send_at + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
        let sent_at = Some(after(pace.sent_after)).filter(|at| *at <= now);
        let received_at =
            Some(after(pace.delivered_after.max(pace.sent_after))).filter(|at| *at <= now);
        let code = match (sent_at, received_at) {
            (None, _) => "2000".to_owned(),
            (Some(_), None) => "3000".to_owned(),
            (Some(_), Some(_)) => self.fails_with.clone().unwrap_or_else(|| "4000".to_owned()),
        };
        Progress {
            code,
            sent_at,
            received_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fails_with: Option<&str>) -> Message {
        Message {
            id: "M4V".to_owned(),
            group_id: "G4V".to_owned(),
            account: 0,
            to: "01012345678".to_owned(),
            from: "0212345678".to_owned(),
            kind: MessageKind::Sms,
            text: "안녕하세요".to_owned(),
            subject: None,
            custom_fields: BTreeMap::new(),
            auto_type_detect: true,
            accepted_at: DateTime::UNIX_EPOCH,
            send_at: DateTime::UNIX_EPOCH,
            price: 18,
            fails_with: fails_with.map(str::to_owned),
        }
    }

    #[test]
    fn a_message_is_accepted_then_sent_then_delivered_or_failed() {
        let pace = Pace {
            sent_after: Duration::from_secs(1),
            delivered_after: Duration::from_secs(2),
        };
        let code = |message: &Message, seconds| {
            message
                .progress(pace, DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds))
                .code
        };
        let good = message(None);
        assert_eq!(
            [code(&good, 0), code(&good, 1), code(&good, 2)],
            ["2000", "3000", "4000"]
        );
        let bad = message(Some("3010"));
        assert_eq!([code(&bad, 1), code(&bad, 2)], ["3000", "3010"]);
    }
}
