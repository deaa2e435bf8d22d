//! The customers' edge: activation pages and the store API, over HTTP on 8081.
//!
//! It holds no data and reaches only what customers may: log-in at checkout, preview and redemption at fulfillment. The
//! allow-tables of those services say so; this one could not read an order of the admin side if it wanted to.
//!
//! A link is `/a/<merchant>#<token>`: the token stands in the fragment, which browsers never send, and is redeemed by a
//! POST, so that it appears in no log and a mail scanner that opens links redeems nothing.

mod config;
mod http;

use moa_proto::moa::checkout::v1::checkout_service_client::CheckoutServiceClient;
use moa_proto::moa::fulfillment::v1::fulfillment_service_client::FulfillmentServiceClient;
use moa_service::{ServiceChannel, ServiceName, Wiring};

pub use config::Config;
pub use http::router;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Serving ended badly.
    #[error("the store's HTTP server failed")]
    Serve(#[from] std::io::Error),
}

/// Ways to reach the world: two services, and no database.
#[derive(Clone)]
pub struct App {
    /// Customers and their log-in.
    pub checkout: CheckoutServiceClient<ServiceChannel>,
    /// Entitlements.
    pub fulfillment: FulfillmentServiceClient<ServiceChannel>,
    /// Whether cookies are sent over HTTPS only.
    pub secure_cookies: bool,
}

/// Serves until cancelled.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), Error> {
    let app = App {
        checkout: CheckoutServiceClient::new(wiring.clients.channel(ServiceName::Checkout)),
        fulfillment: FulfillmentServiceClient::new(
            wiring.clients.channel(ServiceName::Fulfillment),
        ),
        secure_cookies: config.secure_cookies,
    };
    wiring.health.set_ready(true);
    let cancel = wiring.cancel.clone();
    axum::serve(wiring.listener, router(app))
        .with_graceful_shutdown(cancel.cancelled_owned())
        .await?;
    Ok(())
}
