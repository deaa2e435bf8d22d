//! What a product is, and what a listing stands for. No IO.

pub(crate) mod listing;
pub(crate) mod product;
