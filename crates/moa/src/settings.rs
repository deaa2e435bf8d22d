//! What belongs to the process and to no one service.

use std::net::IpAddr;

use moa_service::{Env, EnvReader, ServiceName};
use moa_telemetry::{LogFormat, TelemetryConfig};

/// Every variable with its meaning; `deploy/moa.env` is this text, so that there is one.
pub const DOCUMENT: &str = include_str!("../../../deploy/moa.env");

/// Ours from information up; libraries when something is wrong.
const DEFAULT_LOG: &str = "info,opentelemetry=warn,sqlx=warn,hyper=warn,h2=warn";

/// The process's own settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where services listen.
    pub listen_host: IpAddr,
    /// Where operations look: `/livez`, `/readyz`, `/metrics`.
    pub ops_address: std::net::SocketAddr,
    /// How logs are written, and where traces go.
    pub log_format: LogFormat,
    pub log_filter: String,
    pub otlp_endpoint: Option<String>,
    /// Connections of each service to its database.
    pub database_connections: u32,
}

impl Settings {
    /// Reads the process's variables.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let format = env.string("MOA_LOG_FORMAT", "pretty");
        let log_format = match format.as_str() {
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            _ => {
                env.problem("MOA_LOG_FORMAT", "must be pretty or json");
                LogFormat::Pretty
            }
        };
        let log_filter = env.string("MOA_LOG", DEFAULT_LOG);
        if !moa_telemetry::is_filter(&log_filter) {
            env.problem(
                "MOA_LOG",
                "must be levels (error, warn, info, debug, trace) and targets, e.g. info,order_sync=debug",
            );
        }
        Self {
            listen_host: env.parse(
                "MOA_LISTEN_HOST",
                loopback,
                "an IP address such as 127.0.0.1 (this machine only) or 0.0.0.0 (every network)",
            ),
            ops_address: env.parse(
                "MOA_OPS_ADDR",
                (loopback, 9464).into(),
                "an IP address with a port such as 127.0.0.1:9464",
            ),
            log_format,
            log_filter,
            otlp_endpoint: env
                .optional("MOA_OTLP_ENDPOINT")
                .map(|_| env.address("MOA_OTLP_ENDPOINT", "http://127.0.0.1:4317")),
            database_connections: env.number_in("MOA_DATABASE_CONNECTIONS", 12, 2..=200),
        }
    }

    /// What telemetry needs to know.
    pub fn telemetry(&self, service_name: &str) -> TelemetryConfig {
        TelemetryConfig {
            format: self.log_format,
            filter: self.log_filter.clone(),
            otlp_endpoint: self.otlp_endpoint.clone(),
            service_name: service_name.to_owned(),
        }
    }
}

/// The variable and the number of a service's port.
pub fn port_of(service: ServiceName, env: &mut EnvReader<'_>) -> (String, u16) {
    let (variable, default) = match service {
        ServiceName::AdminGateway => ("MOA_ADMIN_PORT".to_owned(), 8080),
        ServiceName::StoreGateway => ("MOA_STORE_PORT".to_owned(), 8081),
        service => (
            format!("MOA_{}_PORT", service.variable_part()),
            service.grpc_port().unwrap_or(0),
        ),
    };
    let port = env.port(&variable, default);
    (variable, port)
}

/// Variables that nothing reads: most likely misspelt.
pub fn unknown(env: &Env) -> Vec<String> {
    let known: std::collections::HashSet<&str> = DOCUMENT
        .split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.starts_with("MOA_"))
        .collect();
    env.names()
        .filter(|name| !known.contains(name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_noticed() {
        let env = Env::from_map([("MOA_HOME", "x"), ("MOA_HOEM", "x")]);
        assert_eq!(unknown(&env), ["MOA_HOEM"]);
    }
}
