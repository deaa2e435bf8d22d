use moa_id::MerchantId;
use moa_vault::{Aad, Zeroizing};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::domain::sender::{Credentials, Sender, SenderKind, SolapiCredentials};
use crate::error::Error;
use crate::store::senders;

/// Credentials as they are sealed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Sealed {
    #[serde(rename = "SOLAPI")]
    Solapi {
        api_key: String,
        api_secret: String,
        from: String,
    },
    #[serde(rename = "SLACK")]
    Slack { webhook_url: String },
}

/// What is sealed.
pub(super) fn plaintext(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, Error> {
    let sealed = match credentials {
        Credentials::Solapi(solapi) => Sealed::Solapi {
            api_key: solapi.api_key.clone(),
            api_secret: solapi.api_secret.expose_secret().to_owned(),
            from: solapi.from.clone(),
        },
        Credentials::Slack { webhook_url } => Sealed::Slack {
            webhook_url: webhook_url.expose_secret().to_owned(),
        },
    };
    Ok(Zeroizing::new(serde_json::to_vec(&sealed)?))
}

pub(super) fn place(merchant_id: MerchantId, sender_id: Uuid) -> Aad {
    Aad {
        merchant_id,
        table: "senders",
        column: "credentials_sealed",
        row: sender_id,
    }
}

impl App {
    /// A merchant's sender with its credentials opened; `None` when none is registered.
    pub(crate) async fn sender(
        &self,
        merchant_id: MerchantId,
        kind: SenderKind,
    ) -> Result<Option<Sender>, Error> {
        let mut conn = self.db.acquire().await?;
        let Some(sealed) = senders::get(&mut conn, merchant_id, kind).await? else {
            return Ok(None);
        };
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &[sealed.data_key_id])
            .await?;
        let key = keys.get(&sealed.data_key_id).ok_or(Error::DataKeyMissing)?;
        let opened = key.open(
            &place(merchant_id, sealed.sender_id),
            &sealed.credentials_sealed,
        )?;
        let credentials = match serde_json::from_slice(&opened)? {
            Sealed::Solapi {
                api_key,
                api_secret,
                from,
            } => Credentials::Solapi(SolapiCredentials {
                api_key,
                api_secret: api_secret.into(),
                from,
            }),
            Sealed::Slack { webhook_url } => Credentials::Slack {
                webhook_url: SecretString::from(webhook_url),
            },
        };
        Ok(Some(Sender {
            merchant_id,
            base_url: sealed.base_url,
            credentials,
        }))
    }
}
