//! Storing what buyers ask: facts in the open, words sealed under a key of each question's own.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{DataKeyId, InquiryId, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{parse_timestamp, timestamp};
use moa_vault::{Aad, DataKey, DataKeys, Zeroizing};
use prost::Message as _;
use sqlx::PgConnection;

use super::App;
use super::store_orders::Stored;
use crate::domain::account::Account;
use crate::domain::inquiry::{FetchedInquiry, Inquiry, InquiryKey, Origin, ThreadDigest};
use crate::domain::thread::{Author, Message, Thread};
use crate::store::inquiries::{self, SealedThread, StoredInquiry};
use crate::{Error, events};

impl App {
    /// Stores questions in the caller's transaction and tells of what is new.
    pub(super) async fn store_inquiries(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        fetched: &[FetchedInquiry],
    ) -> Result<Stored, Error> {
        if fetched.is_empty() {
            return Ok(Stored::default());
        }
        let keys: Vec<&InquiryKey> = fetched.iter().map(|read| &read.key).collect();
        let known = inquiries::lock(conn, account, &keys).await?;
        let fetched = self
            .complete_threads(conn, account, &known, fetched)
            .await?;
        let origin = Origin {
            channel: &account.channel,
            channel_account_id: account.channel_account_id,
            answer_within: account.inquiries.answer_within,
        };
        let now = self.clock.now();
        let mut told: Vec<NewEvent> = Vec::new();
        let mut changed: Vec<(Inquiry, DataKeyId, Option<&Thread>)> = Vec::new();
        let mut new_keys = Vec::new();
        for (read, digest) in &fetched {
            match known.get(&read.key) {
                None => {
                    let inquiry = Inquiry::new(self.ids.next(), &origin, read, *digest, now);
                    told.push(events::inquiry_received(
                        &self.ids,
                        account.merchant_id,
                        &inquiry,
                    ));
                    let key_id = self.ids.next();
                    new_keys.push(key_id);
                    changed.push((inquiry, key_id, Some(&read.thread)));
                }
                Some(stored) => {
                    let after = stored.inquiry.updated_by(&origin, read, *digest, now);
                    let Some(inquiry) = after else { continue };
                    told.push(events::inquiry_changed(
                        &self.ids,
                        account.merchant_id,
                        &inquiry,
                    ));
                    let words = (stored.inquiry.digest != *digest).then_some(&read.thread);
                    changed.push((inquiry, stored.thread.data_key_id, words));
                }
            }
        }
        let sealed = self.seal_threads(conn, account.merchant_id, &new_keys, &known, &changed);
        let sealed = sealed.await?;
        inquiries::save(conn, account.merchant_id, &sealed).await?;
        self.outbox.push_all(conn, &told).await?;
        Ok(Stored {
            changed: sealed.len(),
            ..Stored::default()
        })
    }

    fn thread_digest(&self, merchant_id: MerchantId, thread: &Thread) -> ThreadDigest {
        let key_ring = self.vault.key_ring();
        key_ring.blind_index(merchant_id, "inquiry", &thread.canonical())
    }

    /// Completes what a read shows by what was said before, where the two differ: nothing that was said is lost.
    async fn complete_threads(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        known: &HashMap<InquiryKey, StoredInquiry>,
        fetched: &[FetchedInquiry],
    ) -> Result<Vec<(FetchedInquiry, ThreadDigest)>, Error> {
        let merchant_id = account.merchant_id;
        let digest = |read: &FetchedInquiry| self.thread_digest(merchant_id, &read.thread);
        let mut reads: Vec<(FetchedInquiry, ThreadDigest)> = fetched
            .iter()
            .map(|read| (read.clone(), digest(read)))
            .collect();
        let differing = reads.iter().filter_map(|(read, digest)| {
            let stored = known.get(&read.key)?;
            (stored.inquiry.digest != *digest).then_some(stored.thread.data_key_id)
        });
        let key_ids: Vec<DataKeyId> = differing.collect();
        if key_ids.is_empty() {
            return Ok(reads);
        }
        let keys = self.vault.data_keys(conn, merchant_id, &key_ids).await?;
        for (read, digest) in &mut reads {
            let Some(stored) = known.get(&read.key) else {
                continue;
            };
            let Some(key) = keys.get(&stored.thread.data_key_id) else {
                continue;
            };
            if stored.inquiry.digest == *digest {
                continue;
            }
            let before = open(
                key,
                merchant_id,
                stored.inquiry.inquiry_id,
                &stored.thread.sealed,
            )?;
            read.thread = before.updated_by(&read.thread);
            *digest = self.thread_digest(merchant_id, &read.thread);
        }
        Ok(reads)
    }

    /// Seals what was said anew where it differs; the rest keeps what is sealed already.
    async fn seal_threads(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        new_keys: &[DataKeyId],
        known: &HashMap<InquiryKey, StoredInquiry>,
        changed: &[(Inquiry, DataKeyId, Option<&Thread>)],
    ) -> Result<Vec<(Inquiry, SealedThread)>, Error> {
        let made = match new_keys {
            [] => None,
            ids => Some(self.vault.create_data_keys(conn, merchant_id, ids).await?),
        };
        let opened: Vec<DataKeyId> = changed
            .iter()
            .filter(|(_, id, words)| words.is_some() && !new_keys.contains(id))
            .map(|(_, id, _)| *id)
            .collect();
        let read = match opened.as_slice() {
            [] => None,
            ids => Some(self.vault.data_keys(conn, merchant_id, ids).await?),
        };
        let key_of = |id: &DataKeyId| {
            let held = |keys: &'_ Option<DataKeys>| {
                keys.as_ref().is_some_and(|keys| keys.get(id).is_some())
            };
            if held(&made) {
                made.as_ref()
            } else {
                read.as_ref()
            }
            .and_then(|keys| keys.get(id))
        };
        let mut sealed = Vec::with_capacity(changed.len());
        for (inquiry, data_key_id, words) in changed {
            let key = key_of(data_key_id);
            let thread = match (words, key) {
                (Some(words), Some(key)) => SealedThread {
                    data_key_id: *data_key_id,
                    sealed: key.seal(&place(merchant_id, inquiry.inquiry_id), &encode(words)),
                },
                // Nothing new was said; or its key was destroyed, and what is erased is not sealed again.
                _ => match known.get(&inquiry.key) {
                    Some(stored) => stored.thread.clone(),
                    None => {
                        return Err(Error::Undecodable {
                            table: "data_keys",
                            id: data_key_id.to_string(),
                            reason: "the key was made and is not there".to_owned(),
                        });
                    }
                },
            };
            sealed.push((inquiry.clone(), thread));
        }
        Ok(sealed)
    }
}

/// Where what was said belongs; it opens nowhere else.
fn place(merchant_id: MerchantId, inquiry_id: InquiryId) -> Aad {
    Aad {
        merchant_id,
        table: "inquiries",
        column: "sealed",
        row: inquiry_id.as_uuid(),
    }
}

/// Opens what was said.
pub(super) fn open(
    key: &DataKey,
    merchant_id: MerchantId,
    inquiry_id: InquiryId,
    sealed: &[u8],
) -> Result<Thread, Error> {
    let plain = key.open(&place(merchant_id, inquiry_id), sealed)?;
    let stored =
        pb::ChannelInquiry::decode(plain.as_slice()).map_err(|error| Error::Undecodable {
            table: "inquiries",
            id: inquiry_id.to_string(),
            reason: error.to_string(),
        })?;
    let messages = stored.messages.into_iter().map(|message| Message {
        author: match message.author() {
            pb::InquiryAuthor::Buyer => Author::Buyer,
            pb::InquiryAuthor::Merchant => Author::Merchant,
            pb::InquiryAuthor::Channel => Author::Channel,
            pb::InquiryAuthor::Unspecified => Author::Unknown,
        },
        channel_answer_id: message.channel_answer_id,
        at: stored_time(message.at),
        text: message.text,
        needs_answer: message.needs_answer,
    });
    Ok(Thread {
        text: stored.text,
        asked_by: stored.asked_by,
        messages: messages.collect(),
    })
}

fn stored_time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    parse_timestamp("at", at).ok()
}

/// The contract's message serves as the form in which words are sealed; only they are filled in.
fn encode(thread: &Thread) -> Zeroizing<Vec<u8>> {
    let messages = thread.messages.iter().map(|message| pb::InquiryMessage {
        channel_answer_id: message.channel_answer_id.clone(),
        channel_parent_answer_id: String::new(),
        author: match message.author {
            Author::Unknown => pb::InquiryAuthor::Unspecified,
            Author::Buyer => pb::InquiryAuthor::Buyer,
            Author::Merchant => pb::InquiryAuthor::Merchant,
            Author::Channel => pb::InquiryAuthor::Channel,
        }
        .into(),
        at: message.at.map(timestamp),
        text: message.text.clone(),
        needs_answer: message.needs_answer,
    });
    let message = pb::ChannelInquiry {
        text: thread.text.clone(),
        asked_by: thread.asked_by.clone(),
        messages: messages.collect(),
        ..pb::ChannelInquiry::default()
    };
    Zeroizing::new(message.encode_to_vec())
}
