use std::path::PathBuf;

use moa_id::DataKeyId;

/// Why a value was not sealed, opened, or its key not found. No variant holds anything secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The bytes are no sealed value of a version this build knows.
    #[error("not a sealed value: {0}")]
    Malformed(&'static str),
    /// The value was sealed under another data key.
    #[error("sealed under data key {sealed_under}, not under {used}")]
    WrongKey {
        /// The key the value asks for.
        sealed_under: DataKeyId,
        /// The key that was tried.
        used: DataKeyId,
    },
    /// The value was changed, or stands in another place than the one it was sealed for.
    #[error("the sealed value was changed or moved to another place")]
    Refused,
    /// The keys file has no such key-encryption key.
    #[error(
        "the keys file lacks key-encryption key `{kek_id}`, which data keys are wrapped with; put it back"
    )]
    UnknownKek {
        /// The key that is missing.
        kek_id: String,
    },
    /// A stored data key does not unwrap: the row was changed, or the keys file has another key under the same name.
    #[error("data key {data_key_id} does not unwrap under key-encryption key `{kek_id}`")]
    DataKeyRefused {
        /// The data key.
        data_key_id: DataKeyId,
        /// The key-encryption key its row names.
        kek_id: String,
    },
    /// A data key with this id exists already, perhaps destroyed; an id is used once.
    #[error("a data key with one of these ids exists already")]
    DataKeyExists,
    /// The database failed.
    #[error("the database failed on data keys")]
    Database(#[source] sqlx::Error),
}

/// Why the keys file cannot be used. No variant holds anything secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// The file cannot be read.
    #[error("the keys file {path} cannot be read", path = .path.display())]
    Read {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner may read the file.
    #[error("the keys file {path} has mode {mode:04o}, so others may read it; run `chmod 600 {path}`", path = .path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is larger than any keys file.
    #[error("the keys file {path} is larger than {limit} bytes", path = .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size that is read.
        limit: u64,
    },
    /// The text is not the JSON that is expected. What it says instead is withheld, since it may be a key.
    #[error(
        "the keys file is not as expected at line {line}, column {column}; its `vault` member must be \
         {{\"active\": id, \"keys\": {{id: base64}}, \"index_key\": base64}}"
    )]
    Json {
        /// Line of the first surprise.
        line: usize,
        /// Column of the first surprise.
        column: usize,
    },
    /// There is no `vault` member.
    #[error("the keys file has no `vault` member")]
    NoVault,
    /// A key is not 32 bytes in base64.
    #[error("`{name}` of the keys file is not 32 bytes in base64")]
    BadKey {
        /// Which member.
        name: String,
    },
    /// A key's name cannot be used.
    #[error("`{id}` cannot name a key: use 1 to 64 letters, digits, `-`, `_` or `.`")]
    BadId {
        /// The name.
        id: String,
    },
    /// The active key is not among the keys.
    #[error("`vault.active` of the keys file names `{active}`, which is not in `vault.keys`")]
    NoActive {
        /// The name.
        active: String,
    },
}
