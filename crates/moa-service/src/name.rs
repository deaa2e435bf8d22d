use std::fmt;
use std::str::FromStr;

/// Who takes part in calls between services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceName {
    /// The only code that talks to a marketplace.
    ChannelProxy,
    /// What the channels told us.
    OrderSync,
    /// What we do about it.
    Fulfillment,
    /// Who is told what.
    Notification,
    /// Products, variants, listings.
    Catalog,
    /// Customers of the own store.
    Checkout,
    /// The operators' edge.
    AdminGateway,
    /// The customers' edge.
    StoreGateway,
    /// `moa demo`, which registers a demo merchant by public calls.
    Demo,
    /// A person with the keys file at a shell (`moa token`): reads only.
    Cli,
}

impl ServiceName {
    /// Everyone who has a key.
    pub const ALL: [Self; 10] = [
        Self::ChannelProxy,
        Self::OrderSync,
        Self::Fulfillment,
        Self::Notification,
        Self::Catalog,
        Self::Checkout,
        Self::AdminGateway,
        Self::StoreGateway,
        Self::Demo,
        Self::Cli,
    ];

    /// As written in configuration and tokens, e.g. "channel-proxy".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChannelProxy => "channel-proxy",
            Self::OrderSync => "order-sync",
            Self::Fulfillment => "fulfillment",
            Self::Notification => "notification",
            Self::Catalog => "catalog",
            Self::Checkout => "checkout",
            Self::AdminGateway => "admin-gateway",
            Self::StoreGateway => "store-gateway",
            Self::Demo => "demo",
            Self::Cli => "cli",
        }
    }

    /// The gRPC port of the service; the gateways and callers have none.
    pub const fn grpc_port(self) -> Option<u16> {
        match self {
            Self::ChannelProxy => Some(50051),
            Self::OrderSync => Some(50052),
            Self::Fulfillment => Some(50053),
            Self::Notification => Some(50054),
            Self::Catalog => Some(50055),
            Self::Checkout => Some(50056),
            Self::AdminGateway | Self::StoreGateway | Self::Demo | Self::Cli => None,
        }
    }

    /// The middle of the service's variables, e.g. "CHANNEL_PROXY" in `MOA_CHANNEL_PROXY_URL`.
    pub fn variable_part(self) -> String {
        self.as_str().replace('-', "_").to_ascii_uppercase()
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no service; the services are channel-proxy, order-sync, fulfillment, notification, catalog, checkout, admin-gateway, store-gateway"
)]
pub struct UnknownService(String);

impl FromStr for ServiceName {
    type Err = UnknownService;

    fn from_str(text: &str) -> Result<Self, UnknownService> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| UnknownService(text.chars().take(40).collect()))
    }
}
