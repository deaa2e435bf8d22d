//! Wake-ups between jobs of one process. A lost one costs time only: everybody looks by himself now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moa_id::ChannelAccountId;
use tokio::sync::Notify;

use crate::domain::inquiry::InquiryKind;
use crate::domain::stream::Stream;

/// The wake-ups of one account.
#[derive(Default)]
pub(crate) struct AccountSignals {
    placed: Notify,
    acknowledged: Notify,
    dispatched: Notify,
    delivered: Notify,
    changed: Notify,
    claims: Notify,
    settled_claims: Notify,
    product_inquiries: Notify,
    order_inquiries: Notify,
    call_center_inquiries: Notify,
    /// Parcels were queued, or a list was read.
    pub(crate) rereads: Notify,
    /// A parcel was sent off: settled claims are looked at more often for a while.
    pub(crate) sent_off: Notify,
}

impl AccountSignals {
    /// Asks for a read of a stream at once.
    pub(crate) fn poll(&self, stream: Stream) -> &Notify {
        match stream {
            Stream::OrdersPlaced => &self.placed,
            Stream::OrdersAcknowledged => &self.acknowledged,
            Stream::OrdersDispatched => &self.dispatched,
            Stream::OrdersDelivered => &self.delivered,
            Stream::OrdersChanged => &self.changed,
            Stream::Claims => &self.claims,
            Stream::ClaimsSettled => &self.settled_claims,
            Stream::Inquiries(InquiryKind::Product) => &self.product_inquiries,
            Stream::Inquiries(InquiryKind::Order) => &self.order_inquiries,
            Stream::Inquiries(InquiryKind::CallCenter) => &self.call_center_inquiries,
        }
    }
}

/// The wake-ups of this process.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    accounts: Arc<Mutex<HashMap<ChannelAccountId, Arc<AccountSignals>>>>,
    /// Accounts changed.
    pub(crate) accounts_changed: Arc<Notify>,
}

impl Signals {
    /// Asks for a read of every stream at once.
    pub(crate) fn poll_all(&self) {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        for account in accounts.values() {
            for stream in Stream::ALL {
                account.poll(stream).notify_one();
            }
        }
    }

    /// The wake-ups of an account.
    pub(crate) fn of(&self, account: ChannelAccountId) -> Arc<AccountSignals> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.entry(account).or_default().clone()
    }
}
