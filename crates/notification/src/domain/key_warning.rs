//! What the merchant is told of a channel key that ends.

use chrono::{DateTime, FixedOffset, Utc};

use super::announcement::{channel_name, escaped};

const KOREA_SECONDS: i32 = 9 * 3600;

/// A key that ends soon. After that the channel refuses every call: no order is collected and no number is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyWarning {
    /// The channel's code.
    pub(crate) channel: String,
    /// What the merchant calls the account.
    pub(crate) account_name: String,
    pub(crate) key_expires_at: DateTime<Utc>,
    /// It ends within so many days.
    pub(crate) within_days: i32,
}

impl KeyWarning {
    /// The message in Slack's own notation; `accounts` is where keys are replaced.
    pub(crate) fn text(&self, accounts: &str) -> String {
        let ends_at = match FixedOffset::east_opt(KOREA_SECONDS) {
            Some(korea) => self.key_expires_at.with_timezone(&korea).fixed_offset(),
            None => self.key_expires_at.fixed_offset(),
        };
        format!(
            "{} API 키가 {}일 안에 끝납니다: {} ({}까지)\n끝나면 주문 수집과 송장 등록이 멈춥니다. 채널에서 새 키를 \
             받아 계정에 등록하세요.\n<{}|채널 계정 열기>",
            escaped(channel_name(&self.channel)),
            self.within_days,
            escaped(&self.account_name),
            ends_at.format("%Y-%m-%d %H:%M"),
            escaped(accounts),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_which_key_ends_when_and_what_to_do() {
        let warning = KeyWarning {
            channel: "coupang".to_owned(),
            account_name: "본점 <2>".to_owned(),
            key_expires_at: DateTime::from_timestamp(1_795_014_000, 0).unwrap(),
            within_days: 7,
        };
        assert_eq!(
            warning.text("https://moa.example/accounts"),
            "쿠팡 API 키가 7일 안에 끝납니다: 본점 &lt;2&gt; (2026-11-19 00:00까지)\n\
             끝나면 주문 수집과 송장 등록이 멈춥니다. 채널에서 새 키를 받아 계정에 등록하세요.\n\
             <https://moa.example/accounts|채널 계정 열기>"
        );
    }
}
