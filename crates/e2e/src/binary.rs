//! The binary under test, with a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use moa_service::Env;

/// Where the repository is.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The binary: `MOA_BIN`, else `moa` beside the tests.
pub fn binary() -> Result<PathBuf> {
    if let Some(given) = Env::from_process().get("MOA_BIN") {
        let path = PathBuf::from(given);
        if !path.is_file() {
            bail!("MOA_BIN names {}, which is not there", path.display());
        }
        return Ok(path);
    }
    let me = std::env::current_exe().context("this test's own path is not known")?;
    let mut folder = me.parent().context("this test lies in no folder")?;
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let path = folder.join("moa");
    if !path.is_file() {
        bail!(
            "{} is not there: build it with `cargo build --bin moa` (for this profile), or set MOA_BIN to a built one",
            path.display()
        );
    }
    Ok(path)
}

/// The binary with `arguments` and none of the variables that this process has.
pub fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.args(arguments);
    without_own_variables(&mut command);
    Ok(command)
}

/// Removes every `MOA_*` variable of this process from what a command would inherit.
pub(crate) fn without_own_variables(command: &mut Command) {
    for name in Env::from_process().names() {
        command.env_remove(name);
    }
}

/// Runs a command that is expected to end by itself.
pub async fn run_to_end(mut command: Command, limit: Duration) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("{command:?} cannot be started"))?;
    let started = Instant::now();
    // What such a command prints fits into the pipes.
    while child.try_wait()?.is_none() {
        if started.elapsed() > limit {
            child.kill()?;
            let output = child.wait_with_output()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!(
                "{command:?} did not end within {} s: {said}",
                limit.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(child.wait_with_output()?)
}
