//! What other services tell us, translated and handed to `app` in the transaction that moves the cursor.

pub mod inquiries;
pub mod listings;
pub mod messages;
pub mod orders;

use moa_outbox::FeedEvent;

use crate::Error;

/// An event that cannot be read. It holds up its feed, loudly: skipping it would lose a fact.
fn malformed(service: &'static str, event: &FeedEvent, reason: impl ToString) -> Error {
    Error::MalformedEvent {
        service,
        event_id: event.event_id.to_string(),
        reason: reason.to_string(),
    }
}
