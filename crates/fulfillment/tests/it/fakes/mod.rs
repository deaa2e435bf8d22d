//! The neighbours: channel-proxy, catalog, and the feeds of others.

mod catalog;
mod channel_proxy;
mod desk;
mod feed;
mod receivers;

pub(crate) use catalog::{Catalog, component, mapping};
pub(crate) use channel_proxy::ChannelProxy;
pub(crate) use desk::Desk;
pub(crate) use feed::Feed;
pub(crate) use receivers::Receivers;

fn not_played() -> tonic::Status {
    tonic::Status::unimplemented("not played here")
}
