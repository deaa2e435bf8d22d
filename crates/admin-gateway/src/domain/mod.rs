//! What the gateway decides by itself: pure, without IO.

pub mod access;
pub mod hold;
pub mod locale;
pub mod session;
pub mod story;
pub mod throttle;
pub mod timeline;
