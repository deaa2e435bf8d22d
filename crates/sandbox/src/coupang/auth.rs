//! Coupang's CEA signature: `HMAC-SHA256(secret, signed-date + METHOD + path + query)`, bytes as sent.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far a signed date may be from now. Only "at most five minutes" is documented; a clock ahead is treated alike.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
pub struct Credentials<'a> {
    pub access_key: &'a str,
    pub signed_date: &'a str,
    pub signature: &'a str,
}

/// Why a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    Missing,
    Malformed,
    UnknownKey,
    Expired,
    Wrong,
}

impl SignatureError {
    /// What the gateway says.
    pub fn message(self) -> &'static str {
        match self {
            Self::Missing => "Request is not authorized.",
            Self::Malformed => "HMAC format is invalid.",
            Self::UnknownKey => {
                "Unknown error occurred, please contact api-gateway channel for the details."
            }
            Self::Expired => "Specified signature is expired.",
            Self::Wrong => "Invalid signature.",
        }
    }
}

/// Reads `CEA algorithm=HmacSHA256, access-key=…, signed-date=…, signature=…`; blanks after commas are optional.
pub fn parse(header: &str) -> Result<Credentials<'_>, SignatureError> {
    let rest = header
        .strip_prefix("CEA ")
        .ok_or(SignatureError::Malformed)?;
    let (mut algorithm, mut access_key, mut signed_date, mut signature) = (None, None, None, None);
    for part in rest.split(',') {
        let (name, value) = part
            .trim()
            .split_once('=')
            .ok_or(SignatureError::Malformed)?;
        let slot = match name {
            "algorithm" => &mut algorithm,
            "access-key" => &mut access_key,
            "signed-date" => &mut signed_date,
            "signature" => &mut signature,
            _ => return Err(SignatureError::Malformed),
        };
        *slot = Some(value);
    }
    match (algorithm, access_key, signed_date, signature) {
        (Some("HmacSHA256"), Some(access_key), Some(signed_date), Some(signature)) => {
            Ok(Credentials {
                access_key,
                signed_date,
                signature,
            })
        }
        _ => Err(SignatureError::Malformed),
    }
}

/// A call as it was signed: `query` is what followed the `?`, or empty.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
}

/// Checks date and signature.
pub fn verify(
    credentials: &Credentials<'_>,
    secret: &str,
    call: Signed<'_>,
    now: DateTime<Utc>,
) -> Result<(), SignatureError> {
    let signed_at = NaiveDateTime::parse_from_str(credentials.signed_date, "%y%m%dT%H%M%SZ")
        .map_err(|_| SignatureError::Malformed)?
        .and_utc();
    if (now - signed_at).abs() > TOLERANCE {
        return Err(SignatureError::Expired);
    }
    // The text is compared in its own form: Coupang writes lower case, so upper case is another signature.
    if credentials
        .signature
        .bytes()
        .any(|byte| byte.is_ascii_uppercase())
    {
        return Err(SignatureError::Wrong);
    }
    let claimed = hex::decode(credentials.signature).map_err(|_| SignatureError::Wrong)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| SignatureError::Wrong)?;
    for part in [credentials.signed_date, call.method, call.path, call.query] {
        mac.update(part.as_bytes());
    }
    mac.verify_slice(&claimed)
        .map_err(|_| SignatureError::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
    const DATE: &str = "260301T001122Z";
    const LIST: Signed<'_> = Signed {
        method: "GET",
        path: "/v2/providers/openapi/apis/api/v5/vendors/A00012345/ordersheets",
        query: "createdAtFrom=2026-02-28%2B09:00&createdAtTo=2026-03-01%2B09:00&status=ACCEPT&maxPerPage=50",
    };
    const LIST_SIGNATURE: &str = "e96e200c7ee7e6cefd9ea085f71785896fa75ffb4d3754ae309ced6eb974ec04";

    fn now(seconds: i64) -> DateTime<Utc> {
        NaiveDateTime::parse_from_str(DATE, "%y%m%dT%H%M%SZ")
            .unwrap()
            .and_utc()
            + TimeDelta::seconds(seconds)
    }

    fn check(signature: &str, call: Signed<'_>, seconds: i64) -> Result<(), SignatureError> {
        verify(
            &Credentials {
                access_key: "key",
                signed_date: DATE,
                signature,
            },
            SECRET,
            call,
            now(seconds),
        )
    }

    #[test]
    fn the_published_vectors_are_accepted() {
        assert_eq!(check(LIST_SIGNATURE, LIST, 0), Ok(()));
        let acknowledge = Signed {
            method: "PUT",
            path: "/v2/providers/openapi/apis/api/v4/vendors/A00012345/ordersheets/acknowledgement",
            query: "",
        };
        assert_eq!(
            check(
                "a195b8e1a9d2df9280526c4ba1054e852d369f6d0664f72c553a46ab28b72dc6",
                acknowledge,
                0
            ),
            Ok(())
        );
    }

    #[test]
    fn another_query_form_method_or_case_is_another_signature() {
        let decoded = Signed {
            query: "createdAtFrom=2026-02-28+09:00",
            ..LIST
        };
        assert_eq!(
            check(LIST_SIGNATURE, decoded, 0),
            Err(SignatureError::Wrong)
        );
        assert_eq!(
            check(
                LIST_SIGNATURE,
                Signed {
                    method: "get",
                    ..LIST
                },
                0
            ),
            Err(SignatureError::Wrong)
        );
        assert_eq!(
            check(&LIST_SIGNATURE.to_uppercase(), LIST, 0),
            Err(SignatureError::Wrong)
        );
        assert_eq!(check("zz", LIST, 0), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_signed_date_holds_for_five_minutes_either_way() {
        assert_eq!(check(LIST_SIGNATURE, LIST, 300), Ok(()));
        assert_eq!(check(LIST_SIGNATURE, LIST, -300), Ok(()));
        assert_eq!(
            check(LIST_SIGNATURE, LIST, 301),
            Err(SignatureError::Expired)
        );
        assert_eq!(
            check(LIST_SIGNATURE, LIST, -301),
            Err(SignatureError::Expired)
        );
    }

    #[test]
    fn headers_are_read_with_and_without_blanks() {
        let spaced = "CEA algorithm=HmacSHA256, access-key=a, signed-date=d, signature=s";
        let expected = Credentials {
            access_key: "a",
            signed_date: "d",
            signature: "s",
        };
        assert_eq!(parse(spaced).as_ref(), Ok(&expected));
        assert_eq!(parse(&spaced.replace(", ", ",")), Ok(expected));
        for bad in [
            "",
            "Bearer x",
            "CEA algorithm=HmacMD5, access-key=a, signed-date=d, signature=s",
            "CEA access-key",
        ] {
            assert_eq!(parse(bad), Err(SignatureError::Malformed), "{bad}");
        }
    }
}
