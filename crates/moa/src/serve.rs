//! One service, the sandbox, the migrations, a token: the parts of `moa up` by themselves.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use moa_service::{Env, ServiceName};
use moa_telemetry::Telemetry;

use crate::configuration::{Configuration, DATABASE_URL_MEANING, sandbox_ports, sandbox_settings};
use crate::database::{Database, SCHEMAS};
use crate::home::Home;
use crate::hub::{Bound, StopSignal};
use crate::keys::Keys;
use crate::ports;
use crate::settings::Settings;

/// How long a service waits for a database that is not there yet or not migrated yet.
const DATABASE_LIMIT: Duration = Duration::from_secs(60);

/// The database of `MOA_DATABASE_URL`.
fn given_database(env: &Env) -> Result<Database> {
    match env.get("MOA_DATABASE_URL") {
        Some(url) => Ok(Database::new(url)),
        None => bail!("MOA_DATABASE_URL is not set; it is {DATABASE_URL_MEANING}"),
    }
}

/// `moa serve <service>`.
pub async fn run(env: Env, service: ServiceName) -> Result<()> {
    let configuration = Configuration::of_service(&env, service)?;
    let stop = StopSignal::listen()?;
    let home = Home::open(&env)?;
    let bound = Bound::take_ports(&env, configuration, &[]).await?;
    let telemetry = Telemetry::init(bound.settings.telemetry(service.as_str()))?;
    let result = serve(&env, &home, service, bound, stop).await;
    telemetry.shutdown().await;
    result
}

async fn serve(
    env: &Env,
    home: &Home,
    service: ServiceName,
    bound: Bound,
    mut stop: StopSignal,
) -> Result<()> {
    let keys = Keys::load(&Keys::path(home, env))
        .context("`moa migrate` makes the keys file; every process needs the same one")?;
    let schema = SCHEMAS.iter().find(|schema| schema.service == service);
    let database = match schema {
        Some(schema) => {
            let database = match env.get(&schema.variable()) {
                Some(url) => Database::new(url),
                None => given_database(env)?,
            };
            tokio::select! {
                migrated = until_migrated(&database, &keys, env, service) => migrated?,
                () = stop.wait() => return Ok(()),
            }
            database
        }
        None => Database::new("postgres://nobody@127.0.0.1:1/none"),
    };
    let address = bound.address(service);
    let mut running = bound.start(&database, &keys)?;
    let result = tokio::select! {
        ready = running.until_ready() => match ready {
            Ok(()) => {
                if let Some(address) = address {
                    tracing::info!(service = %service, "{service} is ready on {address}");
                }
                tokio::select! {
                    () = stop.wait() => Ok(()),
                    error = running.ended() => Err(error),
                }
            }
            Err(error) => Err(error),
        },
        () = stop.wait() => Ok(()),
    };
    tracing::info!(service = %service, "stopping {service}");
    result.and(running.stop(&mut stop).await)
}

/// Waits for a database that starts or is being migrated at this moment.
async fn until_migrated(
    database: &Database,
    keys: &Keys,
    env: &Env,
    service: ServiceName,
) -> Result<()> {
    let schemas: Vec<_> = SCHEMAS
        .into_iter()
        .filter(|s| s.service == service)
        .collect();
    let started = std::time::Instant::now();
    loop {
        let problem = match database.pending(&schemas, keys, env).await {
            Ok(pending) if pending.is_empty() => {
                for schema in &schemas {
                    database.check_service_keys(schema, keys, env).await?;
                }
                return Ok(());
            }
            Ok(pending) => anyhow::anyhow!(
                "migrations of {} are not applied; run `moa migrate`",
                pending.join(", ")
            ),
            Err(error) => error,
        };
        if started.elapsed() > DATABASE_LIMIT {
            return Err(problem);
        }
        tracing::info!("waiting for the database: {problem:#}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// `moa migrate`.
pub async fn migrate(env: Env) -> Result<()> {
    let home = Home::open(&env)?;
    let database = given_database(&env)?;
    let path = Keys::path(&home, &env);
    let made = !path.exists();
    let keys = database.keys(&path, &env).await?;
    if made {
        println!(
            "made the keys file {}; keep a copy of it in a safe place, apart from the database's backups",
            path.display()
        );
    }
    let done = database.migrate(&keys, &env).await?;
    for line in &done {
        println!("{line}");
    }
    if done.is_empty() {
        println!("nothing to do: every migration is applied");
    }
    Ok(())
}

/// `moa sandbox`.
pub async fn sandbox(env: Env) -> Result<()> {
    let mut reader = env.reader();
    let settings = Settings::read(&mut reader);
    let config = sandbox_settings(&env, &mut reader);
    reader.finish()?;
    let mut stop = StopSignal::listen()?;
    let home = Home::open(&env)?;
    // All that are taken in one answer; the sandbox takes them by itself.
    drop(ports::bind_all(&sandbox_ports(&config)).await?);
    let telemetry = Telemetry::init(settings.telemetry("sandbox"))?;
    let sandbox = start_sandbox(config, &home).await?;
    println!(
        "sandbox: {} (its page and control API)",
        sandbox.control_url
    );
    stop.wait().await;
    sandbox.stop().await;
    telemetry.shutdown().await;
    Ok(())
}

/// The sandbox, its world in `$MOA_HOME/sandbox` unless another place is named.
pub async fn start_sandbox(mut config: sandbox::Config, home: &Home) -> Result<sandbox::Running> {
    if config.home.is_none() {
        config.home = Some(home.join("sandbox"));
    }
    Ok(sandbox::start(config).await?)
}

/// `moa token <service>`.
pub fn token(env: Env, service: ServiceName) -> Result<()> {
    let home = Home::open(&env)?;
    let keys = Keys::load(&Keys::path(&home, &env))?;
    println!("{}", keys.identity(ServiceName::Cli)?.token_for(service)?);
    Ok(())
}
