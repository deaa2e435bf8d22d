//! What a person sees when the hub is ready: where everything is, and calls that work as pasted.

use std::net::SocketAddr;
use std::path::PathBuf;

use moa_service::ServiceName;

use crate::home::Home;
use crate::hub::{Bound, reachable};

/// Addresses, gathered before the services take their listeners.
pub struct Banner {
    admin: Option<SocketAddr>,
    store: Option<SocketAddr>,
    order_sync: Option<SocketAddr>,
    ops: Option<SocketAddr>,
    sandbox: Option<String>,
    login: PathBuf,
}

impl Banner {
    /// Of the services about to start.
    pub fn new(bound: &Bound, home: &Home, sandbox: Option<&str>) -> Self {
        Self {
            admin: bound.address(ServiceName::AdminGateway).map(reachable),
            store: bound.address(ServiceName::StoreGateway).map(reachable),
            order_sync: bound.address(ServiceName::OrderSync).map(reachable),
            ops: bound.ops_address().map(reachable),
            sandbox: sandbox.map(str::to_owned),
            login: home.join("admin.json"),
        }
    }

    /// Prints it, with the owner's login if this hub has an admin gateway.
    pub fn print(&self) {
        let mut lines = vec![String::new(), "  Moa is ready.".to_owned(), String::new()];
        let mut line = |name: &str, value: String| lines.push(format!("  {name:<16} {value}"));
        if let Some(admin) = self.admin {
            line("Admin screen", format!("http://{admin}"));
            line("API reference", format!("http://{admin}/api/docs"));
        }
        if let Some(store) = self.store {
            line("Store", format!("http://{store}"));
        }
        if let Some(sandbox) = &self.sandbox {
            line("Sandbox", sandbox.clone());
        }
        if let Some(ops) = self.ops {
            line(
                "Operations",
                format!("http://{ops}/readyz, /livez, /metrics"),
            );
        }
        if let Some(login) = self.admin.and_then(|_| self.login()) {
            let (email, password) = login;
            line("Log in as", format!("{email}  {password}"));
            line("", format!("(also in {})", self.login.display()));
        }
        lines.push(String::new());
        lines.extend(self.calls());
        println!("{}", lines.join("\n"));
    }

    fn login(&self) -> Option<(String, String)> {
        let text = std::fs::read_to_string(&self.login).ok()?;
        let login: serde_json::Value = serde_json::from_str(&text).ok()?;
        let field = |name: &str| Some(login.get(name)?.as_str()?.to_owned());
        Some((field("email")?, field("password")?))
    }

    fn calls(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(admin) = self.admin {
            let jar = self.login.with_file_name("cookies");
            lines.push("  The orders, by HTTP:".to_owned());
            lines.push(format!(
                "    (umask 077; curl -s -c '{jar}' -H 'content-type: application/json' -d @'{login}' http://{admin}/api/v1/session && \\\n     \
                 curl -s -b '{jar}' 'http://{admin}/api/v1/orders?page_size=3')",
                jar = jar.display(),
                login = self.login.display(),
            ));
            lines.push(String::new());
        }
        if let Some(address) = self.order_sync {
            lines.push("  What order-sync speaks, by gRPC reflection (reading data takes a token: moa token order-sync):".to_owned());
            lines.push(format!(
                "    npx --yes @bufbuild/buf@1.75.0 curl --protocol grpc --http2-prior-knowledge --list-methods http://{address}"
            ));
            lines.push(String::new());
        }
        lines
    }
}
