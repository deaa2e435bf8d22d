//! Opening contacts for one purpose, with a record of who looked at whom.

use moa_id::{DataKeyId, MerchantId, OperatorId, OrderId};
use moa_service::ServiceName;

use super::App;
use super::seal_contacts::open;
use crate::Error;
use crate::domain::contact::Contact;
use crate::store::accesses::{self, Access};
use crate::store::contacts::{self, StoredContact};

/// Orders of one call, at most.
pub(crate) const MAX_ORDERS: usize = 100;

/// What the data is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    OperatorReveal,
    /// Found by whom it is of; nothing was opened.
    OperatorSearch,
    Message,
    Label,
}

impl Purpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::OperatorReveal => "OPERATOR_REVEAL",
            Self::OperatorSearch => "OPERATOR_SEARCH",
            Self::Message => "MESSAGE",
            Self::Label => "LABEL",
        }
    }
}

/// Who asks for which contacts, and why.
pub(crate) struct RevealContacts {
    pub(crate) order_ids: Vec<OrderId>,
    pub(crate) caller: ServiceName,
    /// The person, when one asks.
    pub(crate) operator_id: Option<OperatorId>,
    pub(crate) purpose: Purpose,
}

/// Who asks how a contact changed.
pub(crate) struct RevealChange {
    pub(crate) order_id: OrderId,
    pub(crate) since_version: i64,
    pub(crate) caller: ServiceName,
    pub(crate) operator_id: OperatorId,
}

/// A contact in the open.
pub(crate) struct RevealedContact {
    pub(crate) order_id: OrderId,
    pub(crate) version: i64,
    /// Absent when it was erased.
    pub(crate) contact: Option<Contact>,
}

impl App {
    /// Opens contacts. Each one that is shown leaves a row in the access log, in the same transaction as the read;
    /// orders without a contact are left out.
    pub(crate) async fn reveal_contacts(
        &self,
        merchant_id: MerchantId,
        reveal: RevealContacts,
    ) -> Result<Vec<RevealedContact>, Error> {
        let mut order_ids = reveal.order_ids;
        order_ids.sort();
        order_ids.dedup();
        let mut tx = moa_service::begin(&self.pool).await?;
        let stored = contacts::load(&mut tx, merchant_id, &order_ids).await?;
        let key_ids: Vec<DataKeyId> = stored.values().map(|c| c.data_key_id).collect();
        let keys = self.vault.data_keys(&mut tx, merchant_id, &key_ids).await?;

        let mut revealed = Vec::with_capacity(stored.len());
        let mut seen = Vec::with_capacity(stored.len());
        for order_id in order_ids {
            let Some(stored) = stored.get(&order_id) else {
                continue;
            };
            // A destroyed key is an erased contact, whatever the row says.
            let key = keys.get(&stored.data_key_id).filter(|_| !stored.erased);
            let contact = key.map(|key| open(key, merchant_id, order_id, &stored.sealed));
            let contact = contact.transpose()?;
            if contact.is_some() {
                seen.push((self.ids.uuid(), order_id, stored.version));
            }
            revealed.push(RevealedContact {
                order_id,
                version: stored.version,
                contact,
            });
        }
        let access = Access {
            caller: reveal.caller.as_str(),
            operator_id: reveal.operator_id,
            purpose: reveal.purpose.as_str(),
            at: self.clock.now(),
        };
        accesses::insert(&mut tx, merchant_id, &access, &seen).await?;
        tx.commit().await?;
        Ok(revealed)
    }

    /// An order's contact as it was in an earlier version beside the one of now, for a person. Both looks are recorded in
    /// the transaction of the read; an earlier version that is not kept is absent.
    pub(crate) async fn reveal_contact_change(
        &self,
        merchant_id: MerchantId,
        change: RevealChange,
    ) -> Result<(Option<RevealedContact>, RevealedContact), Error> {
        let order_id = change.order_id;
        let mut tx = moa_service::begin(&self.pool).await?;
        let mut stored = contacts::load(&mut tx, merchant_id, &[order_id]).await?;
        let now = stored
            .remove(&order_id)
            .ok_or(Error::OrderNotFound(order_id))?;
        let before =
            contacts::earlier(&mut tx, merchant_id, order_id, change.since_version).await?;
        let keys = self
            .vault
            .data_keys(&mut tx, merchant_id, &[now.data_key_id])
            .await?;
        let reveal = |stored: StoredContact| -> Result<RevealedContact, Error> {
            let key = keys.get(&stored.data_key_id).filter(|_| !stored.erased);
            let contact = key.map(|key| open(key, merchant_id, order_id, &stored.sealed));
            Ok(RevealedContact {
                order_id,
                version: stored.version,
                contact: contact.transpose()?,
            })
        };
        let now = reveal(now)?;
        let before = before.map(reveal).transpose()?;
        let shown = before.iter().chain([&now]);
        let shown = shown.filter(|revealed| revealed.contact.is_some());
        let seen: Vec<_> = shown
            .map(|revealed| (self.ids.uuid(), order_id, revealed.version))
            .collect();
        let access = Access {
            caller: change.caller.as_str(),
            operator_id: Some(change.operator_id),
            purpose: Purpose::OperatorReveal.as_str(),
            at: self.clock.now(),
        };
        accesses::insert(&mut tx, merchant_id, &access, &seen).await?;
        tx.commit().await?;
        Ok((before, now))
    }
}
