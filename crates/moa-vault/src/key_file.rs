//! Reading the `vault` member of the keys file, whose other members belong to others.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::KeyRingError;
use crate::cipher::Key;

/// No keys file comes near it.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Bits that let others than the owner at the file, or make it a program.
const FORBIDDEN_MODE: u32 = 0o177;

#[derive(Deserialize)]
struct KeysFile {
    vault: Option<VaultSection>,
}

#[derive(Deserialize)]
struct VaultSection {
    active: String,
    keys: BTreeMap<String, SecretString>,
    index_key: SecretString,
}

/// The section, decoded.
pub(crate) struct Keys {
    pub(crate) active: String,
    pub(crate) by_id: BTreeMap<String, Key>,
    pub(crate) index_key: Key,
}

pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, KeyRingError> {
    let failed = |source| KeyRingError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & FORBIDDEN_MODE != 0 {
        return Err(KeyRingError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    // Room for all of it at once: a buffer that grows leaves copies behind that are not zeroed.
    let mut text = Zeroizing::new(String::with_capacity(
        metadata.len().min(MAX_FILE_BYTES) as usize + 1,
    ));
    let read = file
        .take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(KeyRingError::TooLarge {
            path: path.to_owned(),
            limit: MAX_FILE_BYTES,
        });
    }
    Ok(text)
}

pub(crate) fn parse(json: &str) -> Result<Keys, KeyRingError> {
    // Only the place is kept: what the parser says may quote a key.
    let file: KeysFile = serde_json::from_str(json).map_err(|error| KeyRingError::Json {
        line: error.line(),
        column: error.column(),
    })?;
    let section = file.vault.ok_or(KeyRingError::NoVault)?;
    let mut by_id = BTreeMap::new();
    for (id, text) in section.keys {
        if !is_key_id(&id) {
            return Err(KeyRingError::BadId { id });
        }
        let key = decode(&text, || format!("vault.keys.{id}"))?;
        by_id.insert(id, key);
    }
    if !by_id.contains_key(&section.active) {
        return Err(KeyRingError::NoActive {
            active: section.active,
        });
    }
    Ok(Keys {
        active: section.active,
        by_id,
        index_key: decode(&section.index_key, || "vault.index_key".to_owned())?,
    })
}

pub(crate) fn encode(key: &Key) -> String {
    STANDARD.encode(key.as_bytes())
}

fn decode(text: &SecretString, name: impl Fn() -> String) -> Result<Key, KeyRingError> {
    STANDARD
        .decode(text.expose_secret())
        .ok()
        .map(Zeroizing::new)
        .and_then(|bytes| Key::from_slice(&bytes))
        .ok_or_else(|| KeyRingError::BadKey { name: name() })
}

fn is_key_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
