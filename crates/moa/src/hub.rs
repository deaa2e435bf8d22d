//! Services of one process: bound, wired, run, stopped.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures::future::select_all;
use moa_id::Ids;
use moa_service::{ClientFactory, Clock, Env, ServiceName, Wiring, connect};
use moa_telemetry::{Health, HealthHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::configuration::{Configuration, url_variable};
use crate::database::{Database, SCHEMAS};
use crate::keys::Keys;
use crate::ports::{self, Wanted};
use crate::services::Configured;
use crate::settings::{Settings, unknown};

/// How long services may take to be ready: migrations are applied by then.
const READY_LIMIT: Duration = Duration::from_secs(120);

/// How long the services of one stage may take before the next stage is told, too.
const STAGE_LIMIT: Duration = Duration::from_secs(3);
/// How long services may take to stop in all: every stage's limit, and a server's own bound for calls in flight.
const STOP_LIMIT: Duration = Duration::from_secs(24);

/// In which order services stop. A service that acts finishes what is in flight while those it calls still answer: a call
/// that breaks off after it left is a write whose outcome nobody knows.
const STOP_ORDER: [&[ServiceName]; 5] = [
    &[ServiceName::AdminGateway, ServiceName::StoreGateway],
    &[ServiceName::Notification],
    &[ServiceName::Fulfillment],
    &[ServiceName::OrderSync, ServiceName::Checkout],
    &[ServiceName::Catalog, ServiceName::ChannelProxy],
];

/// SIGTERM and SIGINT, heard from the first moment on.
pub struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    /// Hears them from now on.
    pub fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be heard")?,
        })
    }

    /// The next one.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Services with their settings read and their ports bound; nothing runs yet.
pub struct Bound {
    pub settings: Settings,
    services: Vec<(ServiceName, Configured, TcpListener)>,
    ops: TcpListener,
    urls: HashMap<ServiceName, String>,
    env: Env,
}

impl Bound {
    /// Binds every port of the configuration. `also` are ports that something beside the services is about to take: they
    /// are looked at here, so that all that are taken stand in one answer, and let go of.
    pub async fn take_ports(
        env: &Env,
        configuration: Configuration,
        also: &[Wanted],
    ) -> Result<Self> {
        let mut wanted = configuration.wanted();
        wanted.extend_from_slice(also);
        let mut listeners = ports::bind_all(&wanted).await?.into_iter();
        let services = configuration
            .services
            .into_iter()
            .zip(listeners.by_ref())
            .map(|(service, listener)| (service.name, service.configured, listener))
            .collect();
        let ops = listeners.next().context("operations have no listener")?;
        Ok(Self {
            settings: configuration.settings,
            services,
            ops,
            urls: configuration.urls,
            env: env.clone(),
        })
    }

    /// Where a service of this process listens.
    pub fn address(&self, name: ServiceName) -> Option<std::net::SocketAddr> {
        let (_, _, listener) = self.services.iter().find(|(n, _, _)| *n == name)?;
        listener.local_addr().ok()
    }

    /// Where operations look.
    pub fn ops_address(&self) -> Option<std::net::SocketAddr> {
        self.ops.local_addr().ok()
    }

    /// Starts everything.
    pub fn start(self, database: &Database, keys: &Keys) -> Result<Running> {
        for name in unknown(&self.env) {
            tracing::warn!(variable = %name, "{name} is set, but nothing reads it; `moa settings` lists what there is");
        }
        let urls = self.urls();
        let cancel = CancellationToken::new();
        let health = Health::new();
        let mut stages = Stages::new();
        let mut handles = Vec::new();
        for (name, service, listener) in self.services {
            let schema = SCHEMAS.iter().find(|schema| schema.service == name);
            let (url, variable) = match schema {
                Some(schema) => (
                    database.service_url(schema, keys, &self.env)?,
                    schema.variable(),
                ),
                // A service without a schema gets a pool that leads nowhere.
                None => (
                    "postgres://nobody@127.0.0.1:1/none".to_owned().into(),
                    String::new(),
                ),
            };
            let identity = keys.identity(name)?;
            let handle = health.register(name.as_str());
            handles.push((name, handle.clone()));
            let stage = stages.of(name);
            let wiring = Wiring {
                pool: connect(
                    &url,
                    &variable,
                    name.as_str(),
                    self.settings.database_connections,
                )?,
                clock: Clock::system(),
                ids: Ids::system(),
                clients: ClientFactory::with_urls(identity.clone(), urls.clone()),
                identity,
                key_ring: keys.vault(),
                listener,
                health: handle,
                cancel: stage.cancel.clone(),
            };
            let run = service.run(wiring);
            stage.tasks.spawn(async move { (name, run.await) });
        }
        tokio::spawn(moa_telemetry::serve_ops_on(
            self.ops,
            health,
            cancel.clone(),
        ));
        Ok(Running {
            cancel,
            stages,
            handles,
        })
    }

    /// Services of this process where they are bound, the others where their variables say.
    fn urls(&self) -> HashMap<ServiceName, String> {
        let mut urls = self.urls.clone();
        for (name, _, listener) in &self.services {
            let told = self.env.get(&url_variable(*name)).is_some();
            if let (Some(url), Ok(address), false) =
                (urls.get_mut(name), listener.local_addr(), told)
            {
                *url = format!("http://{}", reachable(address));
            }
        }
        urls
    }
}

/// Where a bound address can be reached from this machine: "everywhere" is no address to dial.
pub fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
    }
    address
}

type Ended = Result<(ServiceName, Result<()>), tokio::task::JoinError>;

/// Services that stop together.
#[derive(Default)]
struct Stage {
    cancel: CancellationToken,
    tasks: JoinSet<(ServiceName, Result<()>)>,
}

/// Services at work, in the order in which they stop.
struct Stages([Stage; STOP_ORDER.len()]);

impl Stages {
    fn new() -> Self {
        Self(std::array::from_fn(|_| Stage::default()))
    }

    fn of(&mut self, name: ServiceName) -> &mut Stage {
        let place = STOP_ORDER.iter().position(|names| names.contains(&name));
        let [first, others @ ..] = &mut self.0;
        let later = place.and_then(|place| place.checked_sub(1));
        later
            .and_then(|place| others.get_mut(place))
            .unwrap_or(first)
    }

    /// The next service that ends; none when no service runs.
    async fn next_ended(&mut self) -> Option<Ended> {
        let running = self.0.iter_mut().filter(|stage| !stage.tasks.is_empty());
        let waits: Vec<_> = running
            .map(|stage| Box::pin(stage.tasks.join_next()))
            .collect();
        if waits.is_empty() {
            return None;
        }
        select_all(waits).await.0
    }
}

/// Services at work.
pub struct Running {
    cancel: CancellationToken,
    stages: Stages,
    handles: Vec<(ServiceName, HealthHandle)>,
}

impl Running {
    /// Waits until every service is ready; an error when one ends before, or when it takes too long.
    pub async fn until_ready(&mut self) -> Result<()> {
        let started = std::time::Instant::now();
        let mut check = tokio::time::interval(Duration::from_millis(10));
        loop {
            tokio::select! {
                _ = check.tick() => {
                    let waiting: Vec<&str> = self
                        .handles
                        .iter()
                        .filter(|(_, handle)| !handle.is_ready())
                        .map(|(name, _)| name.as_str())
                        .collect();
                    if waiting.is_empty() {
                        return Ok(());
                    }
                    if started.elapsed() > READY_LIMIT {
                        bail!("not ready after {} s: {}", READY_LIMIT.as_secs(), waiting.join(", "));
                    }
                }
                Some(ended) = self.stages.next_ended() => return Err(why(ended)),
            }
        }
    }

    /// Returns when a service ends by itself, which is an error.
    pub async fn ended(&mut self) -> anyhow::Error {
        match self.stages.next_ended().await {
            Some(ended) => why(ended),
            None => anyhow!("no service runs"),
        }
    }

    /// Asks for a stop and waits, inside a bounded time, until what was in flight is done. A second signal ends the
    /// waiting.
    pub async fn stop(mut self, signal: &mut StopSignal) -> Result<()> {
        let all = async {
            let mut first = None;
            for stage in &mut self.stages.0 {
                stage.cancel.cancel();
                let next_stage = tokio::time::Instant::now() + STAGE_LIMIT;
                while let Ok(Some(ended)) =
                    tokio::time::timeout_at(next_stage, stage.tasks.join_next()).await
                {
                    if let Ok((name, Err(error))) = ended {
                        tracing::error!(service = %name, "{name} stopped badly: {error:#}");
                        first.get_or_insert(error);
                    }
                }
            }
            // Those of the earlier stages that took longer.
            while self.stages.next_ended().await.is_some() {}
            self.cancel.cancel();
            first.map_or(Ok(()), Err)
        };
        tokio::select! {
            result = all => result,
            () = signal.wait() => {
                tracing::warn!("told to stop again: what is in flight is left behind");
                Ok(())
            }
            () = tokio::time::sleep(STOP_LIMIT) => {
                tracing::warn!("some services did not stop within {} s and are left behind", STOP_LIMIT.as_secs());
                Ok(())
            }
        }
    }
}

fn why(ended: Ended) -> anyhow::Error {
    match ended {
        Ok((name, Ok(()))) => anyhow!("{name} ended by itself"),
        Ok((name, Err(error))) => error.context(format!("{name} ended")),
        Err(error) => anyhow!("a service ended: {error}"),
    }
}
