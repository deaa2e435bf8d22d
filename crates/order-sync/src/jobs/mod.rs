//! What runs by itself: following feeds, collecting, tidying. Each job calls the app as the RPCs do.

pub(crate) mod channel_accounts;
pub(crate) mod collect;
pub(crate) mod parcels;
pub(crate) mod past;
pub(crate) mod rereads;
pub(crate) mod schedule;
pub(crate) mod signals;
pub(crate) mod tidy;
pub(crate) mod told;
