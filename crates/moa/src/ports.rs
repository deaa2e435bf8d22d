//! Listening, with an answer for a port that is taken.

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Result, bail};
use tokio::net::TcpListener;

/// A place where something of ours listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The address, or a name for it.
    pub host: String,
    /// The port; 0 for any free one.
    pub port: u16,
    /// The variable that moves it.
    pub variable: String,
}

impl Wanted {
    /// At an address.
    pub fn new(host: impl Into<IpAddr>, port: u16, variable: impl Into<String>) -> Self {
        Self::named(&host.into().to_string(), port, variable)
    }

    /// At an address or a name.
    pub fn named(host: &str, port: u16, variable: impl Into<String>) -> Self {
        Self {
            host: host.to_owned(),
            port,
            variable: variable.into(),
        }
    }

    /// Whether only one of the two can listen.
    pub fn collides_with(&self, other: &Self) -> bool {
        let everywhere = |host: &str| host == "0.0.0.0" || host == "::";
        self.port != 0
            && self.port == other.port
            && (self.host == other.host || everywhere(&self.host) || everywhere(&other.host))
    }
}

/// Why one of the places cannot be had.
#[derive(Debug)]
pub struct Refused {
    /// The port asked for.
    pub port: u16,
    /// What holds it, as "name (process 17)", where the system tells.
    pub holder: Option<String>,
    /// What to do.
    pub text: String,
}

/// Listens, or says who holds the port and which variable moves ours.
pub async fn bind(wanted: &Wanted) -> Result<TcpListener, Refused> {
    let Wanted {
        host,
        port,
        variable,
    } = wanted;
    match TcpListener::bind((host.as_str(), *port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let holder = holder_of(*port);
            let name = holder.as_deref().unwrap_or("another process");
            Err(Refused {
                port: *port,
                text: format!(
                    "port {port} is taken by {name}; stop it, or set {variable} to another port (0 takes any free one)"
                ),
                holder,
            })
        }
        Err(error) => Err(Refused {
            port: *port,
            holder: None,
            text: format!(
                "cannot listen on {host}:{port}: {error}; see {variable}{}",
                if variable.starts_with("MOA_SANDBOX") {
                    " and MOA_SANDBOX_HOST"
                } else {
                    " and MOA_LISTEN_HOST"
                }
            ),
        }),
    }
}

/// Listens everywhere, or says everything that stands in the way.
pub async fn bind_all(wanted: &[Wanted]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut refused = Vec::new();
    for one in wanted {
        match bind(one).await {
            Ok(listener) => listeners.push(listener),
            Err(why) => refused.push(why.text),
        }
    }
    match refused.as_slice() {
        [] => Ok(listeners),
        [one] => bail!("{one}"),
        all => {
            let lines: Vec<String> = all.iter().map(|text| format!("\n  - {text}")).collect();
            bail!("{} ports cannot be used:{}", all.len(), lines.concat())
        }
    }
}

/// The process that listens on a port, as "name (process 17)"; `None` where the system does not tell.
pub fn holder_of(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|text| listening_inodes(&text, port))
        .collect();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name
            .to_str()
            .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))
        else {
            continue;
        };
        if holds_one_of(&entry.path(), &inodes) {
            let command = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some(format!("{} (process {pid})", command.trim()));
        }
    }
    None
}

/// Inodes of listening sockets (state 0A) of a port in the kernel's table.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let ending = format!(":{port:04X}");
    let rows = table.lines().skip(1);
    rows.filter_map(|row| {
        let columns: Vec<&str> = row.split_whitespace().collect();
        let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        (local.ends_with(&ending) && *state == "0A").then(|| (*inode).to_owned())
    })
    .collect()
}

fn holds_one_of(process: &Path, inodes: &[String]) -> bool {
    let Ok(descriptors) = std::fs::read_dir(process.join("fd")) else {
        return false;
    };
    descriptors.flatten().any(|descriptor| {
        let Ok(target) = std::fs::read_link(descriptor.path()) else {
            return false;
        };
        let target = target.to_string_lossy();
        inodes
            .iter()
            .any(|inode| target == format!("socket:[{inode}]").as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_taken_ports_are_named_at_once_with_holder_and_variable() {
        let mut wanted = Vec::new();
        let mut held = Vec::new();
        for variable in ["MOA_ADMIN_PORT", "MOA_SANDBOX_SLACK_PORT"] {
            let listener = bind(&Wanted::new([127, 0, 0, 1], 0, variable))
                .await
                .unwrap();
            let port = listener.local_addr().unwrap().port();
            wanted.push(Wanted::new([127, 0, 0, 1], port, variable));
            held.push(listener);
        }
        let refused = bind_all(&wanted).await.unwrap_err().to_string();
        let me = format!("(process {})", std::process::id());
        assert_eq!(refused.matches(&me).count(), 2, "{refused}");
        for one in &wanted {
            assert!(refused.contains(&one.variable), "{refused}");
            assert!(refused.contains(&one.port.to_string()), "{refused}");
        }
        drop(held);
        assert_eq!(bind_all(&wanted).await.unwrap().len(), 2);
    }

    #[test]
    fn an_address_for_everywhere_collides_with_each_of_this_machine() {
        let at = |host: &str, port| Wanted::named(host, port, "MOA_X_PORT");
        assert!(at("0.0.0.0", 80).collides_with(&at("127.0.0.1", 80)));
        assert!(!at("127.0.0.2", 80).collides_with(&at("127.0.0.1", 80)));
        assert!(!at("127.0.0.1", 0).collides_with(&at("127.0.0.1", 0)));
    }
}
