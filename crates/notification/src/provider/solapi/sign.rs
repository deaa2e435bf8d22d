//! `Authorization: HMAC-SHA256 apiKey=…, date=…, salt=…, signature=…`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header's value: signed is the date as written, followed by the salt.
pub(super) fn authorization(api_key: &str, api_secret: &str, date: &str, salt: &str) -> String {
    let signature = Hmac::<Sha256>::new_from_slice(api_secret.as_bytes())
        .map(|mut mac| {
            mac.update(date.as_bytes());
            mac.update(salt.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        })
        // HMAC takes keys of any length; an empty signature would be refused by the provider.
        .unwrap_or_default();
    format!("HMAC-SHA256 apiKey={api_key}, date={date}, salt={salt}, signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked with `printf '%s' '2026-11-20T10:00:00.000Z0123456789abcdef' | openssl dgst -sha256 -hmac SECRET`.
    #[test]
    fn a_signature_is_as_openssl_makes_it() {
        assert_eq!(
            authorization(
                "KEY",
                "SECRET",
                "2026-11-20T10:00:00.000Z",
                "0123456789abcdef"
            ),
            "HMAC-SHA256 apiKey=KEY, date=2026-11-20T10:00:00.000Z, salt=0123456789abcdef, signature=8e242233dc1ddb63864d90df902b798ee88e3088f529d49721809869acf450af"
        );
    }
}
