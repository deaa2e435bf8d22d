//! The right to a digital product, and the secret that activates it.
//!
//! GRANTED → LINK_SENT → ACTIVATED, or REVOKED. A customer may be quicker than the delivery report, so activation is
//! possible from GRANTED too. What was activated stays with its customer.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{CustomerId, EntitlementId, LineId, MerchantId, OrderId, VariantId};
use sha2::{Digest, Sha256};

use super::Outcome;
use super::order::LineSnapshot;

/// How long the link's secret is kept after its delivery was confirmed, so that a repeat carries the same link.
pub const TOKEN_KEPT_AFTER_DELIVERY: TimeDelta = TimeDelta::hours(72);

/// The right to a digital product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The entitlement.
    pub id: EntitlementId,
    /// Raised by every change.
    pub version: i64,
    /// The order.
    pub order_id: OrderId,
    /// The line it pays for.
    pub line_id: LineId,
    /// What it gives.
    pub variant_id: VariantId,
    /// Units of the variant.
    pub quantity: i32,
    /// The channel's words for it, for messages and the activation page.
    pub product_name: String,
    /// The buyer's choice.
    pub option_name: String,
    /// Where it stands.
    pub state: EntitlementState,
    /// When it was granted.
    pub granted_at: DateTime<Utc>,
    /// When the link's delivery was confirmed.
    pub link_sent_at: Option<DateTime<Utc>>,
}

/// Where an entitlement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntitlementState {
    /// The link may be sent.
    Granted,
    /// The link's delivery was confirmed.
    LinkSent,
    /// A customer has it.
    Activated {
        /// The customer.
        by: CustomerId,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// The order was cancelled first.
    Revoked,
}

/// Why a link does not activate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActivationRefusal {
    /// The order was cancelled.
    #[error("the order of this link was cancelled")]
    Revoked,
    /// Somebody else was first.
    #[error("this link was already used by another customer")]
    AlreadyActivated,
}

impl Entitlement {
    /// A new one for a line.
    pub fn granted(
        merchant_id: MerchantId,
        id: EntitlementId,
        order_id: OrderId,
        line: &LineSnapshot,
        variant_id: VariantId,
        quantity: i32,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            merchant_id,
            id,
            version: 1,
            order_id,
            line_id: line.line_id,
            variant_id,
            quantity,
            product_name: line.product_name.clone(),
            option_name: line.option_name.clone(),
            state: EntitlementState::Granted,
            granted_at: now,
            link_sent_at: None,
        }
    }

    /// The same under a name of its own: the line's words tell of several products.
    #[must_use]
    pub fn called(self, name: String) -> Self {
        Self {
            product_name: name,
            option_name: String::new(),
            ..self
        }
    }

    /// The link reached its receiver.
    pub fn link_sent(&mut self, at: DateTime<Utc>) -> Outcome<()> {
        if self.link_sent_at.is_some() {
            return Outcome::AlreadyApplied;
        }
        match self.state {
            EntitlementState::Granted => {
                self.state = EntitlementState::LinkSent;
                self.link_sent_at = Some(at);
                Outcome::Applied(())
            }
            EntitlementState::Activated { .. } => {
                self.link_sent_at = Some(at);
                Outcome::Applied(())
            }
            EntitlementState::LinkSent | EntitlementState::Revoked => Outcome::AlreadyApplied,
        }
    }

    /// Gives the product to a customer, once. The same customer again changes nothing.
    pub fn activate(
        &mut self,
        by: CustomerId,
        at: DateTime<Utc>,
    ) -> Result<Outcome<()>, ActivationRefusal> {
        match self.state {
            EntitlementState::Granted | EntitlementState::LinkSent => {
                self.state = EntitlementState::Activated { by, at };
                Ok(Outcome::Applied(()))
            }
            EntitlementState::Activated { by: owner, .. } if owner == by => {
                Ok(Outcome::AlreadyApplied)
            }
            EntitlementState::Activated { .. } => Err(ActivationRefusal::AlreadyActivated),
            EntitlementState::Revoked => Err(ActivationRefusal::Revoked),
        }
    }

    /// Takes back what nobody has activated.
    pub fn revoke(&mut self) -> Outcome<()> {
        match self.state {
            EntitlementState::Granted | EntitlementState::LinkSent => {
                self.state = EntitlementState::Revoked;
                Outcome::Applied(())
            }
            EntitlementState::Activated { .. } | EntitlementState::Revoked => {
                Outcome::AlreadyApplied
            }
        }
    }

    /// Whether the buyer has what was bought, as far as we know.
    pub fn is_delivered(&self) -> bool {
        match self.state {
            EntitlementState::LinkSent | EntitlementState::Activated { .. } => true,
            EntitlementState::Granted | EntitlementState::Revoked => false,
        }
    }
}

/// The secret in an activation link: 256 random bits. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationToken([u8; 32]);

impl ActivationToken {
    /// Wraps fresh random bytes.
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text of a link. Nothing else than 43 characters of base64url is a token.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The bytes as they were sealed.
    pub fn from_sealed(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// The bytes, for sealing.
    pub const fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text of the link.
    pub fn expose_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored to find it again. The look-up goes by the hash, so that its time tells nothing about a token.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for ActivationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_id::Ids;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn entitlement(ids: &Ids, state: EntitlementState) -> Entitlement {
        Entitlement {
            merchant_id: ids.next(),
            id: ids.next(),
            version: 1,
            order_id: ids.next(),
            line_id: ids.next(),
            variant_id: ids.next(),
            quantity: 1,
            product_name: "전자책".to_owned(),
            option_name: String::new(),
            state,
            granted_at: NOW,
            link_sent_at: (state == EntitlementState::LinkSent).then_some(NOW),
        }
    }

    #[test]
    fn every_pair_of_state_and_command_has_one_answer() {
        let ids = Ids::seeded(1);
        let (owner, stranger): (CustomerId, CustomerId) = (ids.next(), ids.next());
        let activated = EntitlementState::Activated { by: owner, at: NOW };
        let states = [
            EntitlementState::Granted,
            EntitlementState::LinkSent,
            activated,
            EntitlementState::Revoked,
        ];
        let yes = |state| Ok(Some(state));
        let no = Ok(None);
        use EntitlementState::{Granted, LinkSent, Revoked};
        type Answer = Result<Option<EntitlementState>, ActivationRefusal>;
        type Command<'a> = dyn Fn(&mut Entitlement) -> Result<Outcome<()>, ActivationRefusal> + 'a;
        let table: [(EntitlementState, [Answer; 4]); 4] = [
            // link_sent, activate by the owner, activate by a stranger, revoke
            (
                Granted,
                [
                    yes(LinkSent),
                    yes(activated),
                    yes(EntitlementState::Activated {
                        by: stranger,
                        at: NOW,
                    }),
                    yes(Revoked),
                ],
            ),
            (
                LinkSent,
                [
                    no,
                    yes(activated),
                    yes(EntitlementState::Activated {
                        by: stranger,
                        at: NOW,
                    }),
                    yes(Revoked),
                ],
            ),
            (
                activated,
                [
                    yes(activated),
                    no,
                    Err(ActivationRefusal::AlreadyActivated),
                    no,
                ],
            ),
            (
                Revoked,
                [
                    no,
                    Err(ActivationRefusal::Revoked),
                    Err(ActivationRefusal::Revoked),
                    no,
                ],
            ),
        ];
        assert_eq!(table.each_ref().map(|(state, _)| *state), states);
        for (state, answers) in table {
            let commands: [&Command; 4] = [
                &|e| Ok(e.link_sent(NOW)),
                &|e| e.activate(owner, NOW),
                &|e| e.activate(stranger, NOW),
                &|e| Ok(e.revoke()),
            ];
            for (command, expected) in commands.iter().zip(answers) {
                let mut entitlement = entitlement(&ids, state);
                let answer = command(&mut entitlement).map(|outcome| match outcome {
                    Outcome::Applied(()) => Some(entitlement.state),
                    Outcome::AlreadyApplied => None,
                });
                assert_eq!(answer, expected, "from {state:?}");
            }
        }
    }

    #[test]
    fn a_second_delivery_report_changes_nothing() {
        let mut entitlement = entitlement(&Ids::seeded(2), EntitlementState::Granted);
        assert_eq!(entitlement.link_sent(NOW), Outcome::Applied(()));
        assert_eq!(
            entitlement.link_sent(NOW + TimeDelta::hours(1)),
            Outcome::AlreadyApplied
        );
        assert_eq!(entitlement.link_sent_at, Some(NOW));
    }

    #[test]
    fn a_token_survives_its_text_and_prints_as_stars() {
        let token = ActivationToken::from_random([7; 32]);
        let text = token.expose_text();
        assert_eq!(text.len(), 43);
        assert_eq!(ActivationToken::parse(&text), Some(token.clone()));
        assert_eq!(format!("{token:?}"), "***");
        for bad in [
            "",
            "abc",
            &text[..42],
            &format!("{text}A"),
            &text.replace('B', "+"),
        ] {
            assert!(
                bad == text || ActivationToken::parse(bad).is_none(),
                "{bad}"
            );
        }
    }
}
