use std::collections::BTreeSet;
use std::sync::Arc;

use moa_id::{DataKeyId, MerchantId};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::data_key::{Freshness, WrapPlace};
use crate::schema::assert_plain;
use crate::{DataKey, DataKeys, KeyRing, VaultError};

/// The data keys of one schema. Clones share the key ring.
///
/// Every call is one statement for all of its keys, in the caller's transaction.
#[derive(Debug, Clone)]
pub struct Vault {
    schema: &'static str,
    key_ring: Arc<KeyRing>,
    sql: Arc<Statements>,
}

#[derive(Debug)]
struct Statements {
    create: Arc<str>,
    read: Arc<str>,
    destroy: Arc<str>,
    rewrap: Arc<str>,
    lock_stale: Arc<str>,
    find_unknown: Arc<str>,
    sample: Arc<str>,
}

impl Vault {
    /// A vault over `<schema>.data_keys`.
    ///
    /// # Panics
    ///
    /// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
    pub fn new(schema: &'static str, key_ring: Arc<KeyRing>) -> Self {
        assert_plain(schema);
        Self {
            schema,
            key_ring,
            sql: Arc::new(Statements::new(schema)),
        }
    }

    /// The keys outside the database, e.g. for blind indexes.
    pub fn key_ring(&self) -> &Arc<KeyRing> {
        &self.key_ring
    }

    /// Refuses when stored data keys need a key-encryption key that the ring lacks, or has another one under the same
    /// name: asked once, at start. One data key of each name is unwrapped.
    pub async fn check(&self, conn: &mut PgConnection) -> Result<(), VaultError> {
        let known: Vec<&str> = self.key_ring.ids().collect();
        let unknown: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(self.sql.find_unknown.clone()))
                .bind(known)
                .fetch_optional(&mut *conn)
                .await
                .map_err(VaultError::Database)?;
        if let Some(kek_id) = unknown {
            return Err(VaultError::UnknownKek { kek_id });
        }
        for kek_id in self.key_ring.ids() {
            let sample: Option<(Uuid, Uuid)> =
                sqlx::query_as(AssertSqlSafe(self.sql.sample.clone()))
                    .bind(kek_id)
                    .fetch_optional(&mut *conn)
                    .await
                    .map_err(VaultError::Database)?;
            if let Some((merchant_id, id)) = sample {
                let merchant_id = MerchantId::from_uuid(merchant_id);
                let ids = [DataKeyId::from_uuid(id)];
                self.data_keys(conn, merchant_id, &ids).await?;
            }
        }
        Ok(())
    }

    /// Makes and stores new data keys. An id is used once, even if its key was destroyed since.
    pub async fn create_data_keys(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        ids: &[DataKeyId],
    ) -> Result<DataKeys, VaultError> {
        let mut keys = DataKeys::default();
        for id in ids.iter().collect::<BTreeSet<_>>() {
            keys.insert(DataKey::generate(*id), Freshness::Fresh);
        }
        if keys.is_empty() {
            return Ok(keys);
        }
        let (key_ids, wrapped) = self.wrap(keys.iter().map(|key| (merchant_id, key)));
        sqlx::query(AssertSqlSafe(self.sql.create.clone()))
            .bind(merchant_id.as_uuid())
            .bind(&**self.key_ring.active().0)
            .bind(key_ids)
            .bind(wrapped)
            .execute(conn)
            .await
            .map_err(exists_or_database)?;
        Ok(keys)
    }

    /// Reads data keys. Unknown and destroyed ones are absent; one that does not unwrap is an error.
    pub async fn data_keys(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        ids: &[DataKeyId],
    ) -> Result<DataKeys, VaultError> {
        let mut keys = DataKeys::default();
        if ids.is_empty() {
            return Ok(keys);
        }
        let rows: Vec<(Uuid, String, Vec<u8>)> =
            sqlx::query_as(AssertSqlSafe(self.sql.read.clone()))
                .bind(merchant_id.as_uuid())
                .bind(uuids(ids))
                .fetch_all(conn)
                .await
                .map_err(VaultError::Database)?;
        for (id, kek_id, wrapped) in rows {
            let key = self.unwrap(
                merchant_id,
                DataKeyId::from_uuid(id),
                kek_id.clone(),
                &wrapped,
            )?;
            keys.insert(key, self.freshness(&kek_id));
        }
        Ok(keys)
    }

    /// Destroys data keys, and with them everything they sealed. Gives how many there were.
    ///
    /// The old bytes leave the table's file with the next vacuum and the write-ahead log with its retention.
    pub async fn destroy_data_keys(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        ids: &[DataKeyId],
    ) -> Result<u64, VaultError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let destroyed = sqlx::query(AssertSqlSafe(self.sql.destroy.clone()))
            .bind(merchant_id.as_uuid())
            .bind(uuids(ids))
            .execute(conn)
            .await
            .map_err(VaultError::Database)?;
        Ok(destroyed.rows_affected())
    }

    /// Wraps those of `keys` that were read under an older key-encryption key under the active one. Gives how many.
    pub async fn rewrap(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        keys: &DataKeys,
    ) -> Result<u64, VaultError> {
        let stale: Vec<_> = keys.stale().map(|key| (merchant_id, key)).collect();
        self.store_rewrapped(conn, &stale).await
    }

    /// Finds up to `limit` data keys of any merchant under older key-encryption keys and wraps them under the active
    /// one. Gives how many; at zero the older keys may leave the keys file. Others' locked rows are passed over.
    pub async fn rewrap_batch(
        &self,
        conn: &mut PgConnection,
        limit: u32,
    ) -> Result<u64, VaultError> {
        let rows: Vec<(Uuid, Uuid, String, Vec<u8>)> =
            sqlx::query_as(AssertSqlSafe(self.sql.lock_stale.clone()))
                .bind(&**self.key_ring.active().0)
                .bind(i64::from(limit))
                .fetch_all(&mut *conn)
                .await
                .map_err(VaultError::Database)?;
        let mut stale = Vec::with_capacity(rows.len());
        for (merchant_id, id, kek_id, wrapped) in rows {
            let merchant_id = MerchantId::from_uuid(merchant_id);
            let key = self.unwrap(merchant_id, DataKeyId::from_uuid(id), kek_id, &wrapped)?;
            stale.push((merchant_id, key));
        }
        let stale: Vec<_> = stale
            .iter()
            .map(|(merchant_id, key)| (*merchant_id, key))
            .collect();
        self.store_rewrapped(conn, &stale).await
    }

    async fn store_rewrapped(
        &self,
        conn: &mut PgConnection,
        stale: &[(MerchantId, &DataKey)],
    ) -> Result<u64, VaultError> {
        if stale.is_empty() {
            return Ok(0);
        }
        let merchants: Vec<Uuid> = stale
            .iter()
            .map(|(merchant_id, _)| merchant_id.as_uuid())
            .collect();
        let (key_ids, wrapped) = self.wrap(stale.iter().copied());
        let rewrapped = sqlx::query(AssertSqlSafe(self.sql.rewrap.clone()))
            .bind(&**self.key_ring.active().0)
            .bind(merchants)
            .bind(key_ids)
            .bind(wrapped)
            .execute(conn)
            .await
            .map_err(VaultError::Database)?;
        Ok(rewrapped.rows_affected())
    }

    fn wrap<'k>(
        &self,
        keys: impl Iterator<Item = (MerchantId, &'k DataKey)>,
    ) -> (Vec<Uuid>, Vec<Vec<u8>>) {
        let (kek_id, kek) = self.key_ring.active();
        keys.map(|(merchant_id, key)| {
            let place = self.place(merchant_id, key.id(), kek_id.clone());
            (key.id().as_uuid(), place.wrap(kek, key))
        })
        .unzip()
    }

    fn unwrap(
        &self,
        merchant_id: MerchantId,
        data_key_id: DataKeyId,
        kek_id: String,
        wrapped: &[u8],
    ) -> Result<DataKey, VaultError> {
        let Some((known_id, kek)) = self.key_ring.get(&kek_id) else {
            return Err(VaultError::UnknownKek { kek_id });
        };
        self.place(merchant_id, data_key_id, known_id.clone())
            .unwrap(kek, wrapped)
            .ok_or(VaultError::DataKeyRefused {
                data_key_id,
                kek_id,
            })
    }

    fn place(
        &self,
        merchant_id: MerchantId,
        data_key_id: DataKeyId,
        kek_id: Arc<str>,
    ) -> WrapPlace {
        WrapPlace {
            schema: self.schema,
            merchant_id,
            data_key_id,
            kek_id,
        }
    }

    fn freshness(&self, kek_id: &str) -> Freshness {
        if **self.key_ring.active().0 == *kek_id {
            Freshness::Fresh
        } else {
            Freshness::Stale
        }
    }
}

impl Statements {
    fn new(schema: &str) -> Self {
        Self {
            create: format!(
                "INSERT INTO {schema}.data_keys (merchant_id, data_key_id, kek_id, wrapped)
                 SELECT $1, unnest($3::uuid[]), $2, unnest($4::bytea[])"
            )
            .into(),
            read: format!(
                "SELECT data_key_id, kek_id, wrapped
                 FROM {schema}.data_keys
                 WHERE merchant_id = $1 AND data_key_id = ANY($2) AND destroyed_at IS NULL"
            )
            .into(),
            destroy: format!(
                "UPDATE {schema}.data_keys
                 SET wrapped = NULL, destroyed_at = now()
                 WHERE merchant_id = $1 AND data_key_id = ANY($2) AND destroyed_at IS NULL"
            )
            .into(),
            // A key that was destroyed or moved by another meanwhile stays as it is.
            rewrap: format!(
                "UPDATE {schema}.data_keys AS old
                 SET kek_id = $1, wrapped = new.wrapped
                 FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS new (merchant_id, data_key_id, wrapped)
                 WHERE old.merchant_id = new.merchant_id AND old.data_key_id = new.data_key_id
                   AND old.kek_id <> $1 AND old.destroyed_at IS NULL"
            )
            .into(),
            lock_stale: format!(
                "SELECT merchant_id, data_key_id, kek_id, wrapped
                 FROM {schema}.data_keys
                 WHERE kek_id <> $1 AND destroyed_at IS NULL
                 LIMIT $2
                 FOR UPDATE SKIP LOCKED"
            )
            .into(),
            find_unknown: format!(
                "SELECT kek_id
                 FROM {schema}.data_keys
                 WHERE kek_id <> ALL($1) AND destroyed_at IS NULL
                 LIMIT 1"
            )
            .into(),
            sample: format!(
                "SELECT merchant_id, data_key_id
                 FROM {schema}.data_keys
                 WHERE kek_id = $1 AND destroyed_at IS NULL
                 LIMIT 1"
            )
            .into(),
        }
    }
}

fn uuids(ids: &[DataKeyId]) -> Vec<Uuid> {
    ids.iter().map(DataKeyId::as_uuid).collect()
}

fn exists_or_database(error: sqlx::Error) -> VaultError {
    let constraint = error
        .as_database_error()
        .and_then(|error| error.constraint());
    if constraint == Some("data_keys_pkey") {
        VaultError::DataKeyExists
    } else {
        VaultError::Database(error)
    }
}
