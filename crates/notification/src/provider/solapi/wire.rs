//! SOLAPI's own JSON. What we do not use is left out; answers may hold more.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EFFECT_ID;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendRequest<'a> {
    pub(super) messages: Vec<OutMessage<'a>>,
    /// Two links to one buyer are two messages.
    pub(super) allow_duplicates: bool,
    /// Otherwise accepted messages are not listed, and their ids would be unknown.
    pub(super) show_message_list: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutMessage<'a> {
    pub(super) to: &'a str,
    pub(super) from: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) auto_type_detect: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<&'static str>,
    pub(super) text: &'a str,
    pub(super) custom_fields: HashMap<&'static str, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendAnswer {
    #[serde(default)]
    pub(super) failed_message_list: Vec<Item>,
    #[serde(default)]
    pub(super) message_list: Vec<Item>,
    pub(super) group_info: GroupInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupInfo {
    pub(super) group_id: String,
}

/// A message in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(default)]
    pub(super) message_id: Option<String>,
    #[serde(default)]
    pub(super) group_id: Option<String>,
    pub(super) status_code: String,
    #[serde(default)]
    custom_fields: Option<HashMap<String, Value>>,
}

impl Item {
    pub(super) fn effect_id(&self) -> Option<&str> {
        self.custom_fields.as_ref()?.get(EFFECT_ID)?.as_str()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListAnswer {
    /// By message id.
    pub(super) message_list: HashMap<String, Item>,
    #[serde(default)]
    pub(super) next_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_code: String,
}

/// SOLAPI's code of a refused call. The text beside it may quote a recipient, so it is left alone; and so is a body
/// that is not SOLAPI's.
pub(super) fn error_code(body: Option<&[u8]>) -> Option<String> {
    let ErrorBody { error_code } = serde_json::from_slice(body?).ok()?;
    is_code(&error_code).then_some(error_code)
}

/// Whether a text from outside may be repeated as a code.
pub(super) fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A code or id from outside, if it looks like one: it will be stored and shown.
pub(super) fn code(text: Option<&str>) -> Option<&str> {
    text.filter(|text| is_code(text))
}
