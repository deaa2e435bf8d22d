//! The outside: what providers speak, and what their answers mean for us.

pub(crate) mod answer;
pub(crate) mod http;
pub(crate) mod slack;
pub(crate) mod solapi;
