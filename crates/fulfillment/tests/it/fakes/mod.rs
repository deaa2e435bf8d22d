//! The neighbours: channel-proxy, catalog, and the feeds of others.

mod catalog;
mod channel_proxy;
mod feed;

pub(crate) use catalog::{Catalog, mapping};
pub(crate) use channel_proxy::ChannelProxy;
pub(crate) use feed::Feed;

fn not_played() -> tonic::Status {
    tonic::Status::unimplemented("not played here")
}
