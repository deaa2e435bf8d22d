//! What buyers ask at SmartStore: questions on a product's page (상품 문의), and about an order (고객 문의).

pub mod lists;
pub mod map;
pub mod writes;

#[cfg(test)]
mod map_tests;
