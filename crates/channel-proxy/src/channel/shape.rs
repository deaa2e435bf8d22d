//! What is known of a channel's JSON, field by field, to notice what is new in it.
//!
//! A shape names every field of a channel's documents, read or not. Comparing costs one walk over a page, and is done to
//! a sample of pages, beside the calls.

use serde_json::{Map, Value};

use crate::domain::drift::{DriftKind, MAX_SAMPLE, field_name, word};

/// The known fields of an object.
#[derive(Debug)]
pub struct Shape {
    /// Their names, and what is known of their values.
    pub fields: &'static [(&'static str, Known)],
}

/// What is known of a value.
#[derive(Debug)]
pub enum Known {
    /// Nothing more than that it is there.
    Any,
    /// An object, or an array of such objects.
    Object(&'static Shape),
    /// One of these words; empty and null are as good as absent.
    Words(&'static [&'static str]),
}

/// Something unknown in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What.
    pub kind: DriftKind,
    /// Where.
    pub path: String,
    /// The object around it, blanked: JSON text.
    pub sample: String,
}

/// Elements of one array that are looked at.
const MAX_ELEMENTS: usize = 50;
/// Different findings of one page.
const MAX_FINDINGS: usize = 50;
/// Nesting of a sample.
const MAX_DEPTH: usize = 6;
/// Fields of one object of a sample.
const MAX_FIELDS: usize = 100;

impl Shape {
    /// What in a page is unknown, each place once.
    pub fn unknown_in(&self, page: &Value) -> Vec<Unknown> {
        let mut found = Vec::new();
        self.walk(page, "", &mut found);
        found
    }

    fn walk(&self, value: &Value, path: &str, found: &mut Vec<Unknown>) {
        match value {
            Value::Array(elements) => {
                let path = format!("{path}[]");
                for element in elements.iter().take(MAX_ELEMENTS) {
                    self.walk(element, &path, found);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.look(fields, name, value, path, found);
                }
            }
            _ => {}
        }
    }

    fn look(
        &self,
        around: &Map<String, Value>,
        name: &str,
        value: &Value,
        path: &str,
        found: &mut Vec<Unknown>,
    ) {
        let dot = if path.is_empty() { "" } else { "." };
        let known = self.fields.iter().find(|(known, _)| *known == name);
        match known.map(|(_, known)| known) {
            None => {
                let path = format!("{path}{dot}{}", field_name(name));
                keep(DriftKind::UnknownField, path, around, found);
            }
            Some(Known::Any) => {}
            Some(Known::Object(shape)) => {
                shape.walk(value, &format!("{path}{dot}{name}"), found);
            }
            Some(Known::Words(words)) => {
                let said = value.as_str().unwrap_or_default();
                if !said.is_empty() && !words.contains(&said) {
                    let path = format!("{path}{dot}{name}={}", word(said));
                    keep(DriftKind::UnknownWord, path, around, found);
                }
            }
        }
    }
}

fn keep(kind: DriftKind, path: String, around: &Map<String, Value>, found: &mut Vec<Unknown>) {
    let known = found.iter().any(|one| one.kind == kind && one.path == path);
    if known || found.len() >= MAX_FINDINGS {
        return;
    }
    let sample = sample(around);
    found.push(Unknown { kind, path, sample });
}

/// An object with every value blanked to its type.
fn sample(object: &Map<String, Value>) -> String {
    let whole = blank_object(object, MAX_DEPTH).to_string();
    if whole.chars().count() <= MAX_SAMPLE {
        return whole;
    }
    let flat = blank_object(object, 1).to_string();
    if flat.chars().count() <= MAX_SAMPLE {
        return flat;
    }
    "{}".to_owned()
}

fn blank_object(object: &Map<String, Value>, depth: usize) -> Value {
    let fields = object.iter().take(MAX_FIELDS);
    let blanked = fields.map(|(name, value)| (field_name(name).to_owned(), blank(value, depth)));
    Value::Object(blanked.collect())
}

fn blank(value: &Value, depth: usize) -> Value {
    let depth = depth.saturating_sub(1);
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => Value::from("boolean"),
        Value::Number(_) => Value::from("number"),
        Value::String(_) => Value::from("text"),
        Value::Array(_) if depth == 0 => Value::from("array"),
        Value::Array(elements) => elements
            .iter()
            .take(1)
            .map(|one| blank(one, depth))
            .collect(),
        Value::Object(_) if depth == 0 => Value::from("object"),
        Value::Object(object) => blank_object(object, depth),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static LINE: Shape = Shape {
        fields: &[("id", Known::Any), ("state", Known::Words(&["NEW", "OLD"]))],
    };
    static PAGE: Shape = Shape {
        fields: &[("code", Known::Any), ("data", Known::Object(&LINE))],
    };

    #[test]
    fn a_known_page_has_nothing_to_tell() {
        let page = json!({"code": 200, "data": [{"id": 1, "state": "NEW"}, {"state": ""}, {"state": null}]});
        assert_eq!(PAGE.unknown_in(&page), []);
        for odd in [json!(null), json!(7), json!([]), json!({"data": "text"})] {
            assert_eq!(PAGE.unknown_in(&odd), []);
        }
    }

    #[test]
    fn an_unknown_field_and_an_unknown_word_are_told_once_with_blank_values() {
        let line =
            json!({"id": 1, "state": "HALF", "receiver": {"name": "홍길동", "phones": ["010"]}});
        let found = PAGE.unknown_in(&json!({"data": [line, line.clone()]}));
        let paths: Vec<_> = found
            .iter()
            .map(|one| (one.kind, one.path.as_str()))
            .collect();
        assert_eq!(
            paths,
            [
                (DriftKind::UnknownField, "data[].receiver"),
                (DriftKind::UnknownWord, "data[].state=HALF"),
            ]
        );
        assert!(!found[0].sample.contains("홍길동") && !found[0].sample.contains("010"));
        let sample: Value = serde_json::from_str(&found[0].sample).unwrap();
        assert_eq!(
            sample,
            json!({"id": "number", "state": "text", "receiver": {"name": "text", "phones": ["text"]}})
        );
    }

    #[test]
    fn a_huge_or_deep_object_makes_no_huge_sample() {
        let wide: Map<String, Value> = (0..10_000)
            .map(|n| (format!("field{n}"), json!(n)))
            .collect();
        let found = PAGE.unknown_in(&json!({ "data": wide }));
        assert_eq!(found.len(), MAX_FINDINGS);
        assert!(
            found
                .iter()
                .all(|one| one.sample.chars().count() <= MAX_SAMPLE)
        );
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!({ "x": deep });
        }
        assert_eq!(PAGE.unknown_in(&deep).len(), 1);
    }
}
