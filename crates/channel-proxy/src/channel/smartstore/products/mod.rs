//! What a merchant offers at SmartStore.
//!
//! A listing is a channel product, or one option of it: `<channelProductNo>` or `<channelProductNo>-<optionId>`, as
//! order lines name it. Stock, price and options belong to the origin product behind it.

pub mod goods;
pub mod lists;
mod locks;
pub mod look;
mod told;
pub mod writes;

pub use locks::ProductLocks;

#[cfg(test)]
mod goods_tests;
#[cfg(test)]
mod writes_tests;
