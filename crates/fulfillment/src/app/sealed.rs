//! What is told to channels and may be personal data: sealed under a key of its own, destroyed once the channel has it.

use moa_id::{DataKeyId, MerchantId};
use moa_vault::{Aad, VaultError, Zeroizing};
use sqlx::PgConnection;
use uuid::Uuid;

use super::App;
use crate::Error;

/// Something sealed, with its key.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its key.
    pub data_key_id: DataKeyId,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// Where something sealed belongs; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The table, whose column is `sealed`.
    pub table: &'static str,
    /// The row.
    pub row: Uuid,
}

impl Place {
    fn aad(self) -> Aad {
        Aad {
            merchant_id: self.merchant_id,
            table: self.table,
            column: "sealed",
            row: self.row,
        }
    }
}

impl App {
    /// Seals under a new key, made in the caller's transaction.
    pub(super) async fn seal(
        &self,
        conn: &mut PgConnection,
        place: Place,
        plain: &[u8],
    ) -> Result<Sealed, Error> {
        let data_key_id: DataKeyId = self.ids.next();
        let ids = [data_key_id];
        let keys = self
            .vault
            .create_data_keys(conn, place.merchant_id, &ids)
            .await?;
        let key = keys
            .get(&data_key_id)
            .ok_or(Error::Vault(VaultError::Refused))?;
        Ok(Sealed {
            data_key_id,
            bytes: key.seal(&place.aad(), plain),
        })
    }

    /// Opens; none when its key was destroyed.
    pub(crate) async fn unseal(
        &self,
        conn: &mut PgConnection,
        place: Place,
        sealed: &Sealed,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let ids = [sealed.data_key_id];
        let keys = self.vault.data_keys(conn, place.merchant_id, &ids).await?;
        let Some(key) = keys.get(&sealed.data_key_id) else {
            return Ok(None);
        };
        Ok(Some(key.open(&place.aad(), &sealed.bytes)?))
    }
}
