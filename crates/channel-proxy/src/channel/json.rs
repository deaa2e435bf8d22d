//! A channel's answer as a tree that borrows its texts.
//!
//! `serde_json`'s own tree makes a sorted map of owned texts of each object: making it, asking it and dropping it was two
//! fifths of all that collecting a crowd of orders cost this process. This one is a list of fields; serde_json reads it.

use std::fmt;

use serde_json_borrow::OwnedValue;
pub use serde_json_borrow::Value as Json;

/// An answer with the bytes that its tree borrows from.
///
/// Never `Clone`, never `Deref`: a copy of the tree would borrow from the bytes of the one it was copied from, and outlive
/// them. The tree leaves only by [`JsonBody::root`], on loan.
pub struct JsonBody(OwnedValue);

/// Personal data: nothing is printed.
impl fmt::Debug for JsonBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl JsonBody {
    /// Reads JSON; none when it is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        OwnedValue::from_slice(body).ok().map(Self)
    }

    /// What stands outermost.
    pub fn root(&self) -> &Json<'_> {
        self.0.get_value()
    }
}

/// A field of an object; the last, should it come twice, as `serde_json` has it. Whatever is no object has none.
pub fn field<'a>(object: &'a Json<'_>, name: &str) -> Option<&'a Json<'a>> {
    let fields = object.iter_object()?;
    fields
        .filter(|(key, _)| *key == name)
        .last()
        .map(|(_, value)| value)
}

/// A text, or a number as text, without NUL, which no database takes.
pub fn plain(value: &Json<'_>) -> Option<String> {
    match value {
        Json::Str(text) => Some(text.replace('\0', "")),
        // In serde_json's words: 3.0 stays 3.0, which is no id.
        Json::Number(number) => Some(serde_json::Number::from(*number).to_string()),
        _ => None,
    }
}

/// A field that is a text, or a number as text; everything else is empty.
pub fn text(object: &Json<'_>, name: &str) -> String {
    field(object, name).and_then(plain).unwrap_or_default()
}

/// What a test wrote down, as it comes over the wire.
#[cfg(test)]
pub fn answer(value: &serde_json::Value) -> JsonBody {
    JsonBody::read(value.to_string().as_bytes()).expect("what was written can be read")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The same by serde_json's own tree.
    fn text_of(object: &Value, name: &str) -> String {
        match object.get(name) {
            Some(Value::String(text)) => text.replace('\0', ""),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    fn any_scalar() -> impl Strategy<Value = String> {
        let written = |value: Value| value.to_string();
        prop_oneof![
            any::<i64>().prop_map(move |n| written(n.into())),
            any::<u64>().prop_map(move |n| written(n.into())),
            any::<f64>().prop_map(move |n| written(n.into())),
            any::<String>().prop_map(move |text| written(text.into())),
            proptest::sample::select(vec![
                "3.0",
                "-0",
                "-0.0",
                "1e3",
                "1E400",
                "18446744073709551616",
                "true",
                "null",
                "[]",
                "{\"a\":1}",
                "\"\\u0000a\"",
                "\"\\ud83d\"",
                "\"\\ud83d\\ude00\"",
                "\"a\\/b\"",
            ])
            .prop_map(str::to_owned),
        ]
    }

    proptest! {
        /// Two spellings of one name, the same name twice, and any value of each.
        #[test]
        fn it_reads_what_serde_json_reads(
            fields in proptest::collection::vec((proptest::sample::select(vec!["a", "b", "\\u0061", "ä"]), any_scalar()), 0..6)
        ) {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            let body = format!("{{{}}}", fields.join(", "));
            let ours = JsonBody::read(body.as_bytes());
            let theirs = serde_json::from_str::<Value>(&body).ok();
            prop_assert_eq!(ours.is_some(), theirs.is_some());
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                for name in ["a", "b", "ä", "c"] {
                    prop_assert_eq!(text(ours.root(), name), text_of(&theirs, name));
                    prop_assert_eq!(field(ours.root(), name).is_some(), theirs.get(name).is_some());
                }
            }
        }
    }
}
