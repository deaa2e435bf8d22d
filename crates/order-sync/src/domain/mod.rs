//! What is decided about orders, without any input or output.

pub(crate) mod account;
pub(crate) mod answer_template;
pub(crate) mod claim;
pub(crate) mod contact;
pub(crate) mod coverage;
pub(crate) mod inquiry;
pub(crate) mod listing;
pub(crate) mod order;
pub(crate) mod overlap;
pub(crate) mod retention;
pub(crate) mod schedule;
pub(crate) mod seen;
pub(crate) mod state;
pub(crate) mod stream;
pub(crate) mod thread;
pub(crate) mod upsert;
pub(crate) mod urgency;
pub(crate) mod whereabouts;
pub(crate) mod window;

#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod interleaving_tests;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod upsert_tests;
#[cfg(test)]
mod window_tests;
