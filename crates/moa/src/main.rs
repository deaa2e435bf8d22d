//! The one binary: every service, the sandbox, and what keeps them.
//!
//! - `moa up`: everything in one process. - `moa serve <service>`: one. - `moa sandbox`: the outside world, played.
//! - `moa migrate`, `moa doctor`, `moa demo`, `moa token`: what people need around it.

mod banner;
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

use clap::{Parser, Subcommand};
use moa_service::{Env, ServiceName};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Moa: a self-hosted order hub.
#[derive(Parser)]
#[command(name = "moa", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every service in this process, or those named, with an own PostgreSQL unless MOA_DATABASE_URL is set.
    Up {
        /// Services to run; none means all.
        services: Vec<ServiceName>,
        /// Play the outside world in this process, too.
        #[arg(long)]
        sandbox: bool,
        /// Register a demo merchant whose accounts point at the sandbox.
        #[arg(long)]
        demo: bool,
    },
    /// Run one service, on the database of MOA_DATABASE_URL.
    Serve {
        /// Which one, e.g. order-sync.
        service: ServiceName,
    },
    /// Play the outside world: Coupang, SOLAPI and Slack on loopback.
    Sandbox,
    /// Make roles and schemas and apply new migrations to the database of MOA_DATABASE_URL.
    Migrate,
    /// Register the demo merchant at a running hub and sandbox, then wait for the first order.
    Demo,
    /// Check what Moa needs: PostgreSQL, ports, disk, clock, keys, sandbox.
    Doctor,
    /// Print a service token for reading by gRPC, good for a minute.
    Token {
        /// The service to call, e.g. order-sync.
        service: ServiceName,
    },
    /// List every variable with its meaning and default.
    Settings,
}

fn main() -> ExitCode {
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
        Command::Doctor => doctor::run(env).await,
        Command::Token { service } => serve::token(env, service),
        Command::Settings => {
            print!("{}", settings::DOCUMENT);
            Ok(())
        }
    }
}
