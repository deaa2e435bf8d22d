//! Coupang's signature (CEA, HMAC-SHA256).
//!
//! Signed are the date, the method, the path and the query, byte for byte as they are sent, without separators.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The `Authorization` header of one call. A date is good for five minutes, so each call is signed anew.
pub fn authorization(
    access_key: &SecretString,
    secret_key: &SecretString,
    method: &str,
    path: &str,
    query: &str,
    now: DateTime<Utc>,
) -> String {
    let signed_date = now.format("%y%m%dT%H%M%SZ").to_string();
    let signature = signature(secret_key, &signed_date, method, path, query);
    format!(
        "CEA algorithm=HmacSHA256, access-key={}, signed-date={signed_date}, signature={signature}",
        access_key.expose_secret()
    )
}

fn signature(
    secret_key: &SecretString,
    signed_date: &str,
    method: &str,
    path: &str,
    query: &str,
) -> String {
    let key = secret_key.expose_secret().as_bytes();
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    for part in [signed_date, method, path, query] {
        mac.update(part.as_bytes());
    }
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn secret() -> SecretString {
        SecretString::from("0123456789abcdef0123456789abcdef01234567")
    }

    #[test]
    fn a_read_is_signed_with_its_query_as_sent() {
        let signed = signature(
            &secret(),
            "260301T001122Z",
            "GET",
            "/v2/providers/openapi/apis/api/v5/vendors/A00012345/ordersheets",
            "createdAtFrom=2026-02-28%2B09:00&createdAtTo=2026-03-01%2B09:00&status=ACCEPT&maxPerPage=50",
        );
        let expected = "e96e200c7ee7e6cefd9ea085f71785896fa75ffb4d3754ae309ced6eb974ec04";
        assert_eq!(signed, expected);
    }

    #[test]
    fn a_write_is_signed_without_its_body() {
        let signed = signature(
            &secret(),
            "260301T001122Z",
            "PUT",
            "/v2/providers/openapi/apis/api/v4/vendors/A00012345/ordersheets/acknowledgement",
            "",
        );
        let expected = "a195b8e1a9d2df9280526c4ba1054e852d369f6d0664f72c553a46ab28b72dc6";
        assert_eq!(signed, expected);
    }

    #[test]
    fn the_date_is_utc_with_two_digits_of_the_year() {
        let now = Utc.with_ymd_and_hms(2026, 3, 1, 0, 11, 22).unwrap();
        let header = authorization(&SecretString::from("key"), &secret(), "GET", "/p", "", now);
        assert!(
            header.starts_with(
                "CEA algorithm=HmacSHA256, access-key=key, signed-date=260301T001122Z, signature="
            ),
            "{header}"
        );
    }

    /// HMAC-SHA256 by its definition (RFC 2104), to be compared with.
    fn by_definition(key: &[u8], message: &[u8]) -> String {
        use sha2::Digest;
        let mut block = [0u8; 64];
        if key.len() > block.len() {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let padded = |pad: u8| block.map(|byte| byte ^ pad);
        let inner = Sha256::new()
            .chain_update(padded(0x36))
            .chain_update(message);
        let outer = Sha256::new()
            .chain_update(padded(0x5c))
            .chain_update(inner.finalize());
        hex::encode(outer.finalize())
    }

    proptest::proptest! {
        /// Date, method, path and query in a row, nothing between them, under every key.
        #[test]
        fn a_signature_is_the_hmac_of_its_parts_in_a_row(
            key in ".{0,100}", method in "GET|PUT|POST|DELETE", path in "/.{0,60}", query in ".{0,60}",
        ) {
            let signed = signature(
                &SecretString::from(key.clone()), "260301T001122Z", &method, &path, &query,
            );
            let message = format!("260301T001122Z{method}{path}{query}");
            proptest::prop_assert_eq!(signed, by_definition(key.as_bytes(), message.as_bytes()));
        }
    }
}
