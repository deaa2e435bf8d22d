//! The hub as a process per service.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Hub, Look, Place, Port, Process, Within, until};

/// The services in the order of their operations' ports, where each listens, and how often it is killed: the first two are
/// what collecting is made of.
const SERVICES: [(&str, Port, u32); 8] = [
    ("channel-proxy", Port::ChannelProxy, 2),
    ("order-sync", Port::OrderSync, 4),
    ("catalog", Port::Catalog, 1),
    ("fulfillment", Port::Fulfillment, 2),
    ("notification", Port::Notification, 1),
    ("checkout", Port::Checkout, 0),
    ("admin-gateway", Port::Admin, 1),
    ("store-gateway", Port::Store, 0),
];

/// Eight processes start on a busy machine.
const START: Duration = Duration::from_secs(120);

/// Everything that runs.
pub struct Processes {
    running: Vec<Process>,
    commands: Vec<Launch>,
}

/// How one is started.
struct Launch {
    service: &'static str,
    weight: u32,
    variables: Vec<(String, String)>,
    log: std::path::PathBuf,
    place: std::path::PathBuf,
}

impl Processes {
    /// Starts each service in a hub's place, on the hub's database.
    pub fn start(
        place: &Place,
        database: &str,
        settings: &[(&str, &str)],
        delivered: &[&str],
    ) -> Result<Self> {
        let mut shared = place.variables();
        shared.push(("MOA_DATABASE_URL".to_owned(), database.to_owned()));
        shared.push(("MOA_DATABASE_CONNECTIONS".to_owned(), "6".to_owned()));
        shared.push((
            "MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES".to_owned(),
            "true".to_owned(),
        ));
        for (service, port, _) in SERVICES {
            let name = service.to_uppercase().replace('-', "_");
            shared.push((format!("MOA_{name}_URL"), place.ports.url(port)));
        }
        let own = settings.iter().map(|(name, value)| (*name, *value));
        let own = own.chain(delivered.iter().map(|name| (*name, "")));
        shared.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let mut commands = Vec::new();
        for (index, (service, _, weight)) in (0_u16..).zip(SERVICES) {
            let mut variables = shared.clone();
            let operations = place.ports.number(Port::Ops) + index;
            variables.push(("MOA_OPS_ADDR".to_owned(), format!("127.0.0.1:{operations}")));
            commands.push(Launch {
                service,
                weight,
                variables,
                log: place.file(&format!("{service}.log")),
                place: place.home(),
            });
        }
        let running = commands.iter().map(Launch::start);
        let running = running.collect::<Result<_>>()?;
        Ok(Self { running, commands })
    }

    /// Waits until the gateway answers for its operator.
    pub async fn until_ready(&mut self, hub: &Hub) -> Result<()> {
        until(Within(START, "the gateway answers"), async || {
            self.must_run()?;
            Ok(match hub.admin.orders().await {
                Ok(_) => Look::Here(()),
                Err(error) => Look::NotYet(format!("{error:#}")),
            })
        })
        .await
    }

    /// How often each is killed, by its place.
    pub fn weights(&self) -> Vec<u32> {
        self.commands.iter().map(|launch| launch.weight).collect()
    }

    /// Kills one, which cannot do anything about it, and starts it again.
    pub fn kill(&mut self, index: usize) -> Result<()> {
        let (process, launch) = self
            .running
            .get_mut(index)
            .zip(self.commands.get(index))
            .context("there is no such process")?;
        process.kill_9()?;
        *process = launch.start()?;
        Ok(())
    }

    /// An error when one ended by itself.
    pub fn must_run(&mut self) -> Result<()> {
        self.running.iter_mut().try_for_each(Process::must_run)
    }

    /// The ends of all logs.
    pub fn log_ends(&self) -> String {
        self.running.iter().map(Process::log_end).collect()
    }

    /// Takes all of them down.
    pub fn stop(self) {
        drop(self.running);
    }
}

impl Launch {
    fn start(&self) -> Result<Process> {
        let mut command = e2e::command(&["serve", self.service])?;
        command
            .env("MOA_HOME", &self.place)
            .envs(self.variables.iter().cloned());
        Process::spawn(self.service, command, &self.log)
    }
}
