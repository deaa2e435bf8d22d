//! The hub's own PostgreSQL, seen from outside.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::signal;

const STOP_LIMIT: Duration = Duration::from_secs(30);
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The cluster that a hub keeps for its data directory.
#[derive(Debug, Clone)]
pub struct Cluster {
    place: PathBuf,
}

impl Cluster {
    /// The cluster of a data directory; under root it may lie elsewhere.
    pub(crate) fn of(home: &Path) -> Self {
        let place = std::fs::read_to_string(home.join("postgres.path"))
            .map_or_else(|_| home.to_owned(), |path| PathBuf::from(path.trim()));
        Self { place }
    }

    fn data(&self) -> PathBuf {
        self.place.join("postgres")
    }

    /// The number of the living server.
    pub fn postmaster(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let pid: u32 = file.lines().next()?.trim().parse().ok()?;
        let inside = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
        (inside == self.data().canonicalize().ok()?).then_some(pid)
    }

    /// A connection over the socket, where every role is trusted.
    pub fn url_as(&self, role: &str) -> Result<String> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid"))
            .context("no server runs")?;
        let mut lines = file.lines().skip(3).map(str::trim);
        let port = lines.next().context("the server's file names no port")?;
        let socket = lines.next().context("the server's file names no socket")?;
        Ok(format!(
            "postgres://{role}@localhost/moa?host={socket}&port={port}"
        ))
    }

    /// Stops a server that outlived its hub, and removes what lies outside `home`.
    pub(crate) fn remove(&self, home: &Path) {
        if let Some(pid) = self.postmaster()
            && signal("INT", pid).is_ok()
        {
            let started = Instant::now();
            while self.postmaster().is_some() && started.elapsed() < STOP_LIMIT {
                std::thread::sleep(CHECK_EVERY);
            }
        }
        if !self.place.starts_with(home) {
            let _ = std::fs::remove_dir_all(&self.place);
        }
    }
}
