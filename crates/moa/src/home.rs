//! The data directory, `MOA_HOME`: one living hub each.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use moa_service::Env;

/// The data directory.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

/// Held while a hub lives in this directory; the system lets go of it when the process ends, however it ends.
pub struct Lock {
    _file: File,
}

impl Home {
    /// `MOA_HOME`, default `.moa`, made when it is missing.
    pub fn open(env: &Env) -> Result<Self> {
        let path = PathBuf::from(env.get("MOA_HOME").unwrap_or(".moa"));
        std::fs::create_dir_all(&path).with_context(|| {
            format!(
                "the data directory {} cannot be made; set MOA_HOME to a place you may write",
                path.display()
            )
        })?;
        let path = path
            .canonicalize()
            .with_context(|| format!("the data directory {} cannot be found", path.display()))?;
        Ok(Self(path))
    }

    /// A file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps a second hub out, naming the one that lives.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.join("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid)
                    .context("the lock cannot be read")?;
                bail!(
                    "a hub already runs in {} (process {}); stop it, or set MOA_HOME to another directory",
                    self.0.display(),
                    pid.trim()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Lock { _file: file })
    }
}

/// Writes a file that only its owner may read, all of it or nothing.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let draft = path.with_extension("draft");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&draft)
        .with_context(|| format!("{} cannot be written", draft.display()))?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    if let Some(directory) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_hub_is_refused_and_told_who_lives_there() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env::from_map([("MOA_HOME", dir.path().to_str().unwrap())]);
        let home = Home::open(&env).unwrap();
        let first = home.lock().unwrap();
        let refused = home.lock().err().unwrap().to_string();
        assert!(
            refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(first);
        home.lock().unwrap();
    }
}
