//! Opens the ports, serves, stops.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::journal::JournalError;
use crate::shared::{Addresses, Shared};
use crate::{buying, control, coupang, slack, smartstore, solapi};

/// How long calls in flight may take once the sandbox stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there, or the address is not ours.
    #[error(
        "the sandbox cannot listen on {host}:{port}; free the port or choose another with {variable} (or {host_variable})",
        host_variable = "MOA_SANDBOX_HOST"
    )]
    Port {
        /// The address asked for.
        host: String,
        /// The port asked for.
        port: u16,
        /// The variable that changes it.
        variable: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A sandbox that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// The control desk.
    pub control_url: String,
    /// Coupang's gateway.
    pub coupang_url: String,
    /// SmartStore's gateway, up to and without `/external`.
    pub smartstore_url: String,
    /// SOLAPI.
    pub solapi_url: String,
    /// Slack, up to and without `/services/…`.
    pub slack_url: String,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Running {
    /// Takes no more calls, finishes those in flight within five seconds, and frees the ports.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Starts a sandbox and answers once it accepts calls.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let control = bind(&config, config.control_port, "MOA_SANDBOX_CONTROL_PORT").await?;
    let coupang = bind(&config, config.coupang_port, "MOA_SANDBOX_COUPANG_PORT").await?;
    let smartstore = bind(
        &config,
        config.smartstore_port,
        "MOA_SANDBOX_SMARTSTORE_PORT",
    )
    .await?;
    let solapi = bind(&config, config.solapi_port, "MOA_SANDBOX_SOLAPI_PORT").await?;
    let slack = bind(&config, config.slack_port, "MOA_SANDBOX_SLACK_PORT").await?;
    let shared = Shared::open(&config)?;
    let url = |address: SocketAddr| format!("http://{}:{}", config.public_host(), address.port());
    let addresses = Addresses {
        control: url(control.1),
        coupang: url(coupang.1),
        smartstore: url(smartstore.1),
        solapi: url(solapi.1),
        slack: url(slack.1),
    };
    shared.set_addresses(addresses.clone());
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    for (listener, router) in [
        (control.0, control::router(shared.clone())),
        (coupang.0, coupang::router(shared.clone())),
        (smartstore.0, smartstore::router(shared.clone())),
        (solapi.0, solapi::router(shared.clone())),
        (slack.0, slack::router(shared.clone())),
    ] {
        tasks.spawn(serve(listener, router, stop.clone()));
    }
    tasks.spawn(buying::run(shared, stop.clone()));
    tracing::info!(url = %addresses.control, "the sandbox plays the outside world, controlled at {}", addresses.control);
    Ok(Running {
        control_url: addresses.control,
        coupang_url: addresses.coupang,
        smartstore_url: addresses.smartstore,
        solapi_url: addresses.solapi,
        slack_url: addresses.slack,
        stop,
        tasks,
    })
}

async fn bind(
    config: &Config,
    port: u16,
    variable: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let fail = |source| StartError::Port {
        host: config.host.clone(),
        port,
        variable,
        source,
    };
    let listener = TcpListener::bind((config.host.as_str(), port))
        .await
        .map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a sandbox port stopped serving"
        );
    }
}
