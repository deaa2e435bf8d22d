//! The electronic signature of the token call: `base64(bcrypt("<client_id>_<timestamp>", salt = client_secret))`.
//!
//! The secret is itself a bcrypt salt. The last of its 22 characters carries four bits that bcrypt drops, so `…v` and
//! `…u` are the same salt; both are accepted, as the reference's own example needs it.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bcrypt::Version;
use subtle::ConstantTimeEq;

/// Reads base64 with either alphabet's letters, padded or not: the text is 80 characters long and needs no padding.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const SALT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);

/// The bcrypt text that a signature must decode to; `None` when the secret is no bcrypt salt.
pub fn expected(client_id: &str, timestamp: i64, secret: &str) -> Option<String> {
    let (version, rest) = secret.strip_prefix('$')?.split_once('$')?;
    let version = match version {
        "2a" => Version::TwoA,
        "2b" => Version::TwoB,
        "2y" => Version::TwoY,
        _ => return None,
    };
    let (cost, salt) = rest.split_once('$')?;
    let salt: [u8; 16] = SALT.decode(salt).ok()?.try_into().ok()?;
    let text = format!("{client_id}_{timestamp}");
    let parts = bcrypt::hash_with_salt(text, cost.parse().ok()?, salt).ok()?;
    Some(parts.format_for_version(version))
}

/// Whether `signature` is the right one, compared without telling by time how much of it was.
pub fn is_right(signature: &str, client_id: &str, timestamp: i64, secret: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature) else {
        return false;
    };
    expected(client_id, timestamp, secret)
        .is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(&given)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str =
        "JDJhJDEwJGFiY2RlZmdoaWprbG1ub3BxcnN0dXVCVldZSk42T0VPdEx1OFY0cDQxa2IuTnpVaUEzbmsy";

    #[test]
    fn the_example_of_the_reference_is_signed_alike() {
        let secret = "$2a$10$abcdefghijklmnopqrstuv";
        let text = expected("aaaabbbbcccc", 1_643_961_623_299, secret).unwrap();
        assert_eq!(STANDARD.encode(text), SIGNATURE);
        assert!(is_right(
            SIGNATURE,
            "aaaabbbbcccc",
            1_643_961_623_299,
            secret
        ));
    }

    #[test]
    fn the_bits_that_bcrypt_drops_make_no_difference() {
        let read = |secret| expected("id", 1, secret).unwrap();
        assert_eq!(
            read("$2a$04$abcdefghijklmnopqrstuv"),
            read("$2a$04$abcdefghijklmnopqrstuu")
        );
    }

    #[test]
    fn another_time_another_secret_and_garbage_are_wrong() {
        let secret = "$2a$04$abcdefghijklmnopqrstuu";
        let good = STANDARD.encode(expected("id", 5, secret).unwrap());
        assert!(is_right(&good, "id", 5, secret));
        assert!(!is_right(&good, "id", 6, secret));
        assert!(!is_right(&good, "id", 5, "$2a$04$bbcdefghijklmnopqrstuu"));
        assert!(!is_right("%%%", "id", 5, secret));
        for broken in [
            "",
            "secret",
            "$2a$04$short",
            "$2z$04$abcdefghijklmnopqrstuu",
        ] {
            assert_eq!(expected("id", 5, broken), None, "{broken}");
        }
    }
}
