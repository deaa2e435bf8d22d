//! What the seller offers: products, stock, price, sale.

pub mod reads;
pub mod wire;
pub mod writes;
