//! SmartStore's electronic signature: bcrypt of the application and the time, with the application's secret as salt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::Version;
use secrecy::{ExposeSecret, SecretString};

/// What cost a secret may name; 4 and 10 were seen. Each step doubles the time of a signature.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

/// A secret that is no bcrypt salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 29 characters that begin with $2a$, as the API centre shows it; a shell or an .env file may have eaten its dollar signs"
)]
pub struct NoSalt;

/// A secret, taken apart.
struct Salt {
    version: Version,
    cost: u32,
    bytes: [u8; 16],
}

/// Whether a text can be a client secret.
pub fn check_secret(secret: &str) -> Result<(), NoSalt> {
    salt(secret).map(drop)
}

/// `client_secret_sign` of a token call. Takes as long as the secret's cost says, so not on a thread that others need.
pub fn signature(
    client_id: &str,
    secret: &SecretString,
    timestamp_ms: i64,
) -> Result<String, NoSalt> {
    let salt = salt(secret.expose_secret())?;
    let signed = format!("{client_id}_{timestamp_ms}");
    let hash = bcrypt::hash_with_salt(signed, salt.cost, salt.bytes).map_err(|_| NoSalt)?;
    Ok(STANDARD.encode(hash.format_for_version(salt.version)))
}

fn salt(secret: &str) -> Result<Salt, NoSalt> {
    if !secret.is_ascii() {
        return Err(NoSalt);
    }
    let mut parts = secret.split('$');
    let (before, version, cost, text, after) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    );
    let version = match version {
        Some("2a") => Version::TwoA,
        Some("2b") => Version::TwoB,
        Some("2y") => Version::TwoY,
        _ => return Err(NoSalt),
    };
    let cost = cost.filter(|cost| cost.len() == 2);
    let cost = cost.and_then(|cost| cost.parse().ok()).ok_or(NoSalt)?;
    if before != Some("") || after.is_some() || !COSTS.contains(&cost) {
        return Err(NoSalt);
    }
    let bytes = text.and_then(decode).ok_or(NoSalt)?;
    Ok(Salt {
        version,
        cost,
        bytes,
    })
}

const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// 22 characters as 16 bytes. The last four bits say nothing: issued secrets have them set, which a strict decoder
/// refuses.
fn decode(text: &str) -> Option<[u8; 16]> {
    if text.len() != 22 {
        return None;
    }
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::with_capacity(16);
    for character in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference's own example.
    const SECRET: &str = "$2a$10$abcdefghijklmnopqrstuv";

    #[test]
    fn the_reference_s_example_is_signed_as_it_says() {
        let secret = SecretString::from(SECRET);
        assert_eq!(
            signature("aaaabbbbcccc", &secret, 1_643_961_623_299).unwrap(),
            "JDJhJDEwJGFiY2RlZmdoaWprbG1ub3BxcnN0dXVCVldZSk42T0VPdEx1OFY0cDQxa2IuTnpVaUEzbmsy"
        );
        // The last character's low bits say nothing.
        let canonical = SecretString::from("$2a$10$abcdefghijklmnopqrstuu");
        assert_eq!(
            signature("aaaabbbbcccc", &canonical, 1_643_961_623_299),
            signature("aaaabbbbcccc", &secret, 1_643_961_623_299)
        );
    }

    #[test]
    fn a_secret_that_lost_its_dollars_is_known_before_it_is_sent() {
        check_secret(SECRET).unwrap();
        for wrong in [
            "",
            "a$10$abcdefghijklmnopqrstuv",
            "$2a$10$abcdefghijklmnopqrstu",
            "$2a$10$abcdefghijklmnopqrstuvw",
            "$2a$31$abcdefghijklmnopqrstuv",
            "$2a$1$aabcdefghijklmnopqrstuv",
            "$3a$10$abcdefghijklmnopqrstuv",
            "$2a$10$abcdefghijklmnopqrst!v",
            "$2a$10$abcdefghijklmnopqrst가v",
            "2a$10$abcdefghijklmnopqrstuv$",
            "$2a$10$abcdefghijklmnopqrstuv$",
        ] {
            assert_eq!(check_secret(wrong), Err(NoSalt), "{wrong}");
        }
    }
}
