//! Cancels, returns and exchanges.

pub mod lists;
pub mod map;
mod meaning;
pub mod single;
pub mod wire;
pub mod writes;

#[cfg(test)]
mod map_tests;
