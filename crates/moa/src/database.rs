//! One database, a schema and a role per service; a role cannot read another's schema.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use moa_service::{Env, ServiceName};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection};
use url::Url;

use crate::broken_indexes::{mend_broken, migrate_alone};
use crate::keys::Keys;

/// A service's part of the database.
#[derive(Clone, Copy)]
pub struct Schema {
    /// Whose.
    pub service: ServiceName,
    /// The schema; the role is `moa_` and this.
    pub name: &'static str,
    /// Its migrations.
    pub migrator: &'static Migrator,
}

/// The schema of every service that has one.
pub const SCHEMAS: [Schema; 7] = [
    Schema {
        service: ServiceName::ChannelProxy,
        name: channel_proxy::SCHEMA,
        migrator: &channel_proxy::MIGRATOR,
    },
    Schema {
        service: ServiceName::OrderSync,
        name: order_sync::SCHEMA,
        migrator: &order_sync::MIGRATOR,
    },
    Schema {
        service: ServiceName::Fulfillment,
        name: fulfillment::SCHEMA,
        migrator: &fulfillment::MIGRATOR,
    },
    Schema {
        service: ServiceName::Notification,
        name: notification::SCHEMA,
        migrator: &notification::MIGRATOR,
    },
    Schema {
        service: ServiceName::Catalog,
        name: catalog::SCHEMA,
        migrator: &catalog::MIGRATOR,
    },
    Schema {
        service: ServiceName::Checkout,
        name: checkout::SCHEMA,
        migrator: &checkout::MIGRATOR,
    },
    Schema {
        service: ServiceName::AdminGateway,
        name: admin_gateway::SCHEMA,
        migrator: &admin_gateway::MIGRATOR,
    },
];

impl Schema {
    /// The role that owns the schema.
    pub fn role(&self) -> String {
        format!("moa_{}", self.name)
    }

    /// The migrations, without sqlx's own making of schemas: that asks for a right on the whole database even where the
    /// schema exists, and a service's role has none.
    fn migrator(&self) -> Migrator {
        let mut migrator = Migrator::with_migrations(self.migrator.iter().cloned().collect());
        migrator.dangerous_set_table_name(format!("{}._sqlx_migrations", self.name));
        migrator
    }

    /// The variable that moves this service's schema to a database of its own.
    pub fn variable(&self) -> String {
        format!("MOA_{}_DATABASE_URL", self.service.variable_part())
    }
}

/// Where the services' data is: an administrator's URL and the passwords of the roles.
pub struct Database {
    admin: SecretString,
}

impl Database {
    /// The database that an administrator's URL names.
    pub fn new(admin_url: impl Into<String>) -> Self {
        Self {
            admin: SecretString::from(admin_url.into()),
        }
    }

    /// The URL with which one service connects: its own variable, else the administrator's with the service's role.
    pub fn service_url(&self, schema: &Schema, keys: &Keys, env: &Env) -> Result<SecretString> {
        if let Some(own) = env.get(&schema.variable()) {
            return Ok(SecretString::from(own));
        }
        let mut url = self.parse()?;
        let refused = || anyhow::anyhow!("MOA_DATABASE_URL has no place for a user");
        url.set_username(&schema.role()).map_err(|()| refused())?;
        let password = role_password(keys, &schema.role())?;
        url.set_password(Some(&password)).map_err(|()| refused())?;
        Ok(SecretString::from(url.to_string()))
    }

    fn parse(&self) -> Result<Url> {
        Url::parse(self.admin.expose_secret()).map_err(|_| {
            anyhow::anyhow!("MOA_DATABASE_URL is no PostgreSQL URL such as postgres://user:password@host:5432/moa")
        })
    }

    /// Makes the database `moa` on our own server, if it is missing, and returns it.
    pub async fn create_own(server_url: &str) -> Result<Self> {
        let mut connection = connect(server_url).await?;
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'moa')")
                .fetch_one(&mut connection)
                .await?;
        if !exists {
            sqlx::raw_sql("CREATE DATABASE moa")
                .execute(&mut connection)
                .await?;
        }
        connection.close().await?;
        let mut url = Url::parse(server_url)?;
        url.set_path("/moa");
        Ok(Self::new(url.to_string()))
    }

    /// Makes roles and schemas and applies what is new of every migration. Says what it did, a line each.
    pub async fn migrate(&self, keys: &Keys, env: &Env) -> Result<Vec<String>> {
        let mut done = Vec::new();
        for schema in &SCHEMAS {
            let shared = env.get(&schema.variable()).is_none();
            if shared {
                let mut admin = connect(self.admin.expose_secret()).await?;
                prepare_role(&mut admin, schema, keys).await?;
                admin.close().await?;
            }
            let url = self.service_url(schema, keys, env)?;
            let mut connection = connect(url.expose_secret())
                .await
                .with_context(|| format!("as the role {}", schema.role()))?;
            if !shared {
                // A database of its own is prepared by whoever gave it; the schema is ours to make there.
                let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", schema.name);
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await?;
            }
            migrate_alone(&mut connection, schema.name).await?;
            for name in mend_broken(&mut connection, schema.name).await? {
                done.push(format!("{name}: its making had broken off; it was mended"));
            }
            let before = applied(&mut connection, schema).await?;
            schema
                .migrator()
                .run(&mut connection)
                .await
                .with_context(|| format!("the migrations of {} failed", schema.name))?;
            let after = applied(&mut connection, schema).await?;
            connection.close().await?;
            if after > before {
                done.push(format!(
                    "{}: {} migration(s) applied",
                    schema.name,
                    after - before
                ));
            }
        }
        Ok(done)
    }

    /// The keys of this installation: read, checked against what is sealed before anything is changed, and made only
    /// while nothing is sealed.
    pub async fn keys(&self, path: &Path, env: &Env) -> Result<Keys> {
        let mut sealed = Vec::new();
        for schema in SCHEMAS {
            let url = match env.get(&schema.variable()) {
                Some(own) => SecretString::from(own),
                None => self.admin.clone(),
            };
            let mut connection = connect(url.expose_secret()).await?;
            if moa_vault::data_keys_exist(&mut connection, schema.name).await? {
                sealed.push((schema, connection));
            }
        }
        if !path.exists() {
            return Keys::generate(path, !sealed.is_empty());
        }
        let keys = Keys::load(path)?;
        for (schema, connection) in &mut sealed {
            check_keys(schema, connection, &keys).await?;
        }
        Ok(keys)
    }

    /// Refuses keys that do not open what one service has sealed.
    pub async fn check_service_keys(&self, schema: &Schema, keys: &Keys, env: &Env) -> Result<()> {
        let url = self.service_url(schema, keys, env)?;
        let mut connection = connect(url.expose_secret()).await?;
        if moa_vault::data_keys_exist(&mut connection, schema.name).await? {
            check_keys(schema, &mut connection, keys).await?;
        }
        Ok(connection.close().await?)
    }

    /// Schemas whose migrations are not all applied.
    pub async fn pending(
        &self,
        schemas: &[Schema],
        keys: &Keys,
        env: &Env,
    ) -> Result<Vec<&'static str>> {
        let mut pending = Vec::new();
        for schema in schemas {
            let url = self.service_url(schema, keys, env)?;
            let mut connection = connect(url.expose_secret()).await?;
            let wanted = schema
                .migrator
                .iter()
                .filter(|m| !m.migration_type.is_down_migration());
            if applied(&mut connection, schema).await? < i64::try_from(wanted.count())? {
                pending.push(schema.name);
            }
            connection.close().await?;
        }
        Ok(pending)
    }
}

async fn check_keys(schema: &Schema, connection: &mut PgConnection, keys: &Keys) -> Result<()> {
    let vault = moa_vault::Vault::new(schema.name, keys.vault());
    vault.check(connection).await.with_context(|| {
        format!(
            "the keys file does not fit what is sealed in {}; put the right one back, or set MOA_KEYS_FILE to it. \
             Nothing was changed",
            schema.name
        )
    })
}

async fn connect(url: &str) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| anyhow::anyhow!("the database URL cannot be read"))?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    PgConnection::connect_with(&options)
        .await
        .with_context(|| format!("PostgreSQL at {place} cannot be reached"))
}

async fn applied(connection: &mut PgConnection, schema: &Schema) -> Result<i64> {
    let table = format!("{}._sqlx_migrations", schema.name);
    let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(&table)
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        return Ok(0);
    }
    let sql = format!("SELECT count(*) FROM {table} WHERE success");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?)
}

/// A role that may log in and owns one schema, and nothing else. Roles belong to the whole server, so this is not a
/// migration: databases of one server share them.
async fn prepare_role(admin: &mut PgConnection, schema: &Schema, keys: &Keys) -> Result<()> {
    let (role, name) = (schema.role(), schema.name);
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
            .bind(&role)
            .fetch_one(&mut *admin)
            .await?;
    if !exists {
        let sql = format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *admin)
            .await
            .with_context(|| format!("the role {role} cannot be made; MOA_DATABASE_URL must name a role with CREATEROLE"))?;
    }
    // The password is hexadecimal, so it needs no quoting.
    let password = role_password(keys, &role)?;
    let sql = format!(
        "ALTER ROLE {role} PASSWORD '{password}';
         ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10s';
         ALTER ROLE {role} SET random_page_cost = 1.1;
         GRANT {role} TO CURRENT_USER;
         CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {role};
         REVOKE ALL ON SCHEMA {name} FROM PUBLIC;
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *admin)
        .await
        .with_context(|| format!("the schema {name} cannot be prepared"))?;
    let owner: String = sqlx::query_scalar(
        "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = $1",
    )
    .bind(name)
    .fetch_one(admin)
    .await?;
    if owner != role {
        bail!(
            "the schema {name} belongs to {owner}; it must belong to {role}: ALTER SCHEMA {name} OWNER TO {role}"
        );
    }
    Ok(())
}

/// Derived from the keys file, so that every machine with the file knows it and none has to be told.
fn role_password(keys: &Keys, role: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(keys.database_secret())
        .map_err(|_| anyhow::anyhow!("the keys file's member \"database\" cannot be used"))?;
    mac.update(role.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_migrations_of_a_schema_have_one_version() {
        for schema in &SCHEMAS {
            let versions: Vec<i64> = schema.migrator.iter().map(|m| m.version).collect();
            let different: std::collections::BTreeSet<i64> = versions.iter().copied().collect();
            assert_eq!(different.len(), versions.len(), "{}", schema.name);
        }
    }

    /// Crates whose tables stand in several schemas ship one text; each schema's migrations carry it unchanged.
    #[test]
    fn migrations_carry_the_shared_tables_unchanged() {
        let mut found = 0;
        for schema in &SCHEMAS {
            let sql: String = schema.migrator.iter().map(|m| m.sql.as_str()).collect();
            let templates = [
                ("outbox", moa_outbox::DDL.replace("{{schema}}", schema.name)),
                ("data_keys", moa_vault::data_keys_ddl(schema.name)),
                ("leases", moa_jobs::leases_ddl(schema.name)),
                ("effects", moa_effects::ddl(schema.name)),
            ];
            for (table, text) in templates {
                if sql.contains(&format!("CREATE TABLE {}.{table} ", schema.name)) {
                    assert!(
                        sql.contains(text.trim()),
                        "{}: {table} differs from its template",
                        schema.name
                    );
                    found += 1;
                }
            }
        }
        assert!(found >= SCHEMAS.len(), "only {found} copies were found");
    }
}
