//! What buyers ask: on product pages, and through the call centre.

pub mod lists;
pub mod map;
pub mod wire;
pub mod writes;

#[cfg(test)]
mod map_tests;
