//! What is decided here, without IO: facts and the time go in, decisions come out.

pub mod affected;
pub mod carrier;
pub mod claim;
pub mod entitlement;
pub mod explain;
pub mod inquiry;
pub mod look;
pub mod order;
pub mod packing;
pub mod placeholder;
pub mod plan;
pub mod receiver;
pub mod shipment;

/// Whether a command changed anything. Channels and feeds repeat themselves; a repeat is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Something changed.
    Applied(T),
    /// It was so already.
    AlreadyApplied,
}
