//! Values that clients send in more than one form.

use serde::{Deserialize, Deserializer, de};

/// A number that may be sent as text, since many clients cannot hold eighteen digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Number(#[serde(deserialize_with = "number")] pub i64);

/// Reads what [`Number`] holds.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text
            .parse()
            .map_err(|_| de::Error::custom(format!("\"{text}\" is not a number"))),
    }
}

/// Text, also when it was sent as a number.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

/// A truth value, also as `"True"` or `"False"`, which the documents show.
pub fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Truth(bool),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Truth(truth) => Ok(truth),
        Either::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Either::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Either::Text(text) => Err(de::Error::custom(format!(
            "\"{text}\" is neither true nor false"
        ))),
    }
}
