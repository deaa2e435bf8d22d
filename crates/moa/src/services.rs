//! The table of services: how each is configured and run.

use std::future::Future;
use std::pin::Pin;

use anyhow::{Result, bail};
use moa_service::{EnvReader, ServiceName, Wiring};

/// A service with its configuration read, ready to run.
pub enum Configured {
    ChannelProxy(channel_proxy::Config),
    OrderSync(order_sync::Config),
    Fulfillment(fulfillment::Config),
    Notification(notification::Config),
    Catalog(catalog::Config),
    Checkout(checkout::Config),
    AdminGateway(admin_gateway::Config),
    StoreGateway(store_gateway::Config),
}

/// Every service, in the order in which they are started and listed.
pub const ALL: [ServiceName; 8] = [
    ServiceName::ChannelProxy,
    ServiceName::OrderSync,
    ServiceName::Catalog,
    ServiceName::Fulfillment,
    ServiceName::Notification,
    ServiceName::Checkout,
    ServiceName::AdminGateway,
    ServiceName::StoreGateway,
];

impl Configured {
    /// Reads a service's variables; mistakes stay with the reader.
    pub fn read(service: ServiceName, env: &mut EnvReader<'_>) -> Result<Self> {
        Ok(match service {
            ServiceName::ChannelProxy => Self::ChannelProxy(channel_proxy::Config::read(env)),
            ServiceName::OrderSync => Self::OrderSync(order_sync::Config::read(env)),
            ServiceName::Fulfillment => Self::Fulfillment(fulfillment::Config::read(env)),
            ServiceName::Notification => Self::Notification(notification::Config::read(env)),
            ServiceName::Catalog => Self::Catalog(catalog::Config::read(env)),
            ServiceName::Checkout => Self::Checkout(checkout::Config::read(env)),
            ServiceName::AdminGateway => Self::AdminGateway(admin_gateway::Config::read(env)),
            ServiceName::StoreGateway => Self::StoreGateway(store_gateway::Config::read(env)),
            ServiceName::Demo | ServiceName::Cli => bail!("{service} is a caller, not a service"),
        })
    }

    /// Runs the service until its wiring is cancelled.
    pub fn run(self, wiring: Wiring) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        match self {
            Self::ChannelProxy(config) => boxed(channel_proxy::run(config, wiring)),
            Self::OrderSync(config) => boxed(order_sync::run(config, wiring)),
            Self::Fulfillment(config) => boxed(fulfillment::run(config, wiring)),
            Self::Notification(config) => boxed(notification::run(config, wiring)),
            Self::Catalog(config) => boxed(catalog::run(config, wiring)),
            Self::Checkout(config) => boxed(checkout::run(config, wiring)),
            Self::AdminGateway(config) => boxed(admin_gateway::run(config, wiring)),
            Self::StoreGateway(config) => boxed(store_gateway::run(config, wiring)),
        }
    }
}

fn boxed<E: Into<anyhow::Error>>(
    work: impl Future<Output = Result<(), E>> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
    Box::pin(async move { work.await.map_err(Into::into) })
}
