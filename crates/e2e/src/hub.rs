//! `moa up` as its own process, beside a sandbox.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::PATIENCE;
use crate::admin::Admin;
use crate::binary::command;
use crate::cluster::Cluster;
use crate::ports::{Port, PortBlock};
use crate::process::Process;
use crate::sandbox::{Sandbox, client};
use crate::wait::{Look, Within, until};

/// How long registering a product, its variant and its mapping may take on a busy machine.
const FOR_A_LISTING: Duration = Duration::from_millis(200);

/// What a hub's start can be told.
#[derive(Debug, Clone, Default)]
pub struct HubOptions {
    without_demo: bool,
    quiet: bool,
    variables: Vec<(String, String)>,
    sandbox_variables: Vec<(String, String)>,
}

impl HubOptions {
    /// Without the demo merchant's account, products and mapping.
    pub fn without_demo(mut self) -> Self {
        self.without_demo = true;
        self
    }

    /// Without the end of the log when the hub is taken down.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// With a variable of the hub.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.push((name.to_owned(), value.to_string()));
        self
    }

    /// With a variable of the sandbox.
    pub fn with_sandbox(mut self, name: &str, value: impl ToString) -> Self {
        self.sandbox_variables
            .push((name.to_owned(), value.to_string()));
        self
    }
}

/// A folder and ports of one test's own.
pub struct Place {
    /// The ports.
    pub ports: PortBlock,
    folder: TempDir,
}

impl Place {
    /// Makes one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("moa-e2e-").tempdir()?;
        // Under root PostgreSQL runs as another user, who must get to its folder inside this one.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        Ok(Self {
            ports: PortBlock::reserve()?,
            folder,
        })
    }

    /// The hub's data directory.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    /// A file beside it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The sandbox of this place.
    pub async fn sandbox(&self, variables: &[(String, String)]) -> Result<Sandbox> {
        Sandbox::start(self.folder.path(), &self.ports, variables).await
    }

    /// The hub's variables: this place's folder and ports, and reads of the channel at short intervals.
    pub fn variables(&self) -> Vec<(String, String)> {
        let own = [
            ("MOA_HOME", self.home().display().to_string()),
            (
                "MOA_OPS_ADDR",
                format!("127.0.0.1:{}", self.ports.number(Port::Ops)),
            ),
            ("MOA_POSTGRES_PORT", "0".to_owned()),
            ("MOA_ADMIN_URL", self.ports.url(Port::Admin)),
            ("MOA_STORE_PUBLIC_URL", self.ports.url(Port::Store)),
            ("MOA_SANDBOX_URL", self.ports.url(Port::SandboxControl)),
            ("MOA_ORDER_SYNC_POLL_MIN", "0.5".to_owned()),
            ("MOA_ORDER_SYNC_POLL_MAX", "1".to_owned()),
            ("MOA_ORDER_SYNC_LAG", "0".to_owned()),
            ("MOA_ORDER_SYNC_REVISIT", "3".to_owned()),
            ("MOA_ORDER_SYNC_REST_MIN", "3".to_owned()),
            ("MOA_ORDER_SYNC_REST_MAX", "5".to_owned()),
            ("MOA_ORDER_SYNC_LEASE", "3".to_owned()),
        ];
        let mut all = self.ports.service_variables();
        all.extend(own.map(|(name, value)| (name.to_owned(), value)));
        all
    }

    /// The binary with this place's variables.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = command(arguments)?;
        command.envs(self.variables());
        Ok(command)
    }
}

/// A running hub with its own PostgreSQL, and the outside world.
pub struct Hub {
    /// The outside world; it outlives the hub.
    pub sandbox: Sandbox,
    /// The owner.
    pub admin: Admin,
    /// The hub's process.
    pub process: Process,
    /// Its folder and ports.
    pub place: Place,
    options: HubOptions,
}

impl Hub {
    /// Starts a sandbox and a hub, and waits until it is ready and knows everything that the sandbox sells.
    pub async fn start(options: HubOptions) -> Result<Self> {
        let place = Place::new()?;
        let sandbox = place.sandbox(&options.sandbox_variables).await?;
        // From here on everything started is taken down again, whatever happens.
        let mut starting = Starting {
            process: Some(launch(&place, &options)?),
            place: Some(place),
        };
        let admin = starting.until_ready().await?;
        let (process, place) = starting.done()?;
        let hub = Self {
            sandbox,
            admin,
            process,
            place,
            options,
        };
        if !hub.options.without_demo {
            hub.until_demo_is_registered().await?;
        }
        Ok(hub)
    }

    /// Takes the hub away at once. PostgreSQL and the sandbox live on.
    pub fn kill_9(&mut self) -> Result<()> {
        self.process.kill_9()
    }

    /// Starts the hub again in the same place, after it ended.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = launch(&self.place, &self.options)?;
        until_ready(&self.place, &mut self.process).await
    }

    /// The hub's own PostgreSQL.
    pub fn cluster(&self) -> Cluster {
        Cluster::of(&self.place.home())
    }

    /// Waits for something of this hub.
    pub async fn until<T>(
        &self,
        within: Within<'_>,
        mut look: impl AsyncFnMut(&Self) -> Result<Look<T>>,
    ) -> Result<T> {
        until(within, async || look(self).await).await
    }

    /// The same for what usually takes a second or two.
    pub async fn soon<T>(
        &self,
        what: &str,
        look: impl AsyncFnMut(&Self) -> Result<Look<T>>,
    ) -> Result<T> {
        self.until(Within(PATIENCE, what), look).await
    }

    async fn until_demo_is_registered(&self) -> Result<()> {
        let mut offered = 0;
        for vendor in self.sandbox.vendors().await? {
            offered += vendor.listings.len();
        }
        for application in self.sandbox.applications().await? {
            offered += application.listings.len();
        }
        // Each is a commit of its own, and a run of many accounts has thousands.
        let patience = PATIENCE.max(FOR_A_LISTING.saturating_mul(u32::try_from(offered)?));
        let mapped = Within(patience, "the demo merchant's listings are mapped");
        self.until(mapped, async |hub| {
            let mapped = hub.admin.mapped_listings().await?;
            Ok(Look::holds(mapped == offered, || {
                format!("{mapped} of {offered}")
            }))
        })
        .await
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        take_down(&mut self.process, &self.place);
        if !self.options.quiet {
            show_log(&self.process);
        }
    }
}

/// A hub that is not ready yet; taken down when it never gets there.
struct Starting {
    process: Option<Process>,
    place: Option<Place>,
}

impl Starting {
    async fn until_ready(&mut self) -> Result<Admin> {
        let (Some(process), Some(place)) = (&mut self.process, &self.place) else {
            anyhow::bail!("this hub was taken already");
        };
        until_ready(place, process).await?;
        Admin::log_in(
            &place.ports.url(Port::Admin),
            &place.home().join("admin.json"),
        )
        .await
    }

    fn done(mut self) -> Result<(Process, Place)> {
        let both = self.process.take().zip(self.place.take());
        both.context("this hub was taken already")
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let (Some(process), Some(place)) = (&mut self.process, &self.place) {
            take_down(process, place);
            show_log(process);
        }
    }
}

/// Shows the end of the log when a test fails: runners keep what is printed until then.
fn show_log(process: &Process) {
    println!("{}", process.log_end());
}

/// Stops the hub in order, then what may have outlived it.
fn take_down(process: &mut Process, place: &Place) {
    process.stop_now();
    Cluster::of(&place.home()).remove(&place.home());
}

fn launch(place: &Place, options: &HubOptions) -> Result<Process> {
    let arguments: &[&str] = if options.without_demo {
        &["up"]
    } else {
        &["up", "--demo"]
    };
    let mut command = place.command(arguments)?;
    command.envs(options.variables.iter().cloned());
    Process::spawn("the hub", command, &place.file("hub.log"))
}

async fn until_ready(place: &Place, process: &mut Process) -> Result<()> {
    let http = client()?;
    let url = format!("{}/readyz", place.ports.url(Port::Ops));
    until(Within(PATIENCE, "the hub is ready"), async || {
        process.must_run()?;
        Ok(match http.get(&url).send().await {
            Ok(answer) if answer.status().is_success() => Look::Here(()),
            Ok(answer) => Look::NotYet(answer.text().await.unwrap_or_default()),
            Err(_) => Look::NotYet("no answer".to_owned()),
        })
    })
    .await
}
