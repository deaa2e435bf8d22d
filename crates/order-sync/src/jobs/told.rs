//! Following what fulfillment told the channels about questions and claims: their lists are read again at once.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use moa_id::ChannelAccountId;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::BoxError;
use sqlx::PgConnection;

use super::signals::Signals;
use crate::domain::inquiry::InquiryKind;
use crate::domain::stream::Stream;

/// Asks for reads after `InquiryAnswered` and `ClaimDecided`. Nothing is stored: a wake-up that is lost costs the pause
/// of the list.
pub(crate) struct Told {
    signals: Signals,
    /// Lists of the batch under way.
    touched: Mutex<Vec<(ChannelAccountId, Stream)>>,
}

impl Told {
    pub(crate) fn new(signals: Signals) -> Self {
        Self {
            signals,
            touched: Mutex::default(),
        }
    }
}

/// The lists that show what was told; none for an event of another kind.
fn lists_of(event: &FeedEvent) -> Result<Vec<(ChannelAccountId, Stream)>, BoxError> {
    if let Some(decided) = event.decode::<fulfillment::ClaimDecided>() {
        let account = decided?.channel_account_id.parse()?;
        // A decision may end the claim; an account without the second list does not listen.
        let lists = [Stream::Claims, Stream::ClaimsSettled];
        return Ok(lists.map(|stream| (account, stream)).to_vec());
    }
    let Some(answered) = event.decode::<fulfillment::InquiryAnswered>() else {
        return Ok(Vec::new());
    };
    let answered = answered?;
    let kind = match answered.kind() {
        pb::InquiryKind::Product => InquiryKind::Product,
        pb::InquiryKind::Order => InquiryKind::Order,
        pb::InquiryKind::CallCenter => InquiryKind::CallCenter,
        // A kind of a newer version: its list is read in its own time.
        pb::InquiryKind::Unspecified => return Ok(Vec::new()),
    };
    let account = answered.channel_account_id.parse()?;
    Ok(vec![(account, Stream::Inquiries(kind))])
}

#[async_trait]
impl FeedHandler for Told {
    async fn apply(&self, _: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut lists = Vec::new();
        for event in events {
            for list in lists_of(event)? {
                if !lists.contains(&list) {
                    lists.push(list);
                }
            }
        }
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.extend(lists);
        Ok(())
    }

    fn after_commit(&self) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        for (account, stream) in touched.drain(..) {
            self.signals.of(account).poll(stream).notify_one();
        }
    }
}
