//! A message: PENDING → ACCEPTED → DELIVERED, or FAILED.

use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId, MessageId, OrderId};
use uuid::Uuid;

use super::Outcome;
use super::sender::SenderKind;
use super::template::Template;

/// A message, without what it says and whom it reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) merchant_id: MerchantId,
    pub(crate) id: MessageId,
    pub(crate) effect_id: EffectId,
    pub(crate) sender: SenderKind,
    pub(crate) template: Template,
    pub(crate) subject_id: Uuid,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) state: MessageState,
    /// Raised by every change.
    pub(crate) version: i64,
    /// A stable code; empty while nothing went wrong.
    pub(crate) reason: String,
    pub(crate) receipt: Option<Receipt>,
    /// Its order's contact was erased: what tells the recipient again is kept no more.
    pub(crate) recipient_erased: bool,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageState {
    Pending,
    Accepted,
    Delivered { at: DateTime<Utc> },
    Failed,
}

/// Why a message is not sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResendRefused {
    /// Others are not worth repeating.
    #[error("only an activation link can be sent once more")]
    Template,
    /// It arrived, or still may.
    #[error("only a message that has failed can be sent once more; this one may still arrive")]
    NotFailed,
    /// Twice the same link helps nobody.
    #[error(
        "this link is being sent, or was sent, by another message or attempt; look at the order's messages"
    )]
    UnderWay,
}

/// What the provider gave for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Absent when the provider gives none (Slack), or when acceptance is assumed.
    pub(crate) provider_message_id: Option<String>,
    pub(crate) provider_group_id: Option<String>,
    pub(crate) recipient_hash: Option<Vec<u8>>,
    pub(crate) accepted_at: DateTime<Utc>,
}

impl Message {
    /// The provider took it. One that had failed before was sent anew by an operator's wish.
    pub(crate) fn accept(&mut self, mut receipt: Receipt, reason: &str) -> Outcome {
        match self.state {
            MessageState::Pending | MessageState::Failed => {
                if self.recipient_erased {
                    receipt.recipient_hash = None;
                }
                self.state = MessageState::Accepted;
                self.receipt = Some(receipt);
                self.changed(reason)
            }
            MessageState::Accepted | MessageState::Delivered { .. } => Outcome::AlreadyApplied,
        }
    }

    /// The carrier reports it delivered.
    pub(crate) fn deliver(&mut self, now: DateTime<Utc>) -> Outcome {
        match self.state {
            MessageState::Accepted => {
                self.state = MessageState::Delivered { at: now };
                self.changed("")
            }
            MessageState::Pending | MessageState::Delivered { .. } | MessageState::Failed => {
                Outcome::AlreadyApplied
            }
        }
    }

    /// It will not arrive by itself.
    pub(crate) fn fail(&mut self, reason: &str) -> Outcome {
        match self.state {
            MessageState::Pending | MessageState::Accepted => {
                self.state = MessageState::Failed;
                self.changed(reason)
            }
            // Sent anew, and refused for another reason.
            MessageState::Failed if self.reason != reason => self.changed(reason),
            MessageState::Failed | MessageState::Delivered { .. } => Outcome::AlreadyApplied,
        }
    }

    /// Whether its link may be sent once more, by a new message. `under_way`: another message or attempt has, or may
    /// still have, success.
    pub(crate) fn check_resend(&self, under_way: bool) -> Result<(), ResendRefused> {
        if self.template != Template::ActivationLink {
            return Err(ResendRefused::Template);
        }
        if self.state != MessageState::Failed {
            return Err(ResendRefused::NotFailed);
        }
        if under_way {
            return Err(ResendRefused::UnderWay);
        }
        Ok(())
    }

    /// Why it stays where it is.
    pub(crate) fn note(&mut self, reason: &str) -> Outcome {
        if self.reason == reason {
            return Outcome::AlreadyApplied;
        }
        self.changed(reason)
    }

    fn changed(&mut self, reason: &str) -> Outcome {
        reason.clone_into(&mut self.reason);
        self.version += 1;
        Outcome::Applied
    }
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::*;

    fn message(state: MessageState) -> Message {
        let ids = Ids::seeded(1);
        Message {
            merchant_id: ids.next(),
            id: ids.next(),
            effect_id: ids.next(),
            sender: SenderKind::Solapi,
            template: Template::ActivationLink,
            subject_id: ids.uuid(),
            order_id: Some(ids.next()),
            state,
            version: 1,
            reason: String::new(),
            receipt: None,
            recipient_erased: false,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn receipt() -> Receipt {
        Receipt {
            provider_message_id: Some("M4V".to_owned()),
            provider_group_id: Some("G4V".to_owned()),
            recipient_hash: None,
            accepted_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_command_in_every_state() {
        use MessageState::*;
        let done = Delivered {
            at: DateTime::UNIX_EPOCH,
        };
        // From, after accept, after deliver, after fail.
        let table = [
            (Pending, Accepted, Pending, Failed),
            (Accepted, Accepted, done, Failed),
            (done, done, done, done),
            (Failed, Accepted, Failed, Failed),
        ];
        for (from, accepted, delivered, failed) in table {
            let mut m = message(from);
            m.accept(receipt(), "");
            assert_eq!(m.state, accepted, "accept of {from:?}");
            let mut m = message(from);
            m.deliver(DateTime::UNIX_EPOCH);
            assert_eq!(m.state, delivered, "deliver of {from:?}");
            let mut m = message(from);
            m.fail("WHY");
            assert_eq!(m.state, failed, "fail of {from:?}");
        }
    }

    #[test]
    fn an_erased_recipient_is_not_remembered_by_a_send_that_was_under_way() {
        let hashed = || Receipt {
            recipient_hash: Some(vec![1, 2, 3]),
            ..receipt()
        };
        let mut kept = message(MessageState::Pending);
        kept.accept(hashed(), "");
        assert_eq!(kept.receipt, Some(hashed()));
        let mut erased = Message {
            recipient_erased: true,
            ..message(MessageState::Pending)
        };
        erased.accept(hashed(), "");
        assert_eq!(erased.receipt, Some(receipt()));
    }

    #[test]
    fn only_a_failed_link_is_sent_once_more() {
        use MessageState::*;
        let done = Delivered {
            at: DateTime::UNIX_EPOCH,
        };
        for state in [Pending, Accepted, done] {
            let refused = message(state).check_resend(false);
            assert_eq!(refused, Err(ResendRefused::NotFailed), "{state:?}");
        }
        assert_eq!(message(Failed).check_resend(false), Ok(()));
        assert_eq!(
            message(Failed).check_resend(true),
            Err(ResendRefused::UnderWay)
        );
        let announcement = Message {
            template: Template::NewOrders,
            ..message(Failed)
        };
        assert_eq!(
            announcement.check_resend(false),
            Err(ResendRefused::Template)
        );
    }

    #[test]
    fn a_repeated_word_changes_nothing() {
        let mut m = message(MessageState::Pending);
        assert_eq!(m.accept(receipt(), ""), Outcome::Applied);
        assert_eq!(m.accept(receipt(), ""), Outcome::AlreadyApplied);
        assert_eq!(m.deliver(DateTime::UNIX_EPOCH), Outcome::Applied);
        assert_eq!(m.deliver(DateTime::UNIX_EPOCH), Outcome::AlreadyApplied);
        assert_eq!(m.fail("LATE"), Outcome::AlreadyApplied);
        assert_eq!(m.version, 3);
    }
}
