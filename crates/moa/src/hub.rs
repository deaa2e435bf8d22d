//! Services of one process: bound, wired, run, stopped.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use moa_id::Ids;
use moa_service::{ClientFactory, Clock, Env, ServiceName, Wiring, connect};
use moa_telemetry::{Health, HealthHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::database::{Database, SCHEMAS};
use crate::keys::Keys;
use crate::ports;
use crate::services::Configured;
use crate::settings::{Settings, port_of, unknown};

/// How long services may take to be ready: migrations are applied by then.
const READY_LIMIT: Duration = Duration::from_secs(120);

/// How long services may take to stop; a little more than a server's own bound for calls in flight.
const STOP_LIMIT: Duration = Duration::from_secs(15);

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
    env: Env,
}

impl Bound {
    /// Reads every setting, reports all mistakes at once, then binds every port.
    pub async fn prepare(env: &Env, names: &[ServiceName]) -> Result<Self> {
        let mut reader = env.reader();
        let settings = Settings::read(&mut reader);
        let mut configured = Vec::new();
        for name in names {
            let (variable, port) = port_of(*name, &mut reader);
            configured.push((*name, Configured::read(*name, &mut reader)?, variable, port));
        }
        reader.finish()?;
        let mut services = Vec::new();
        for (name, service, variable, port) in configured {
            let listener = ports::bind(settings.listen_host, port, &variable).await?;
            services.push((name, service, listener));
        }
        let ops = settings.ops_address;
        let ops = ports::bind(ops.ip(), ops.port(), "MOA_OPS_ADDR").await?;
        Ok(Self {
            settings,
            services,
            ops,
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
        let urls = self.urls()?;
        let cancel = CancellationToken::new();
        let health = Health::new();
        let mut tasks = JoinSet::new();
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
                cancel: cancel.child_token(),
            };
            let run = service.run(wiring);
            tasks.spawn(async move { (name, run.await) });
        }
        tokio::spawn(moa_telemetry::serve_ops_on(
            self.ops,
            health,
            cancel.clone(),
        ));
        Ok(Running {
            cancel,
            tasks,
            handles,
        })
    }

    /// Services of this process where they are bound, the others where their variables say.
    fn urls(&self) -> Result<HashMap<ServiceName, String>> {
        let mut reader = self.env.reader();
        let mut urls = HashMap::new();
        for name in ServiceName::ALL {
            let Some(port) = name.grpc_port() else {
                continue;
            };
            let variable = format!("MOA_{}_URL", name.variable_part());
            let url = match self.address(name) {
                Some(address) if self.env.get(&variable).is_none() => {
                    format!("http://{}", reachable(address))
                }
                _ => reader.string(&variable, &format!("http://127.0.0.1:{port}")),
            };
            urls.insert(name, url);
        }
        Ok(urls)
    }
}

/// Where a bound address can be reached from this machine: "everywhere" is no address to dial.
pub fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
    }
    address
}

/// Services at work.
pub struct Running {
    cancel: CancellationToken,
    tasks: JoinSet<(ServiceName, Result<()>)>,
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
                Some(ended) = self.tasks.join_next() => return Err(why(ended)),
            }
        }
    }

    /// Returns when a service ends by itself, which is an error.
    pub async fn ended(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(ended) => why(ended),
            None => anyhow!("no service runs"),
        }
    }

    /// Asks for a stop and waits, inside a bounded time, until what was in flight is done. A second signal ends the
    /// waiting.
    pub async fn stop(mut self, signal: &mut StopSignal) -> Result<()> {
        self.cancel.cancel();
        let all = async {
            let mut first = None;
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok((name, Err(error))) = ended {
                    tracing::error!(service = %name, "{name} stopped badly: {error:#}");
                    first.get_or_insert(error);
                }
            }
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

fn why(ended: Result<(ServiceName, Result<()>), tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok((name, Ok(()))) => anyhow!("{name} ended by itself"),
        Ok((name, Err(error))) => error.context(format!("{name} ended")),
        Err(error) => anyhow!("a service ended: {error}"),
    }
}
