//! What proves to a channel who is calling, by channel. Secrets go in and never come out.

use moa_proto::moa::channel_proxy::v1 as pb;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;

/// The channels that accounts can be registered for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Coupang Wing.
    Coupang,
    /// Naver SmartStore.
    Smartstore,
}

impl Channel {
    /// Whether a text is the code of one of them.
    pub fn is_code(text: &str) -> bool {
        Self::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).is_ok()
    }
}

/// Credentials as they came: which fields they have depends on the channel.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Given(Value);

/// Credentials of one channel.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ChannelCredentials {
    /// Of "coupang".
    Coupang(CoupangCredentials),
    /// Of "smartstore".
    Smartstore(SmartStoreCredentials),
}

/// Keys of the Coupang Open API.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoupangCredentials {
    /// "A" and 8 or 9 digits.
    vendor_id: String,
    access_key: String,
    #[schema(write_only)]
    secret_key: String,
}

/// An application of Naver's API centre.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmartStoreCredentials {
    client_id: String,
    /// 29 characters that begin with "$2a$".
    #[schema(write_only)]
    client_secret: String,
    account_type: SmartStoreAccountType,
    /// The seller's id or UID; with SELLER only.
    #[serde(default)]
    #[schema(required = false)]
    account_id: Option<String>,
}

/// For whom an application calls.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SmartStoreAccountType {
    /// For the store it belongs to.
    #[serde(rename = "SELF")]
    Own,
    /// For another seller, as a solution.
    Seller,
}

/// Credentials as the contract names them.
pub fn credentials(channel: Channel, given: Given) -> Result<pb::Credentials, Problem> {
    let channel = match channel {
        Channel::Coupang => {
            let keys: CoupangCredentials = read(given)?;
            pb::credentials::Channel::Coupang(pb::CoupangCredentials {
                vendor_id: keys.vendor_id,
                access_key: keys.access_key,
                secret_key: keys.secret_key,
            })
        }
        Channel::Smartstore => {
            let keys: SmartStoreCredentials = read(given)?;
            let account_type = match keys.account_type {
                SmartStoreAccountType::Own => pb::SmartStoreAccountType::Self_,
                SmartStoreAccountType::Seller => pb::SmartStoreAccountType::Seller,
            };
            pb::credentials::Channel::Smartstore(pb::SmartStoreCredentials {
                client_id: keys.client_id,
                client_secret: keys.client_secret,
                account_type: account_type.into(),
                account_id: keys.account_id.unwrap_or_default(),
            })
        }
    };
    Ok(pb::Credentials {
        channel: Some(channel),
    })
}

/// The reader's error names a field and a type, never a value that was given as text.
fn read<T: DeserializeOwned>(given: Given) -> Result<T, Problem> {
    let Value::Object(fields) = given.0 else {
        return Err(Problem::field("credentials", "must be an object"));
    };
    // A field of another type would be quoted: what is no text goes first.
    if let Some((field, _)) = fields
        .iter()
        .find(|(_, value)| !matches!(value, Value::String(_) | Value::Null))
    {
        return Err(Problem::field(
            &format!("credentials.{field}"),
            "must be a text",
        ));
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        let said = error.to_string();
        let named = said
            .strip_prefix("unknown field `")
            .or_else(|| said.strip_prefix("missing field `"))
            .and_then(|rest| rest.split('`').next());
        let field = named.map_or_else(
            || "credentials".to_owned(),
            |name| format!("credentials.{name}"),
        );
        Problem::field(&field, said)
    })
}
