//! Cancels, returns and exchanges.

pub mod lists;
pub mod map;
pub mod wire;

#[cfg(test)]
mod map_tests;
