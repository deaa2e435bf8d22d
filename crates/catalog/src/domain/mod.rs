//! What a product is, what a listing stands for, and what it may stand for. No IO.

pub(crate) mod listing;
pub(crate) mod product;
pub(crate) mod sight;
pub(crate) mod suggest;
