//! What is said, to whom, and what became of it. No IO.

pub(crate) mod activation_link;
pub(crate) mod announcement;
pub(crate) mod delivery;
pub(crate) mod digest;
pub(crate) mod euc_kr;
pub(crate) mod key_warning;
pub(crate) mod message;
pub(crate) mod phone;
pub(crate) mod sender;
pub(crate) mod template;
pub(crate) mod waiting;

/// Whether a command changed anything: providers and feeds say things twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    AlreadyApplied,
}
