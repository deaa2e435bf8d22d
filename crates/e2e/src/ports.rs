//! Ports that belong to one test, and stay its own when the hub is killed and started again.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Below the ports that systems hand out by themselves (32768 on Linux), so that no connection takes one meanwhile.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;
/// Ports of a block.
const SIZE: u16 = 32;

/// Who listens on which port of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the services and their doors")]
pub enum Port {
    Admin,
    Store,
    ChannelProxy,
    OrderSync,
    Fulfillment,
    Notification,
    Catalog,
    Checkout,
    SandboxControl,
    SandboxCoupang,
    SandboxSmartstore,
    SandboxSolapi,
    SandboxSlack,
    /// Operations of `moa up`; with a process per service the first of eight.
    Ops,
}

/// A block of ports, reserved against other tests on this machine as long as it lives.
pub struct PortBlock {
    first: u16,
    _reservation: File,
}

impl PortBlock {
    /// Reserves a block in which every port is free.
    pub fn reserve() -> Result<Self> {
        let folder = reservations()?;
        for first in (FIRST..LAST).step_by(usize::from(SIZE)) {
            let path = folder.join(first.to_string());
            let file = File::create(&path)
                .with_context(|| format!("{} cannot be made", path.display()))?;
            if file.try_lock().is_ok() && (first..first + SIZE).all(is_free) {
                return Ok(Self {
                    first,
                    _reservation: file,
                });
            }
        }
        bail!("no {SIZE} free ports in a row were found between {FIRST} and {LAST}")
    }

    /// The number of a port.
    pub fn number(&self, port: Port) -> u16 {
        self.first + port as u16
    }

    /// The address of a port, e.g. `http://127.0.0.1:20000`.
    pub fn url(&self, port: Port) -> String {
        format!("http://127.0.0.1:{}", self.number(port))
    }

    /// What makes a sandbox listen on this block.
    pub fn sandbox_variables(&self) -> Vec<(String, String)> {
        let doors = [
            ("CONTROL", Port::SandboxControl),
            ("COUPANG", Port::SandboxCoupang),
            ("SMARTSTORE", Port::SandboxSmartstore),
            ("SOLAPI", Port::SandboxSolapi),
            ("SLACK", Port::SandboxSlack),
        ];
        let ports = doors.map(|(name, port)| {
            let variable = format!("MOA_SANDBOX_{name}_PORT");
            (variable, self.number(port).to_string())
        });
        ports.into()
    }

    /// What makes a hub's services listen on this block.
    pub(crate) fn service_variables(&self) -> Vec<(String, String)> {
        let services = [
            ("ADMIN", Port::Admin),
            ("STORE", Port::Store),
            ("CHANNEL_PROXY", Port::ChannelProxy),
            ("ORDER_SYNC", Port::OrderSync),
            ("FULFILLMENT", Port::Fulfillment),
            ("NOTIFICATION", Port::Notification),
            ("CATALOG", Port::Catalog),
            ("CHECKOUT", Port::Checkout),
        ];
        let ports = services
            .map(|(name, port)| (format!("MOA_{name}_PORT"), self.number(port).to_string()));
        ports.into()
    }
}

/// Where blocks are reserved; a lock is let go of when its holder ends, however it ends.
fn reservations() -> Result<PathBuf> {
    let me = std::fs::metadata("/proc/self").map_or(0, |me| me.uid());
    let folder = std::env::temp_dir().join(format!("moa-test-ports-{me}"));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_share_no_port() {
        let (one, two) = (PortBlock::reserve().unwrap(), PortBlock::reserve().unwrap());
        assert!(one.first.abs_diff(two.first) >= SIZE);
        assert!((Port::Ops as u16) + 8 <= SIZE);
    }
}
