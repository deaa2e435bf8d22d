//! One service, the sandbox, the migrations, a token: the parts of `moa up` by themselves.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use moa_service::{Env, ServiceName};
use moa_telemetry::Telemetry;
use tokio::signal::unix::{SignalKind, signal};

use crate::database::{Database, SCHEMAS};
use crate::home::Home;
use crate::hub::Bound;
use crate::keys::Keys;

/// How long a service waits for a database that is not there yet or not migrated yet.
const DATABASE_LIMIT: Duration = Duration::from_secs(60);

/// The database of `MOA_DATABASE_URL`.
fn given_database(env: &Env) -> Result<Database> {
    match env.get("MOA_DATABASE_URL") {
        Some(url) => Ok(Database::new(url)),
        None => bail!(
            "MOA_DATABASE_URL is not set; it names the PostgreSQL that all services share, e.g. \
             postgres://moa:password@db:5432/moa (`moa up` brings its own)"
        ),
    }
}

/// `moa serve <service>`.
pub async fn run(env: Env, service: ServiceName) -> Result<()> {
    let home = Home::open(&env)?;
    let bound = Bound::prepare(&env, &[service]).await?;
    let telemetry = Telemetry::init(bound.settings.telemetry(service.as_str()))?;
    let result = serve(&env, &home, service, bound).await;
    telemetry.shutdown().await;
    result
}

async fn serve(env: &Env, home: &Home, service: ServiceName, bound: Bound) -> Result<()> {
    let keys = Keys::load(&Keys::path(home, env))
        .context("`moa migrate` makes the keys file; every process needs the same one")?;
    let schema = SCHEMAS.iter().find(|schema| schema.service == service);
    let database = match schema {
        Some(schema) => {
            let database = match env.get(&schema.variable()) {
                Some(url) => Database::new(url),
                None => given_database(env)?,
            };
            until_migrated(&database, &keys, env, service).await?;
            database
        }
        None => Database::new("postgres://nobody@127.0.0.1:1/none"),
    };
    let address = bound.address(service);
    let mut running = bound.start(&database, &keys)?;
    running.until_ready().await?;
    if let Some(address) = address {
        tracing::info!(service = %service, "{service} is ready on {address}");
    }
    let result = running.until_stopped().await;
    tracing::info!(service = %service, "stopping {service}");
    result.and(running.stop().await)
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
                return database.check_keys(&schemas, keys, env).await;
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
    let keys = if path.exists() {
        Keys::load(&path)?
    } else {
        let keys = Keys::generate(&path, database.holds_sealed_rows().await?)?;
        println!(
            "made the keys file {}; keep a copy of it in a safe place, apart from the database's backups",
            path.display()
        );
        keys
    };
    let done = database.migrate(&keys, &env).await?;
    database.check_keys(&SCHEMAS, &keys, &env).await?;
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
    let home = Home::open(&env)?;
    let mut reader = env.reader();
    let settings = crate::settings::Settings::read(&mut reader);
    reader.finish()?;
    let telemetry = Telemetry::init(settings.telemetry("sandbox"))?;
    let sandbox = start_sandbox(&env, &home).await?;
    println!(
        "sandbox: {} (its page and control API)",
        sandbox.control_url
    );
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    sandbox.stop().await;
    telemetry.shutdown().await;
    Ok(())
}

/// The sandbox with its settings read, its world in `$MOA_HOME/sandbox`.
pub async fn start_sandbox(env: &Env, home: &Home) -> Result<sandbox::Running> {
    let lookup = |name: &str| env.get(name).map(str::to_owned);
    let mut config = sandbox::Config::from_vars(lookup).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|e| format!("\n  - {e}")).collect();
        anyhow::anyhow!(
            "the sandbox's configuration has {} mistake(s):{}",
            errors.len(),
            lines.concat()
        )
    })?;
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
