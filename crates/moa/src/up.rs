//! `moa up`: the whole hub in one process.

use std::time::Instant;

use anyhow::Result;
use moa_service::{Env, ServiceName};
use moa_telemetry::Telemetry;

use crate::banner::Banner;
use crate::configuration::{self, Configuration, Plays, sandbox_ports, url_variable};
use crate::database::Database;
use crate::demo;
use crate::home::Home;
use crate::hub::{Bound, StopSignal, reachable};
use crate::keys::Keys;
use crate::ports::Wanted;
use crate::postgres::OwnPostgres;
use crate::serve::start_sandbox;
use crate::services::ALL;

/// Runs until told to stop.
pub async fn run(env: Env, services: Vec<ServiceName>, sandbox: bool, demo: bool) -> Result<()> {
    let started = Instant::now();
    let env = configuration::of_hub(env, sandbox, demo);
    let names = if services.is_empty() {
        ALL.to_vec()
    } else {
        services
    };
    let (configuration, sandbox_config) =
        Configuration::of_hub(&env, &names, Plays::from_flag(sandbox))?;
    let stop = StopSignal::listen()?;
    let home = Home::open(&env)?;
    let _lock = home.lock()?;
    let also = beside(
        &env,
        &home,
        &configuration,
        sandbox.then_some(&sandbox_config),
    );
    let postgres_port = configuration.postgres_port;
    let bound = Bound::take_ports(&env, configuration, &also).await?;
    let telemetry = Telemetry::init(bound.settings.telemetry("moa"))?;
    let hub = Hub {
        env,
        home,
        sandbox: sandbox.then_some(sandbox_config),
        postgres_port,
        demo,
        started,
    };
    let result = hub.run(bound, stop).await;
    telemetry.shutdown().await;
    result
}

/// Ports that are taken beside those of the services: the sandbox's, and the own PostgreSQL's unless it is alive already.
pub fn beside(
    env: &Env,
    home: &Home,
    configuration: &Configuration,
    sandbox: Option<&sandbox::Config>,
) -> Vec<Wanted> {
    let mut wanted = sandbox.map(sandbox_ports).unwrap_or_default();
    if env.get("MOA_DATABASE_URL").is_none() && !OwnPostgres::is_alive(home) {
        wanted.push(configuration.postgres());
    }
    wanted
}

struct Hub {
    env: Env,
    home: Home,
    /// The sandbox that plays in this process.
    sandbox: Option<sandbox::Config>,
    postgres_port: u16,
    demo: bool,
    started: Instant,
}

impl Hub {
    async fn run(mut self, bound: Bound, mut stop: StopSignal) -> Result<()> {
        let sandbox = if let Some(config) = self.sandbox.take() {
            let sandbox = start_sandbox(config, &self.home).await?;
            if self.env.get("MOA_SANDBOX_URL").is_none() {
                self.env = self
                    .env
                    .with("MOA_SANDBOX_URL", sandbox.control_url.clone());
            }
            Some(sandbox)
        } else {
            None
        };
        let own = match self.env.get("MOA_DATABASE_URL") {
            Some(_) => None,
            None => tokio::select! {
                own = OwnPostgres::start(&self.home, &self.env, self.postgres_port) => Some(own?),
                () = stop.wait() => {
                    return OwnPostgres::abandon(&self.home, &self.env).await;
                }
            },
        };
        let result = self.with_database(bound, own.as_ref(), &mut stop).await;
        if let Some(sandbox) = sandbox {
            sandbox.stop().await;
        }
        let stopped = match own {
            Some(own) => own.stop().await,
            None => Ok(()),
        };
        result.and(stopped)
    }

    async fn with_database(
        &self,
        bound: Bound,
        own: Option<&OwnPostgres>,
        stop: &mut StopSignal,
    ) -> Result<()> {
        let (database, keys) = tokio::select! {
            prepared = self.prepare(own) => prepared?,
            () = stop.wait() => return Ok(()),
        };
        let database_ready = Instant::now();
        let banner = Banner::new(&bound, &self.home, self.env.get("MOA_SANDBOX_URL"));
        let demo = self
            .demo
            .then(|| self.demo_task(&bound, &keys))
            .transpose()?;
        let mut running = bound.start(&database, &keys)?;
        let ready = tokio::select! {
            ready = running.until_ready() => ready,
            () = stop.wait() => return running.stop(stop).await,
        };
        if ready.is_err() {
            return ready.and(running.stop(stop).await);
        }
        tracing::info!(
            "ready {} ms after the database, {} ms after the start",
            database_ready.elapsed().as_millis(),
            self.started.elapsed().as_millis()
        );
        banner.print();
        let demo = demo.map(tokio::spawn);
        let own_ended = async {
            match own {
                Some(own) => own.ended().await,
                None => std::future::pending().await,
            }
        };
        let result = tokio::select! {
            () = stop.wait() => Ok(()),
            error = running.ended() => Err(error),
            error = own_ended => Err(error),
        };
        tracing::info!("stopping");
        if let Some(demo) = demo {
            demo.abort();
        }
        result.and(running.stop(stop).await)
    }

    /// The database with everything migrated, and keys that fit it.
    async fn prepare(&self, own: Option<&OwnPostgres>) -> Result<(Database, Keys)> {
        let database = match (own, self.env.get("MOA_DATABASE_URL")) {
            (Some(own), _) => {
                if own.adopted {
                    tracing::info!(
                        "PostgreSQL was still running on port {} and is adopted",
                        own.port
                    );
                }
                Database::create_own(&own.url).await?
            }
            (None, url) => Database::new(url.unwrap_or_default()),
        };
        let keys = database
            .keys(&Keys::path(&self.home, &self.env), &self.env)
            .await?;
        for line in database.migrate(&keys, &self.env).await? {
            tracing::info!("{line}");
        }
        Ok((database, keys))
    }

    /// Registers the demo merchant and tells when the first order is on the board.
    fn demo_task(
        &self,
        bound: &Bound,
        keys: &Keys,
    ) -> Result<impl Future<Output = ()> + Send + 'static> {
        let mut env = self.env.clone();
        if let Some(address) = bound.address(ServiceName::AdminGateway) {
            env = env.with("MOA_ADMIN_URL", format!("http://{}", reachable(address)));
        }
        for name in ALL {
            let variable = url_variable(name);
            if let (Some(address), Some(_), None) =
                (bound.address(name), name.grpc_port(), env.get(&variable))
            {
                env = env.with(&variable, format!("http://{}", reachable(address)));
            }
        }
        let identity = keys.identity(ServiceName::Demo)?;
        let admin = self.home.join("admin.json");
        let started = self.started;
        Ok(async move {
            // The hub itself goes on: a demo that cannot be made is told, not fatal.
            if let Err(error) = demo::register_and_wait(&env, identity, &admin, started).await {
                tracing::error!("the demo merchant could not be made: {error:#}");
            }
        })
    }
}
