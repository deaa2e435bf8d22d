//! Everything that can be set, read in one go: all mistakes in one answer, by name, before anything listens.
//!
//! `moa up`, `moa serve` and `moa doctor` read it by the same functions, so that none judges otherwise than the others.

use std::collections::HashMap;
use std::str::FromStr;

use anyhow::Result;
use moa_service::{Env, EnvReader, ServiceName};
use sqlx::postgres::PgConnectOptions;

use crate::database::SCHEMAS;
use crate::demo;
use crate::ports::Wanted;
use crate::services::Configured;
use crate::settings::{Settings, port_of};

/// A sandbox plays the channels on this machine or in its network, where accounts may not call otherwise.
const PRIVATE_CHANNELS: &str = "MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES";
/// A demo without orders shows nothing: they trickle in unless said otherwise.
const TRICKLE: &str = "MOA_SANDBOX_ORDERS_PER_SECOND";
/// Where our own PostgreSQL listens on loopback.
pub const POSTGRES_PORT: &str = "MOA_POSTGRES_PORT";

/// What a process was told, with every value in order.
pub struct Configuration {
    /// The process's own settings.
    pub settings: Settings,
    /// The services that run in this process.
    pub services: Vec<Service>,
    /// Where services that run elsewhere are.
    pub urls: HashMap<ServiceName, String>,
    /// The loopback port of our own PostgreSQL.
    pub postgres_port: u16,
}

/// Where the sandbox plays, if any does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plays {
    /// In this process: its ports have to be free.
    Here,
    /// In another process, or nowhere.
    Elsewhere,
}

impl Plays {
    /// As `--sandbox` says.
    pub fn from_flag(sandbox: bool) -> Self {
        if sandbox { Self::Here } else { Self::Elsewhere }
    }
}

/// A service with its settings read and the place where it listens.
pub struct Service {
    /// Which.
    pub name: ServiceName,
    /// Its settings.
    pub configured: Configured,
    /// Where it listens.
    pub wanted: Wanted,
}

/// The variables of a hub as `moa up` takes them: what its sandbox and its demo need is set unless something else is.
pub fn of_hub(env: Env, sandbox: bool, demo: bool) -> Env {
    let plays = sandbox || demo || env.get("MOA_SANDBOX_URL").is_some();
    let env = match env.get(PRIVATE_CHANNELS) {
        None if plays => env.with(PRIVATE_CHANNELS, "true"),
        _ => env,
    };
    match env.get(TRICKLE) {
        None if demo => env.with(TRICKLE, "0.2"),
        _ => env,
    }
}

impl Configuration {
    /// Of a hub: the services named, and the sandbox's settings, too, whether or not it `plays` in this process.
    pub fn of_hub(
        env: &Env,
        names: &[ServiceName],
        plays: Plays,
    ) -> Result<(Self, sandbox::Config)> {
        let mut reader = env.reader();
        let read = Self::read(env, &mut reader, names)?;
        let sandbox = sandbox_settings(env, &mut reader);
        let mut wanted = read.wanted();
        if plays == Plays::Here {
            wanted.extend(sandbox_ports(&sandbox));
        }
        if env.get("MOA_DATABASE_URL").is_none() {
            wanted.push(read.postgres());
        }
        refuse_shared_ports(&wanted, &mut reader);
        reader.finish()?;
        Ok((read, sandbox))
    }

    /// Of one service, whose database is given.
    pub fn of_service(env: &Env, name: ServiceName) -> Result<Self> {
        let mut reader = env.reader();
        let read = Self::read(env, &mut reader, &[name])?;
        let schema = SCHEMAS.iter().find(|schema| schema.service == name);
        if let Some(schema) = schema
            && env.get(&schema.variable()).is_none()
        {
            reader.required("MOA_DATABASE_URL", DATABASE_URL_MEANING);
        }
        refuse_shared_ports(&read.wanted(), &mut reader);
        reader.finish()?;
        Ok(read)
    }

    fn read(env: &Env, reader: &mut EnvReader<'_>, names: &[ServiceName]) -> Result<Self> {
        let settings = Settings::read(reader);
        let mut services = Vec::new();
        for name in names {
            let (variable, port) = port_of(*name, reader);
            services.push(Service {
                name: *name,
                configured: Configured::read(*name, reader)?,
                wanted: Wanted::new(settings.listen_host, port, variable),
            });
        }
        check_database_urls(env, reader);
        for (variable, default) in [
            ("MOA_ADMIN_URL", demo::ADMIN),
            ("MOA_SANDBOX_URL", demo::SANDBOX),
        ] {
            reader.address(variable, default);
        }
        Ok(Self {
            settings,
            services,
            urls: read_urls(reader),
            postgres_port: reader.port(POSTGRES_PORT, 54329),
        })
    }

    /// Where this process listens: its services and operations.
    pub fn wanted(&self) -> Vec<Wanted> {
        let services = self.services.iter().map(|service| service.wanted.clone());
        services.chain([self.operations()]).collect()
    }

    /// Where operations look.
    pub fn operations(&self) -> Wanted {
        let address = self.settings.ops_address;
        Wanted::new(address.ip(), address.port(), "MOA_OPS_ADDR")
    }

    /// Where our own PostgreSQL listens when this process starts it.
    pub fn postgres(&self) -> Wanted {
        Wanted::new([127, 0, 0, 1], self.postgres_port, POSTGRES_PORT)
    }
}

/// Completes "it is …" for whoever forgot it.
pub const DATABASE_URL_MEANING: &str = "the PostgreSQL that all services share, e.g. \
     postgres://moa:password@db:5432/moa (`moa up` brings its own)";

/// The sandbox's settings; mistakes stay with the reader.
pub fn sandbox_settings(env: &Env, reader: &mut EnvReader<'_>) -> sandbox::Config {
    let lookup = |name: &str| env.get(name).map(str::to_owned);
    sandbox::Config::from_vars(lookup).unwrap_or_else(|errors| {
        reader.problems(errors.iter().map(ToString::to_string));
        sandbox::Config::default()
    })
}

/// Where a sandbox listens.
pub fn sandbox_ports(config: &sandbox::Config) -> Vec<Wanted> {
    let ports = config.ports().into_iter();
    ports
        .map(|(variable, port)| Wanted::named(&config.host, port, variable))
        .collect()
}

/// Where the services of other processes are.
fn read_urls(reader: &mut EnvReader<'_>) -> HashMap<ServiceName, String> {
    let mut urls = HashMap::new();
    for name in ServiceName::ALL {
        if let Some(port) = name.grpc_port() {
            let variable = url_variable(name);
            let url = reader.address(&variable, &format!("http://127.0.0.1:{port}"));
            urls.insert(name, url);
        }
    }
    urls
}

/// The variable that says where a service is.
pub fn url_variable(name: ServiceName) -> String {
    format!("MOA_{}_URL", name.variable_part())
}

/// Database addresses are told apart here and dialled later; they hold passwords, so none is shown.
fn check_database_urls(env: &Env, reader: &mut EnvReader<'_>) {
    let own = SCHEMAS.iter().map(|schema| schema.variable());
    for variable in std::iter::once("MOA_DATABASE_URL".to_owned()).chain(own) {
        let Some(url) = env.get(&variable) else {
            continue;
        };
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !postgres || PgConnectOptions::from_str(url).is_err() {
            reader.problem(
                &variable,
                "must be a PostgreSQL URL such as postgres://user:password@host:5432/moa",
            );
        }
    }
}

/// Two doors cannot have one number; the system would name this very process as the holder.
fn refuse_shared_ports(wanted: &[Wanted], reader: &mut EnvReader<'_>) {
    for (place, one) in wanted.iter().enumerate() {
        let mut earlier = wanted.iter().take(place);
        if let Some(other) = earlier.find(|other| other.collides_with(one)) {
            reader.problem(
                &one.variable,
                &format!(
                    "must name another port than {} ({})",
                    other.variable, other.port
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::ALL;

    fn mistakes(variables: &[(&str, &str)]) -> String {
        let env = Env::from_map(variables.iter().copied());
        match Configuration::of_hub(&env, &ALL, Plays::Here) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn services_sandbox_postgresql_and_addresses_are_answered_in_one_round() {
        let text = mistakes(&[
            ("MOA_ORDER_SYNC_LAG", "soon"),
            ("MOA_CATALOG_PORT", "eighty"),
            ("MOA_POSTGRES_PORT", "70000"),
            ("MOA_SANDBOX_COUPANG_PORT", "-1"),
            ("MOA_SANDBOX_ACCOUNTS", "0"),
            ("MOA_CHECKOUT_URL", "checkout"),
            ("MOA_OPS_ADDR", "9464"),
            ("MOA_LOG", "moa=loud"),
            ("MOA_DATABASE_URL", "mysql://me:hunter2@db/moa"),
        ]);
        for name in [
            "9 mistake(s)",
            "MOA_ORDER_SYNC_LAG",
            "MOA_CATALOG_PORT",
            "MOA_POSTGRES_PORT",
            "MOA_SANDBOX_COUPANG_PORT",
            "MOA_SANDBOX_ACCOUNTS",
            "MOA_CHECKOUT_URL",
            "MOA_OPS_ADDR",
            "MOA_LOG",
            "MOA_DATABASE_URL",
        ] {
            assert!(text.contains(name), "{name} is not in: {text}");
        }
        for word in ["hunter2", "invalid", "u16"] {
            assert!(!text.contains(word), "{word} is in: {text}");
        }
    }

    #[test]
    fn two_doors_with_one_number_are_told_before_the_system_finds_out() {
        let text = mistakes(&[("MOA_STORE_PORT", "8080")]);
        assert!(
            text.contains("MOA_STORE_PORT must name another port than MOA_ADMIN_PORT (8080)"),
            "{text}"
        );
        assert_eq!(
            mistakes(&[("MOA_STORE_PORT", "0"), ("MOA_ADMIN_PORT", "0")]),
            ""
        );
    }

    #[test]
    fn one_service_needs_a_database_unless_it_has_its_own() {
        let of = |variables: &[(&str, &str)], name| {
            let env = Env::from_map(variables.iter().copied());
            Configuration::of_service(&env, name)
                .err()
                .map(|e| e.to_string())
        };
        let missing = of(&[], ServiceName::Catalog).unwrap();
        assert!(missing.contains("MOA_DATABASE_URL is not set"), "{missing}");
        let own = [("MOA_CATALOG_DATABASE_URL", "postgres://db/moa")];
        assert_eq!(of(&own, ServiceName::Catalog), None);
        assert_eq!(of(&[], ServiceName::StoreGateway), None);
    }

    #[test]
    fn only_a_sandbox_opens_private_addresses_by_itself() {
        let allowed = |env: Env| env.get(PRIVATE_CHANNELS).map(str::to_owned);
        assert_eq!(allowed(of_hub(Env::default(), false, false)), None);
        assert_eq!(
            allowed(of_hub(Env::default(), true, false)).as_deref(),
            Some("true")
        );
        let said = Env::from_map([(PRIVATE_CHANNELS, "false")]);
        assert_eq!(allowed(of_hub(said, true, true)).as_deref(), Some("false"));
    }
}
