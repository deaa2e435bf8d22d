//! Contacts: hashed to notice changes, sealed to be stored.

use std::collections::HashMap;

use moa_id::{DataKeyId, MerchantId, OrderId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_vault::{Aad, DataKey, KeyRing, Zeroizing};
use prost::Message;
use sqlx::PgConnection;

use super::App;
use crate::Error;
use crate::domain::contact::{Contact, SearchWords};
use crate::domain::order::{ContactDigest, FetchedOrder, Order};
use crate::domain::upsert::Known;
use crate::store::contacts::{self, SealedContact, SearchIndexes};

/// A contact to be stored with its order.
pub(super) struct ContactToSeal<'a> {
    pub(super) order: &'a Order,
    pub(super) contact: &'a Contact,
}

/// The keyed hash by which a change is noticed.
pub(super) fn digest(key_ring: &KeyRing, merchant: MerchantId, contact: &Contact) -> ContactDigest {
    key_ring.blind_index(merchant, "contact", &contact.canonical())
}

/// Where a contact belongs; it opens nowhere else.
fn place(merchant_id: MerchantId, order_id: OrderId) -> Aad {
    Aad {
        merchant_id,
        table: "order_contacts",
        column: "sealed",
        row: order_id.as_uuid(),
    }
}

/// Opens a sealed contact.
pub(super) fn open(
    key: &DataKey,
    merchant_id: MerchantId,
    order_id: OrderId,
    sealed: &[u8],
) -> Result<Contact, Error> {
    let plain = key.open(&place(merchant_id, order_id), sealed)?;
    let stored = pb::Contact::decode(plain.as_slice()).map_err(|error| Error::Undecodable {
        table: "order_contacts",
        id: order_id.to_string(),
        reason: error.to_string(),
    })?;
    Ok(Contact {
        orderer_name: stored.orderer_name,
        orderer_phone: stored.orderer_phone,
        receiver_name: stored.receiver_name,
        receiver_phone: stored.receiver_phone,
        postcode: stored.postcode,
        address1: stored.address1,
        address2: stored.address2,
        delivery_note: stored.delivery_note,
        email: stored.email,
    })
}

fn encode(contact: &Contact) -> Zeroizing<Vec<u8>> {
    let contact = contact.clone();
    let message = pb::Contact {
        orderer_name: contact.orderer_name,
        orderer_phone: contact.orderer_phone,
        receiver_name: contact.receiver_name,
        receiver_phone: contact.receiver_phone,
        postcode: contact.postcode,
        address1: contact.address1,
        address2: contact.address2,
        delivery_note: contact.delivery_note,
        email: contact.email,
    };
    Zeroizing::new(message.encode_to_vec())
}

impl App {
    /// Completes contacts that a channel shows with blanks by what is known of them, for orders that are locked:
    /// nothing never overwrites something.
    pub(super) async fn complete_contacts(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        known: &Known,
        fetched: &mut [FetchedOrder],
    ) -> Result<(), Error> {
        let mut differing = HashMap::new();
        for read in &mut *fetched {
            let Some(order) = known.orders.get(&read.channel_order_id) else {
                continue;
            };
            if let (Some(mark), Some(contact)) = (order.contact, &mut read.contact)
                && mark.digest != contact.digest
                && !mark.erased
            {
                differing.insert(order.order_id, contact);
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        let order_ids: Vec<OrderId> = differing.keys().copied().collect();
        let stored = contacts::load(conn, merchant_id, &order_ids).await?;
        let key_ids: Vec<DataKeyId> = stored.values().map(|c| c.data_key_id).collect();
        let keys = self.vault.data_keys(conn, merchant_id, &key_ids).await?;
        for (order_id, fetched) in differing {
            let Some(stored) = stored.get(&order_id) else {
                continue;
            };
            let Some(key) = keys.get(&stored.data_key_id) else {
                continue;
            };
            let before = open(key, merchant_id, order_id, &stored.sealed)?;
            fetched.contact = before.updated_by(&fetched.contact);
            fetched.digest = digest(self.vault.key_ring(), merchant_id, &fetched.contact);
        }
        Ok(())
    }

    /// Seals contacts, each under its order's own key; keys for orders that have none are made in one statement.
    pub(super) async fn seal_contacts(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        placed: &[ContactToSeal<'_>],
        changed: &[ContactToSeal<'_>],
    ) -> Result<(), Error> {
        if placed.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let changed_ids: Vec<OrderId> = changed.iter().map(|c| c.order.order_id).collect();
        let stored = if changed_ids.is_empty() {
            HashMap::new()
        } else {
            contacts::load(conn, merchant_id, &changed_ids).await?
        };
        let mut known_keys = Vec::new();
        let mut new_keys = Vec::new();
        let mut key_of = HashMap::new();
        for item in placed.iter().chain(changed) {
            let order_id = item.order.order_id;
            let key_id = match stored.get(&order_id) {
                Some(contact) => {
                    known_keys.push(contact.data_key_id);
                    contact.data_key_id
                }
                None => {
                    let key_id = self.ids.next();
                    new_keys.push(key_id);
                    key_id
                }
            };
            key_of.insert(order_id, key_id);
        }
        let made = match new_keys.as_slice() {
            [] => None,
            ids => Some(self.vault.create_data_keys(conn, merchant_id, ids).await?),
        };
        let read = match known_keys.as_slice() {
            [] => None,
            ids => Some(self.vault.data_keys(conn, merchant_id, ids).await?),
        };

        // Another contact than the one that is stored, not the same with a new mark.
        let outdated = changed.iter().filter(|item| {
            let before = stored.get(&item.order.order_id);
            let version = item.order.contact.map(|mark| mark.version);
            before.is_some_and(|before| version.is_some_and(|version| version > before.version))
        });
        let outdated: Vec<OrderId> = outdated.map(|item| item.order.order_id).collect();
        if !outdated.is_empty() {
            contacts::keep_earlier(conn, merchant_id, &outdated).await?;
        }
        let key_of = |order_id: &OrderId| {
            let id = key_of.get(order_id)?;
            let made = made.as_ref().and_then(|keys| keys.get(id));
            made.or_else(|| read.as_ref().and_then(|keys| keys.get(id)))
        };
        // A destroyed key means that the contact was erased; it is not sealed again under another.
        let seal = |item: &ContactToSeal<'_>| {
            let key = key_of(&item.order.order_id)?;
            self.seal_contact(merchant_id, item, key)
        };
        contacts::insert(conn, merchant_id, placed.iter().filter_map(seal).collect()).await?;
        contacts::save(conn, merchant_id, changed.iter().filter_map(seal).collect()).await
    }

    /// What a person is found by, hashed for this merchant.
    pub(super) fn search_indexes(
        &self,
        merchant_id: MerchantId,
        words: SearchWords,
    ) -> SearchIndexes {
        let index = |purpose: &str, word: String| {
            let key_ring = self.vault.key_ring();
            (!word.is_empty()).then(|| key_ring.blind_index(merchant_id, purpose, &word))
        };
        SearchIndexes {
            name: index("name", words.name),
            phone: index("phone", words.phone),
            last_digits: index("phone_last_digits", words.last_digits),
        }
    }

    fn seal_contact(
        &self,
        merchant_id: MerchantId,
        item: &ContactToSeal<'_>,
        key: &DataKey,
    ) -> Option<SealedContact> {
        let (order, contact) = (item.order, item.contact);
        let mark = order.contact?;
        let (orderer, receiver) = contact.search_words();
        Some(SealedContact {
            order_id: order.order_id,
            version: mark.version,
            data_key_id: key.id(),
            sealed: key.seal(&place(merchant_id, order.order_id), &encode(contact)),
            digest: mark.digest,
            mark: mark.receiver,
            orderer: self.search_indexes(merchant_id, orderer),
            receiver: self.search_indexes(merchant_id, receiver),
            read_at: mark.read_at,
        })
    }
}
