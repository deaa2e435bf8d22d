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
use crate::domain::window::Stream;

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

/// The list that shows what was told; none for an event of another kind.
fn list_of(event: &FeedEvent) -> Result<Option<(ChannelAccountId, Stream)>, BoxError> {
    if let Some(decided) = event.decode::<fulfillment::ClaimDecided>() {
        return Ok(Some((decided?.channel_account_id.parse()?, Stream::Claims)));
    }
    let Some(answered) = event.decode::<fulfillment::InquiryAnswered>() else {
        return Ok(None);
    };
    let answered = answered?;
    let kind = match answered.kind() {
        pb::InquiryKind::Product => InquiryKind::Product,
        pb::InquiryKind::Order => InquiryKind::Order,
        pb::InquiryKind::CallCenter => InquiryKind::CallCenter,
        // A kind of a newer version: its list is read in its own time.
        pb::InquiryKind::Unspecified => return Ok(None),
    };
    let account = answered.channel_account_id.parse()?;
    Ok(Some((account, Stream::Inquiries(kind))))
}

#[async_trait]
impl FeedHandler for Told {
    async fn apply(&self, _: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut lists = Vec::new();
        for event in events {
            lists.extend(list_of(event)?.filter(|list| !lists.contains(list)));
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
