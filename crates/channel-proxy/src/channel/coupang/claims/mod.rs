//! Cancels, returns and exchanges.

pub mod lists;
pub mod map;
pub mod single;
pub mod wire;
pub mod writes;

#[cfg(test)]
mod map_tests;
