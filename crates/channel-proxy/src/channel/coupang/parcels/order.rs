//! Every parcel of one order.

use crate::channel::coupang::calls::{encoded, malformed, read, vendor_path};
use crate::channel::coupang::map;
use crate::channel::{FetchError, ReadQuery, Session, Single};
use crate::domain::order::{ChannelOrder, RejectedRow};

/// An array with an entry per box (v5); the sample of v4 shows an object, which is one box.
pub async fn fetch_order(
    session: &Session,
    query: &ReadQuery<String>,
) -> Result<(Single<ChannelOrder>, Vec<RejectedRow>), FetchError> {
    let path = vendor_path(
        session,
        "v5",
        &format!("{}/ordersheets", encoded(&query.what)),
    );
    let slot = session.slot(query.class, query.deadline).await?;
    let (reply, envelope) = match read(session, slot, &path, "").await {
        Ok(answered) => answered,
        Err(refusal) if refusal.is_gone() || refusal.is_not_found() => {
            let nothing = Single {
                raw: bytes::Bytes::new(),
                found: None,
                read_at: session.now(),
            };
            return Ok((nothing, Vec::new()));
        }
        Err(refusal) => return Err(refusal.failure.into()),
    };
    let parsed = map::sheets(&envelope, reply.sent_at).map_err(|error| malformed(&error))?;
    let mut orders = parsed.orders.into_iter();
    let found = orders.find(|order| order.channel_order_id == query.what);
    let single = Single {
        raw: reply.body,
        found,
        read_at: reply.sent_at,
    };
    Ok((single, parsed.rejected))
}
