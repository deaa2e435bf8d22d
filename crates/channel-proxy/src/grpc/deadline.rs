//! When a caller goes away.

use std::time::Duration;

use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// What a caller without a deadline gets from the server's door.
const DEFAULT: Duration = Duration::from_secs(30);
/// Kept back so that the answer arrives before the caller is gone.
const MARGIN: Duration = Duration::from_millis(200);

/// Until when waiting for a turn makes sense.
pub fn of(metadata: &MetadataMap) -> Instant {
    let asked = metadata
        .get("grpc-timeout")
        .and_then(|value| parse(value.to_str().ok()?));
    let left = asked.unwrap_or(DEFAULT).min(DEFAULT);
    Instant::now() + left.saturating_sub(MARGIN.min(left / 4))
}

/// At most eight digits and a unit (the gRPC over HTTP/2 protocol).
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(amount.saturating_mul(60))),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_before_the_caller_goes() {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", "1S".parse().unwrap());
        let left = of(&metadata).saturating_duration_since(Instant::now());
        assert!(
            left <= Duration::from_millis(800) && left > Duration::from_millis(500),
            "{left:?}"
        );
        for nonsense in ["", "S", "123456789S", "1x", "é"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }
}
