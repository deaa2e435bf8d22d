//! Reads a JSON body field by field, so that what is wrong can be named.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::ControlError;

/// The members of a body that have not been read yet.
pub struct Fields {
    members: Map<String, Value>,
}

impl Fields {
    /// An empty body is an empty object.
    pub fn read(bytes: &[u8]) -> Result<Self, ControlError> {
        if bytes.is_empty() {
            return Ok(Self {
                members: Map::new(),
            });
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Self { members }),
            Ok(_) => Err(ControlError::field("body", "must be a JSON object")),
            Err(error) => Err(ControlError::field("body", format!("is not JSON: {error}"))),
        }
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, ControlError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(ControlError::field(name, format!("{other} is not text"))),
        }
    }

    pub fn whole(
        &mut self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ControlError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let number = value.as_u64().filter(|number| range.contains(number));
        let reason = || {
            format!(
                "{value} is not a whole number from {} to {}",
                range.start(),
                range.end()
            )
        };
        number
            .map(Some)
            .ok_or_else(|| ControlError::field(name, reason()))
    }

    pub fn fraction(
        &mut self,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, ControlError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let number = value.as_f64().filter(|number| range.contains(number));
        let reason = || {
            format!(
                "{value} is not a number from {} to {}",
                range.start(),
                range.end()
            )
        };
        number
            .map(Some)
            .ok_or_else(|| ControlError::field(name, reason()))
    }

    pub fn truth(&mut self, name: &str) -> Result<Option<bool>, ControlError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(truth)),
            Some(other) => Err(ControlError::field(
                name,
                format!("{other} is neither true nor false"),
            )),
        }
    }

    /// Refuses what nobody asked for: a misspelt field must not be ignored.
    pub fn finish(self) -> Result<(), ControlError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(ControlError::field(name, "is not a field of this call")),
        }
    }
}

/// Turns an absent field into an error.
pub fn required<T>(name: &str, value: Option<T>) -> Result<T, ControlError> {
    value.ok_or_else(|| ControlError::field(name, "is missing"))
}
