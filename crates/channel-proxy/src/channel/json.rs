//! A channel's answer as a tree whose texts stay where they came.
//!
//! `serde_json`'s own tree makes a sorted map of owned texts of each object: making it, asking it and dropping it was two
//! fifths of all that collecting a crowd of orders cost this process. This one is a list of fields that borrows from the
//! answer, and serde_json reads it.

pub use serde_json_borrow::{OwnedValue as Answer, Value as Json};

/// A field of an object; the first, should it come twice. Whatever is no object has none.
pub fn field<'a>(object: &'a Json<'_>, name: &str) -> Option<&'a Json<'a>> {
    match object {
        Json::Object(fields) => fields.get(name),
        _ => None,
    }
}

/// A text, or a number as text.
pub fn plain(value: &Json<'_>) -> Option<String> {
    match value {
        Json::Str(text) => Some(text.to_string()),
        // In serde_json's words: 3.0 stays 3.0, which is no id.
        Json::Number(number) => Some(serde_json::Number::from(*number).to_string()),
        _ => None,
    }
}

/// A text, or a number as text, without NUL, which no database takes; everything else is empty.
pub fn text(object: &Json<'_>, name: &str) -> String {
    match field(object, name) {
        Some(Json::Str(text)) => text.replace('\0', ""),
        Some(value) => plain(value).unwrap_or_default(),
        None => String::new(),
    }
}

/// What a test wrote down, as it comes over the wire.
#[cfg(test)]
pub fn answer(value: &serde_json::Value) -> Answer {
    Answer::from_string(value.to_string()).expect("what was written can be read")
}
