use super::FailureKind as Kind;
use super::*;

/// Kind, reason, policy, on the account's screen, counts as illness.
const TABLE: [(Kind, &str, &str, bool, bool); 24] = [
    (
        Kind::NotGranted,
        "CHANNEL_CALL_NOT_GRANTED",
        "ASK",
        true,
        false,
    ),
    (Kind::Penalty, "CHANNEL_PENALTY", "PAGE", true, false),
    (Kind::QuotaSpent, "CHANNEL_QUOTA_SPENT", "WAIT", true, false),
    (
        Kind::CredentialsRefused,
        "CHANNEL_CREDENTIALS_REFUSED",
        "ASK",
        true,
        false,
    ),
    (
        Kind::SignatureRefused,
        "CHANNEL_SIGNATURE_REFUSED",
        "ASK",
        true,
        false,
    ),
    (Kind::KeyExpired, "CHANNEL_KEY_EXPIRED", "ASK", true, false),
    (
        Kind::IpNotAllowed,
        "CHANNEL_IP_NOT_ALLOWED",
        "ASK",
        true,
        false,
    ),
    (
        Kind::AddressForbidden,
        "CHANNEL_ADDRESS_FORBIDDEN",
        "ASK",
        true,
        false,
    ),
    (
        Kind::ClockSkewed,
        "CHANNEL_CLOCK_SKEWED",
        "PAGE",
        true,
        false,
    ),
    (
        Kind::QuotaExhausted,
        "CHANNEL_QUOTA_EXHAUSTED",
        "RETRY",
        false,
        false,
    ),
    (
        Kind::Unreachable,
        "CHANNEL_UNREACHABLE",
        "RETRY",
        false,
        true,
    ),
    (
        Kind::NameUnresolved,
        "CHANNEL_NAME_UNRESOLVED",
        "RETRY",
        true,
        true,
    ),
    (Kind::TlsFailed, "CHANNEL_TLS_FAILED", "PAGE", true, true),
    (Kind::TimedOut, "CHANNEL_TIMED_OUT", "WAIT", false, true),
    (
        Kind::ConnectionLost,
        "CHANNEL_CONNECTION_LOST",
        "WAIT",
        false,
        true,
    ),
    (
        Kind::AnswerUnfinished,
        "CHANNEL_ANSWER_UNFINISHED",
        "WAIT",
        false,
        true,
    ),
    (Kind::Fault, "CHANNEL_FAULT", "WAIT", false, true),
    (Kind::Banned, "CHANNEL_BANNED", "PAGE", true, false),
    (
        Kind::MalformedAnswer,
        "CHANNEL_MALFORMED_ANSWER",
        "PAGE",
        false,
        false,
    ),
    (
        Kind::UnknownState,
        "CHANNEL_STATE_UNKNOWN",
        "PAGE",
        false,
        false,
    ),
    (Kind::Refused, "CHANNEL_REFUSED", "PAGE", true, false),
    (Kind::Paused, "CHANNEL_PAUSED", "RETRY", false, false),
    (
        Kind::HeldElsewhere,
        "CHANNEL_ACCOUNT_HELD_ELSEWHERE",
        "RETRY",
        false,
        false,
    ),
    (Kind::PermitExpired, "PERMIT_EXPIRED", "WAIT", false, false),
];

#[test]
fn every_kind_has_its_reason_and_its_policy() {
    for (kind, reason, policy, on_screen, illness) in TABLE {
        assert_eq!(kind.reason(), reason);
        assert_eq!(kind.policy().as_str(), policy, "{reason}");
        assert_eq!(kind.concerns_account(), on_screen, "{reason}");
        assert_eq!(kind.is_illness(), illness, "{reason}");
    }
}

#[test]
fn no_two_kinds_share_a_reason() {
    let reasons: std::collections::HashSet<_> = TABLE.iter().map(|row| row.0.reason()).collect();
    assert_eq!(reasons.len(), TABLE.len());
}

#[test]
fn only_what_a_call_that_was_never_sent_can_meet_is_repeated_at_once() {
    for (kind, reason, ..) in TABLE {
        let after_sending = matches!(
            kind,
            Kind::TimedOut | Kind::ConnectionLost | Kind::AnswerUnfinished | Kind::Fault
        );
        if after_sending {
            assert_ne!(kind.policy(), Policy::Retry, "{reason}");
        }
    }
}
