//! The one binary: every service, the sandbox, and what keeps them.
//!
//! - `moa up`: everything in one process. - `moa serve <service>`: one. - `moa sandbox`: the outside world, played.
//! - `moa migrate`, `moa doctor`, `moa demo`, `moa token`: what people need around it.

mod banner;
mod broken_indexes;
mod configuration;
mod database;
mod demo;
mod doctor;
mod home;
mod hub;
mod keys;
mod ports;
mod postgres;
mod serve;
mod services;
mod settings;
mod up;

use std::process::ExitCode;

use clap::builder::TypedValueParser;
use clap::{Parser, Subcommand};
use moa_service::{Env, ServiceName};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Moa: a self-hosted order hub for merchants who sell on several channels.
#[derive(Parser)]
#[command(
    name = "moa",
    version,
    about,
    long_about = None,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = FIRST_STEPS
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const FIRST_STEPS: &str = "\
What to type first:
  moa doctor               is everything here that Moa needs? Says what to do where it is not
  moa up --sandbox --demo  try it: a played outside world, a demo merchant, no keys needed
  moa up                   run it for real; then register your channel accounts on the admin screen

When it is ready, `up` prints the address of the admin screen (http://127.0.0.1:8080 unless moved) and the owner's
log-in. Data lies in .moa/ of the folder you are in; MOA_HOME=/srv/moa puts it elsewhere. Ctrl-C stops everything.

Configuration is by MOA_* variables: `moa settings` prints each with its meaning and default.
A port that is taken is moved by one of them, e.g. MOA_ADMIN_PORT=18080 moa up.";

#[derive(Subcommand)]
enum Command {
    /// Run Moa: every service in this process, with an own PostgreSQL unless MOA_DATABASE_URL is set.
    #[command(after_help = "\
Examples:
  moa up --sandbox --demo                  try it; orders trickle in by themselves
  moa up                                   run it for real
  MOA_HOME=/srv/moa MOA_ADMIN_PORT=80 moa up
  moa up order-sync channel-proxy          only these services

The first start makes the data directory (MOA_HOME, default .moa), the keys file and the owner's log-in (admin.json in
it). Keep a copy of keys.json apart from the database's backups. Settings: `moa settings`.")]
    Up {
        /// Services to run; none means all.
        #[arg(value_parser = service_name())]
        services: Vec<ServiceName>,
        /// Play the outside world (Coupang, SmartStore, SOLAPI, Slack) in this process, too.
        #[arg(long)]
        sandbox: bool,
        /// Register a demo merchant whose accounts point at the sandbox.
        #[arg(long)]
        demo: bool,
    },
    /// Run one service by itself, on the database of MOA_DATABASE_URL.
    #[command(after_help = "\
Example:
  MOA_DATABASE_URL=postgres://moa:password@db:5432/moa moa serve order-sync

Run `moa migrate` once before. Every process needs the same keys file (MOA_KEYS_FILE), and the others' addresses
(MOA_<SERVICE>_URL). deploy/start-services.sh does all of it on one machine. Settings: `moa settings`.")]
    Serve {
        /// Which one, e.g. order-sync.
        #[arg(value_parser = service_name())]
        service: ServiceName,
    },
    /// Play the outside world by itself: Coupang, SmartStore, SOLAPI and Slack on this machine.
    #[command(after_help = "\
Example:
  MOA_SANDBOX_ORDERS_PER_SECOND=0.2 moa sandbox

Its page on http://127.0.0.1:9100 places and cancels orders and shows what the outside world saw. A hub finds it by
MOA_SANDBOX_URL=http://127.0.0.1:9100; `moa demo` registers accounts there. Settings: MOA_SANDBOX_* of `moa settings`.")]
    Sandbox,
    /// Make roles, schemas and the keys file, and apply new migrations to the database of MOA_DATABASE_URL.
    #[command(after_help = "\
Example:
  MOA_DATABASE_URL=postgres://moa:password@db:5432/moa moa migrate

The role needs CREATEROLE and CREATE on the database. Needed before `moa serve`, also after an upgrade; `moa up` does it
by itself. Running it again changes nothing.")]
    Migrate,
    /// Register the demo merchant at a running hub and sandbox, then wait for the first order.
    #[command(after_help = "\
Example:
  moa demo     with `moa up` and `moa sandbox` running on this machine

It finds them by MOA_ADMIN_URL and MOA_SANDBOX_URL (defaults: http://127.0.0.1:8080 and :9100), and needs the keys file and
admin.json of the hub's MOA_HOME. The hub calls a sandbox only with MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true.")]
    Demo,
    /// Check what Moa needs: configuration, PostgreSQL, ports, disk, clock, keys, sandbox.
    #[command(after_help = "\
Examples:
  moa doctor             what would keep `moa up` from running
  moa doctor --sandbox   the same for `moa up --sandbox`

It changes nothing but making MOA_HOME when it is missing; it ends with an error when something is BAD.")]
    Doctor {
        /// As for `moa up --sandbox`: its ports have to be free, too.
        #[arg(long)]
        sandbox: bool,
        /// As for `moa up --demo`.
        #[arg(long)]
        demo: bool,
    },
    /// Print a service token for reading by gRPC, good for a minute.
    #[command(after_help = "\
Example:
  moa token order-sync   then call it with the header `authorization: Bearer <token>`

It needs the hub's keys file, so run it where `moa up` runs (same MOA_HOME or MOA_KEYS_FILE).")]
    Token {
        /// The service to call, e.g. order-sync.
        #[arg(value_parser = service_name())]
        service: ServiceName,
    },
    /// List every variable with its meaning and default.
    #[command(after_help = "\
Examples:
  moa settings | less
  moa settings > moa.env   a file to start from: take off the sign of what you change

Moa reads the process's environment and no file by itself: `set -a; . ./moa.env; set +a; moa up`, or env_file of Docker,
EnvironmentFile of systemd.")]
    Settings,
}

/// Reads a service's name, and tells the names there are.
fn service_name() -> impl TypedValueParser<Value = ServiceName> {
    clap::builder::PossibleValuesParser::new(services::ALL.map(ServiceName::as_str))
        .try_map(|name| name.parse::<ServiceName>())
}

/// Memory comes and goes with bursts of pages. In huge pages each bit of it comes back two megabytes at a time, cleared: a
/// quarter of what the process did in a burst, and more memory than it uses. Processes that it starts inherit this;
/// PostgreSQL's own huge pages are of another kind.
#[cfg(target_os = "linux")]
fn do_without_huge_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        eprintln!("moa: transparent huge pages stay on, which costs memory and time: {error}");
    }
}

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    do_without_huge_pages();
    let cli = Cli::parse();
    let env = Env::from_process();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("moa: the runtime cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(cli.command, env));
    // Work that was told to stop and did not is left behind: the bounded time for it is over.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("moa: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, env: Env) -> anyhow::Result<()> {
    match command {
        Command::Up {
            services,
            sandbox,
            demo,
        } => up::run(env, services, sandbox, demo).await,
        Command::Serve { service } => serve::run(env, service).await,
        Command::Sandbox => serve::sandbox(env).await,
        Command::Migrate => serve::migrate(env).await,
        Command::Demo => demo::run(env).await,
        Command::Doctor { sandbox, demo } => doctor::run(env, sandbox, demo).await,
        Command::Token { service } => serve::token(env, service),
        Command::Settings => {
            print!("{}", settings::DOCUMENT);
            Ok(())
        }
    }
}
