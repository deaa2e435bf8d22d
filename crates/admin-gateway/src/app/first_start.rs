//! The first start: a merchant, its owner, and the owner's log-in in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};

use super::App;
use crate::domain::access::Role;
use crate::error::Error;
use crate::store::operators::{self, NewOperator, Operator};

const EMAIL: &str = "owner@moa.local";
/// No letters that look alike: a person may have to type it. 57 letters to the power of 24 is 140 bits.
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const PASSWORD_LENGTH: usize = 24;

impl App {
    /// Makes the first merchant and its owner when there is none.
    ///
    /// The file is on the disk before the owner is committed: a crash between the two leaves a file that the next start
    /// replaces, never an owner whose password nobody knows.
    #[tracing::instrument(name = "admin_gateway.first_start", skip_all)]
    pub async fn first_start(&self) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        if !operators::is_empty(&mut conn).await? {
            return Ok(());
        }
        drop(conn);
        let password = new_password();
        let owner = NewOperator {
            operator: Operator {
                merchant_id: self.ids.next(),
                merchant_name: self.config.merchant_name.clone(),
                operator_id: self.ids.next(),
                email: EMAIL.to_owned(),
                name: "Owner".to_owned(),
                role: Role::Owner,
                locale: "ko".to_owned(),
            },
            password_hash: self.passwords.hash(&password).await?,
            created_at: self.clock.now(),
        };
        let mut tx = moa_service::begin(&self.db).await?;
        if !operators::lock_is_empty(&mut tx).await? {
            return Ok(());
        }
        let path = &self.config.login_file;
        write_login(path, &password).map_err(|source| Error::LoginFile {
            path: path.display().to_string(),
            source,
        })?;
        operators::insert_merchant(&mut tx, &owner).await?;
        tx.commit().await?;
        tracing::info!(merchant.id = %owner.operator.merchant_id,
            "made the first merchant; the owner's log-in is in {}", path.display());
        Ok(())
    }
}

fn new_password() -> SecretString {
    let mut rng = rand::rng();
    let letters = (0..PASSWORD_LENGTH)
        .filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())))
        .map(|byte| char::from(*byte));
    SecretString::from(letters.collect::<String>())
}

/// Writes beside, flushes, renames, flushes the folder: the file is there whole, or not at all.
fn write_login(path: &Path, password: &SecretString) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let login = serde_json::json!({ "email": EMAIL, "password": password.expose_secret() });
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    // A leftover may have other permissions, which opening it would keep.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    writeln!(file, "{login}")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}
