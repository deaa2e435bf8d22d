//! The keys file: what seals data, who may call whom, and the passwords of the database's roles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use moa_service::{Env, Identity, ServiceKeys, ServiceName};
use moa_vault::KeyRing;
use rand::Rng;
use serde_json::json;
use zeroize::Zeroizing;

use crate::home::{Home, write_private};

/// What the keys file holds.
pub struct Keys {
    vault: Arc<KeyRing>,
    services: ServiceKeys,
    database: Zeroizing<Vec<u8>>,
}

impl Keys {
    /// Where the file is: `MOA_KEYS_FILE`, default `$MOA_HOME/keys.json`.
    pub fn path(home: &Home, env: &Env) -> PathBuf {
        env.get("MOA_KEYS_FILE")
            .map_or_else(|| home.join("keys.json"), PathBuf::from)
    }

    /// Reads the file.
    pub fn load(path: &Path) -> Result<Self> {
        let vault = KeyRing::load(path)?;
        let services = ServiceKeys::load(path)?;
        let text = std::fs::read_to_string(path)?;
        let file: serde_json::Value = serde_json::from_str(&text)?;
        let database = file
            .pointer("/database/secret")
            .and_then(serde_json::Value::as_str)
            .and_then(|secret| STANDARD.decode(secret).ok())
            .filter(|secret| secret.len() >= 32)
            .with_context(|| {
                format!(
                    "{}: member \"database\" needs a \"secret\" of 32 bytes in base64",
                    path.display()
                )
            })?;
        Ok(Self {
            vault: Arc::new(vault),
            services,
            database: Zeroizing::new(database),
        })
    }

    /// Makes the file. Only while nothing sealed exists: other keys would open nothing.
    pub fn generate(path: &Path, sealed_rows_exist: bool) -> Result<Self> {
        if sealed_rows_exist {
            bail!(
                "the keys file {} is missing, but the database holds data sealed with it; put it back (from your backup) \
                 or set MOA_KEYS_FILE to where it is. Nothing was changed.",
                path.display()
            );
        }
        let mut secret = [0_u8; 32];
        rand::rng().fill_bytes(&mut secret);
        let file = json!({
            "vault": KeyRing::generate_section(),
            "services": ServiceKeys::generate()?,
            "database": { "secret": STANDARD.encode(secret) },
        });
        write_private(path, serde_json::to_string_pretty(&file)?.as_bytes())?;
        Self::load(path)
    }

    /// What opens sealed data.
    pub fn vault(&self) -> Arc<KeyRing> {
        Arc::clone(&self.vault)
    }

    /// One service's identity.
    pub fn identity(&self, name: ServiceName) -> Result<Identity> {
        Ok(self.services.identity(name)?)
    }

    /// What the roles' passwords are derived from.
    pub fn database_secret(&self) -> &[u8] {
        &self.database
    }
}
