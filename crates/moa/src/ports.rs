//! Listening, with an answer for a port that is taken.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Result, bail};
use tokio::net::TcpListener;

/// Listens, or says who holds the port and which variable moves ours.
pub async fn bind(host: IpAddr, port: u16, variable: &str) -> Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let holder = holder_of(port).unwrap_or_else(|| "another process".to_owned());
            bail!(
                "port {port} is taken by {holder}; stop it, or set {variable} to another port (0 takes any free one)"
            )
        }
        Err(error) => {
            bail!("cannot listen on {address}: {error}; see {variable} and MOA_LISTEN_HOST")
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
    async fn a_taken_port_names_its_holder_and_the_variable() {
        let host = IpAddr::from([127, 0, 0, 1]);
        let held = bind(host, 0, "MOA_ADMIN_PORT").await.unwrap();
        let port = held.local_addr().unwrap().port();
        let refused = bind(host, port, "MOA_ADMIN_PORT")
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains("MOA_ADMIN_PORT"), "{refused}");
        assert!(
            refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
    }
}
