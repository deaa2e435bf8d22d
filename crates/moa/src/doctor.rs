//! `moa doctor`: whether this machine has what Moa needs, and what to do where it does not.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use moa_service::Env;
use sqlx::Connection;

use crate::configuration::{self, Configuration, Plays};
use crate::home::Home;
use crate::keys::Keys;
use crate::ports::bind;
use crate::postgres::find_programs;
use crate::services::ALL;
use crate::settings::unknown;
use crate::up;

/// Channels refuse a request whose date is further off than this.
const MAX_SKEW_S: i64 = 300;
/// A day of raw pages and journals of a busy merchant, with room to spare.
const WANTED_DISK_MIB: u64 = 2048;

/// What one check found.
enum Finding {
    Good(String),
    /// Worth a look; Moa runs.
    Note(String),
    /// Moa does not run like this.
    Bad(String),
}

/// Prints every finding; an error when one of them is bad. `sandbox` and `demo` are those of `moa up`.
pub async fn run(env: Env, sandbox: bool, demo: bool) -> Result<()> {
    let env = configuration::of_hub(env, sandbox, demo);
    let mut findings = Vec::new();
    let read = match Configuration::of_hub(&env, &ALL, Plays::from_flag(sandbox)) {
        Ok(read) => {
            findings.push(unread(&env));
            Some(read)
        }
        Err(error) => {
            findings.push(Finding::Bad(error.to_string()));
            None
        }
    };
    findings.push(database(&env).await);
    match Home::open(&env) {
        Ok(home) => {
            match &read {
                Some(read) => findings.extend(ports(&env, &home, read, sandbox).await),
                None => findings.push(Finding::Note(
                    "ports: not looked at before the configuration can be read".to_owned(),
                )),
            }
            findings.push(disk(&home));
            findings.push(keys(&home, &env));
        }
        Err(error) => findings.push(Finding::Bad(format!("{error:#}"))),
    }
    findings.push(sandbox_answers(&env, sandbox).await);
    let mut bad = 0;
    for finding in findings {
        match finding {
            Finding::Good(text) => println!("  ok    {text}"),
            Finding::Note(text) => println!("  note  {text}"),
            Finding::Bad(text) => {
                bad += 1;
                println!("  BAD   {}", text.replace('\n', "\n        "));
            }
        }
    }
    if bad > 0 {
        bail!("{bad} finding(s) keep Moa from running");
    }
    Ok(())
}

/// Every value can be read; a variable that nothing reads is most likely misspelt.
fn unread(env: &Env) -> Finding {
    let unknown = unknown(env);
    if unknown.is_empty() {
        Finding::Good("configuration: every variable can be read".to_owned())
    } else {
        Finding::Note(format!(
            "configuration: nothing reads {}; `moa settings` lists what there is",
            unknown.join(", ")
        ))
    }
}

async fn database(env: &Env) -> Finding {
    let Some(url) = env.get("MOA_DATABASE_URL") else {
        return match find_programs(env) {
            Ok(path) => Finding::Good(format!(
                "PostgreSQL: programs in {}; `moa up` runs its own",
                path.display()
            )),
            Err(error) => Finding::Bad(format!("PostgreSQL: {error}")),
        };
    };
    let look = async {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut connection)
            .await?;
        let now: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&mut connection)
            .await?;
        Ok::<_, sqlx::Error>((version, now))
    };
    match tokio::time::timeout(Duration::from_secs(5), look).await {
        Ok(Ok((version, _))) if version < 150_000 => Finding::Bad(format!(
            "PostgreSQL: version {} is too old; 15 or newer is needed",
            version / 10_000
        )),
        Ok(Ok((version, now))) => {
            let skew = (now - moa_service::Clock::system().now())
                .num_seconds()
                .abs();
            if skew > MAX_SKEW_S / 5 {
                Finding::Bad(format!(
                    "clock: this machine and the database differ by {skew} s; channels refuse {MAX_SKEW_S} s. Let NTP set both"
                ))
            } else {
                Finding::Good(format!(
                    "PostgreSQL: version {} answers; clocks agree within {} s",
                    version / 10_000,
                    skew + 1
                ))
            }
        }
        Ok(Err(error)) => Finding::Bad(format!(
            "PostgreSQL: MOA_DATABASE_URL does not answer: {error}"
        )),
        Err(_) => {
            Finding::Bad("PostgreSQL: MOA_DATABASE_URL does not answer within 5 s".to_owned())
        }
    }
}

/// Every port that `up` takes; those of the sandbox only matter when it plays in this process.
async fn ports(
    env: &Env,
    home: &Home,
    (configuration, sandbox_config): &(Configuration, sandbox::Config),
    sandbox: bool,
) -> Vec<Finding> {
    let mut wanted = configuration.wanted();
    wanted.extend(up::beside(env, home, configuration, Some(sandbox_config)));
    let mut taken = Vec::new();
    for one in wanted {
        let Err(refused) = bind(&one).await else {
            continue;
        };
        let holder = refused.holder.as_deref().unwrap_or_default();
        taken.push(if holder.starts_with("moa ") {
            Finding::Note(format!(
                "port {}: a Moa runs there already, {holder}",
                refused.port
            ))
        } else if one.variable.starts_with("MOA_SANDBOX_") && !sandbox {
            Finding::Note(format!("{} (matters with --sandbox only)", refused.text))
        } else {
            Finding::Bad(refused.text)
        });
    }
    if taken.is_empty() {
        taken.push(Finding::Good("ports: all free".to_owned()));
    }
    taken
}

fn disk(home: &Home) -> Finding {
    let output = Command::new("df").arg("-Pk").arg(home.path()).output();
    let free_kib = output.ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.lines()
            .nth(1)?
            .split_whitespace()
            .nth(3)?
            .parse::<u64>()
            .ok()
    });
    match free_kib.map(|kib| kib / 1024) {
        None => Finding::Note("disk: the free space could not be read".to_owned()),
        Some(mib) if mib < WANTED_DISK_MIB => Finding::Bad(format!(
            "disk: {mib} MiB free in {}; {WANTED_DISK_MIB} MiB are wanted. Make room or move MOA_HOME",
            home.path().display()
        )),
        Some(mib) => Finding::Good(format!("disk: {mib} MiB free")),
    }
}

fn keys(home: &Home, env: &Env) -> Finding {
    let path = Keys::path(home, env);
    if !path.exists() {
        return Finding::Note(format!(
            "keys: {} is not there yet; the first start makes it",
            path.display()
        ));
    }
    match (Keys::load(&path), std::fs::metadata(&path)) {
        (Ok(_), Ok(metadata)) if metadata.permissions().mode() & 0o077 == 0 => Finding::Good(
            format!("keys: {} can be read by its owner only", path.display()),
        ),
        (Ok(_), _) => Finding::Bad(format!(
            "keys: others may read {}; chmod 600 it",
            path.display()
        )),
        (Err(error), _) => Finding::Bad(format!("keys: {error:#}")),
    }
}

async fn sandbox_answers(env: &Env, plays_here: bool) -> Finding {
    if plays_here {
        return Finding::Good("sandbox: starts with `moa up --sandbox`".to_owned());
    }
    let Some(url) = env.get("MOA_SANDBOX_URL") else {
        return Finding::Good("sandbox: not asked for (MOA_SANDBOX_URL is not set)".to_owned());
    };
    let look = async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(3))
            .build()?;
        client
            .get(format!("{url}/control/verdict"))
            .send()
            .await?
            .error_for_status()
    };
    match look.await {
        Ok(_) => Finding::Good(format!("sandbox: {url} answers")),
        Err(error) => Finding::Bad(format!("sandbox: {url} does not answer: {error}")),
    }
}
