//! A process that runs beside a test, with its output in a file.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a process may take to stop in order: a little more than the hub's own bound.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const CHECK_EVERY: Duration = Duration::from_millis(20);
/// Lines of a log that an error shows.
const SHOWN: usize = 40;

/// A running process. Dropped, it is told to stop, waited for, and killed if it does not listen.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints is added to `log`.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{} cannot be written", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// An error with the end of its log when it is not running any more.
    pub fn must_run(&mut self) -> Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}){}", self.name, self.log_end()),
        }
    }

    /// Holds it still (SIGSTOP) until [`Self::resume`].
    pub fn pause(&self) -> Result<()> {
        signal("STOP", self.pid())
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) -> Result<()> {
        signal("CONT", self.pid())
    }

    /// Takes it away at once, as a power cut does.
    pub fn kill_9(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Tells it to stop (SIGTERM) and waits; an error when it does not, or not well.
    pub async fn stop(&mut self) -> Result<()> {
        if self.ended()?.is_none() {
            signal("TERM", self.pid())?;
        }
        let status = self.until_ended(STOP_LIMIT).await?;
        if !status.success() {
            bail!("{} stopped badly ({status}){}", self.name, self.log_end());
        }
        Ok(())
    }

    /// Waits until it ends by itself.
    pub async fn until_ended(&mut self, limit: Duration) -> Result<ExitStatus> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if started.elapsed() > limit {
                bail!(
                    "{} did not end within {} s{}",
                    self.name,
                    limit.as_secs(),
                    self.log_end()
                );
            }
            tokio::time::sleep(CHECK_EVERY).await;
        }
    }

    /// Everything it printed.
    pub fn log(&self) -> Result<String> {
        std::fs::read_to_string(&self.log)
            .with_context(|| format!("{} cannot be read", self.log.display()))
    }

    /// The end of its log, for errors.
    pub fn log_end(&self) -> String {
        let text = self.log().unwrap_or_else(|error| error.to_string());
        let lines: Vec<&str> = text.lines().collect();
        let end = lines
            .get(lines.len().saturating_sub(SHOWN)..)
            .unwrap_or_default();
        format!(
            "\n--- the end of {}:\n{}\n---",
            self.log.display(),
            end.join("\n")
        )
    }

    /// Stops it in order, or by force when it does not listen. Nothing here fails: a test may be failing already.
    pub(crate) fn stop_now(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = signal("TERM", self.pid());
        // One that is held still would not hear it.
        let _ = self.resume();
        let started = Instant::now();
        while started.elapsed() < STOP_LIMIT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(CHECK_EVERY);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop_now();
    }
}

/// Sends a signal by the shell, which every system has; a call of our own would need unsafe code.
pub(crate) fn signal(name: &str, pid: u32) -> Result<()> {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} {pid}")])
        .stderr(Stdio::null())
        .status()
        .context("sh cannot be run")?;
    if !status.success() {
        bail!("process {pid} could not be told {name}");
    }
    Ok(())
}
