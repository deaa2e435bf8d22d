//! An order as all reads together show it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, LineId, OrderId};
use moa_money::Currency;

use super::claim::{Claim, Meaning};
use super::contact::Contact;
use super::seen::facts;
use super::state::{LineState, OrderState};

facts! {
    /// What a channel says about the order as a whole.
    OrderFacts {
        ordered_at: DateTime<Utc>,
        paid_at: DateTime<Utc>,
        /// In minor units of `currency`; of channels whose lines do not say what they travel for.
        shipping_fee: i64,
        currency: Currency,
    }
}

facts! {
    /// What a channel says about a line.
    LineFacts {
        /// Changeable: the channel may split a parcel.
        channel_parcel_id: String,
        channel_listing_id: String,
        product_name: String,
        option_name: String,
        sku_code: String,
        /// Bought, before any cancel.
        quantity: i32,
        /// As the order list shows them; claims are added by [`Order::standing`].
        cancelled_quantity: i32,
        held_quantity: i32,
        /// In minor units of `currency`.
        unit_price: i64,
        line_total: i64,
        currency: Currency,
        /// The channel's word when it has none of ours; empty when the last read showed a known state.
        unknown_state: String,
        tracking_number: String,
        /// Lines with the same word here travel for one fee.
        shipping_group: String,
        /// For the whole group's way, in minor units of the order's currency.
        shipping_fee: i64,
        /// In minor units of `currency`, whoever bears it.
        discount: i64,
        /// What of it the merchant bears.
        merchant_discount: i64,
        /// What the channel expects to pay out for the line, in minor units of `currency`.
        expected_settlement: i64,
    }
}

/// A keyed hash of a contact: equal when the contact is.
pub(crate) type ContactDigest = [u8; 32];

/// By which another receiver shows: keyed hashes of place and name, each absent where no read showed it in the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReceiverMark {
    pub(crate) place: Option<[u8; 32]>,
    pub(crate) name: Option<[u8; 32]>,
}

impl ReceiverMark {
    /// What is known after a newer read: what that read does not show stays.
    fn updated_by(self, newer: Self) -> Self {
        Self {
            place: newer.place.or(self.place),
            name: newer.name.or(self.name),
        }
    }
}

/// An order as one read shows it. It may show some of the lines only: a list shows the parcels of one state.
#[derive(Debug, Clone)]
pub(crate) struct FetchedOrder {
    pub(crate) channel_order_id: String,
    pub(crate) facts: OrderFacts,
    pub(crate) lines: Vec<FetchedLine>,
    pub(crate) contact: Option<FetchedContact>,
    pub(crate) read_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub(crate) struct FetchedLine {
    pub(crate) channel_line_id: String,
    pub(crate) state: Option<LineState>,
    pub(crate) facts: LineFacts,
}

#[derive(Debug, Clone)]
pub(crate) struct FetchedContact {
    pub(crate) contact: Contact,
    pub(crate) digest: ContactDigest,
    pub(crate) receiver: ReceiverMark,
}

/// What is known of an order's contact without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContactMark {
    pub(crate) version: i64,
    pub(crate) digest: ContactDigest,
    pub(crate) receiver: ReceiverMark,
    pub(crate) read_at: DateTime<Utc>,
    /// Erased contacts stay erased, whatever the channel still shows.
    pub(crate) erased: bool,
}

impl ContactMark {
    /// Takes over what a read shows. Gives whether anything is to be sealed anew; the version is raised only by another
    /// contact, not by a mark that an older version of ours did not make.
    pub(crate) fn absorb(&mut self, fetched: &FetchedContact, read_at: DateTime<Utc>) -> bool {
        if self.erased {
            return false;
        }
        let receiver = self.receiver.updated_by(fetched.receiver);
        // Of two contacts read at the same moment the greater hash stays, whichever came first.
        let newer = (read_at, fetched.digest) > (self.read_at, self.digest);
        if self.digest == fetched.digest {
            let learnt = newer && self.receiver != receiver;
            if learnt {
                self.receiver = receiver;
            }
            return learnt;
        }
        if newer {
            self.version += 1;
            self.digest = fetched.digest;
            self.receiver = receiver;
            self.read_at = read_at;
        }
        newer
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) line_id: LineId,
    pub(crate) channel_line_id: String,
    /// Absent while every read showed a state that we have no word for.
    pub(crate) state: Option<LineState>,
    pub(crate) facts: LineFacts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) order_id: OrderId,
    /// Raised by every change.
    pub(crate) version: i64,
    pub(crate) channel: String,
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) channel_order_id: String,
    pub(crate) facts: OrderFacts,
    pub(crate) lines: Vec<Line>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) contact: Option<ContactMark>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Where a line stands once claims are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) state: Option<LineState>,
    pub(crate) cancelled_quantity: i32,
    pub(crate) held_quantity: i32,
}

impl Order {
    /// What the buyer pays for all the ways that the lines travel, each way once; in minor units of the order's currency.
    pub(crate) fn shipping_fee(&self) -> Option<i64> {
        let mut ways: BTreeMap<&str, i64> = BTreeMap::new();
        let mut all_tell = true;
        for line in &self.lines {
            let facts = &line.facts;
            if let (Some(way), Some(fee)) = (&facts.shipping_group.value, facts.shipping_fee.value)
            {
                // SmartStore tells it of one product order of a package, and zero of the others.
                let whole = ways.entry(way).or_insert(fee);
                *whole = fee.max(*whole);
            } else {
                all_tell = false;
            }
        }
        let told = ways.into_values().reduce(i64::saturating_add);
        // Lines that were read by an older version do not tell; the order does then.
        match (told, self.facts.shipping_fee.value) {
            (Some(told), _) if all_tell => Some(told),
            (told, whole) => told.max(whole),
        }
    }

    /// What the buyer pays for the way of all lines that travel with this one; in minor units of the order's currency.
    pub(crate) fn fee_of_way(&self, line: &Line) -> Option<i64> {
        let Some(way) = &line.facts.shipping_group.value else {
            return line.facts.shipping_fee.value;
        };
        let together = self.lines.iter().map(|line| &line.facts);
        together
            .filter(|facts| facts.shipping_group.value.as_ref() == Some(way))
            .filter_map(|facts| facts.shipping_fee.value)
            .max()
    }

    /// Where a line stands. The list and the claims speak of the same cancels, so the larger count is right, not the
    /// sum; nothing exceeds what was bought.
    pub(crate) fn standing(&self, line: &Line) -> Standing {
        let bought = line.facts.quantity.value.unwrap_or(0);
        let claimed = |meaning: Meaning| {
            let counted = self
                .claims
                .iter()
                .filter(|claim| claim.meaning() == meaning);
            counted.fold(0_i32, |sum, claim| {
                sum.saturating_add(claim.quantity_of(&line.channel_line_id, bought))
            })
        };
        let shown_cancelled = line.facts.cancelled_quantity.value.unwrap_or(0);
        let cancelled_quantity = shown_cancelled.max(claimed(Meaning::Cancelled)).min(bought);
        let returned_quantity = claimed(Meaning::Returned);

        let all_of_it = |quantity: i32| bought > 0 && quantity >= bought;
        let mut state = line.state;
        let mut move_to = |later: LineState| {
            state = Some(state.map_or(later, |state| state.or_later(later)));
        };
        if all_of_it(cancelled_quantity) {
            move_to(LineState::Cancelled);
        }
        // What was cancelled before it left does not come back.
        if returned_quantity > 0 && all_of_it(returned_quantity.saturating_add(cancelled_quantity))
        {
            move_to(LineState::Returned);
        }
        // Of what is over no list shows any more that a hold was lifted.
        let is_over = matches!(state, Some(LineState::Cancelled | LineState::Returned));
        let shown_held = line.facts.held_quantity.value.unwrap_or(0);
        let held_quantity = match is_over {
            true => 0,
            false => shown_held
                .max(claimed(Meaning::Held))
                .min(bought - cancelled_quantity),
        };
        Standing {
            state,
            cancelled_quantity,
            held_quantity,
        }
    }

    /// Where the order stands, as its lines say.
    pub(crate) fn state(&self) -> OrderState {
        OrderState::of_lines(self.lines.iter().map(|line| self.standing(line).state))
    }

    /// The words of its lines that we do not know.
    pub(crate) fn unknown_states(&self) -> impl Iterator<Item = &str> {
        let words = self.lines.iter();
        words
            .filter_map(|line| line.facts.unknown_state.value.as_deref())
            .filter(|word| !word.is_empty())
    }
}

impl LineFacts {
    /// What the merchant bears of the discount. A share of another read than the whole's says nothing of it.
    pub(crate) fn known_merchant_discount(&self) -> Option<i64> {
        let (whole, share) = (&self.discount, &self.merchant_discount);
        share.value.filter(|_| whole.at == share.at)
    }
}

impl Line {
    /// First sight.
    pub(crate) fn new(line_id: LineId, fetched: FetchedLine) -> Self {
        Self {
            line_id,
            channel_line_id: fetched.channel_line_id,
            state: fetched.state,
            facts: fetched.facts,
        }
    }

    /// Takes over what a read shows; the state only moves on.
    pub(crate) fn absorb(&mut self, fetched: &FetchedLine) {
        self.facts.absorb(&fetched.facts);
        self.state = match (self.state, fetched.state) {
            (Some(ours), Some(theirs)) => Some(ours.or_later(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Whether both say the same, whenever it was read.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        self.state == other.state && self.facts.agrees_with(&other.facts)
    }
}

impl FetchedOrder {
    /// Joins two sights of one order in one page, as when two of its parcels stand in the same list.
    pub(crate) fn join(&mut self, other: Self) {
        self.facts.absorb(&other.facts);
        for line in other.lines {
            let twin = self
                .lines
                .iter_mut()
                .find(|ours| ours.channel_line_id == line.channel_line_id);
            match twin {
                Some(ours) => {
                    let mut joined = Line::new(LineId::from_uuid(uuid::Uuid::nil()), ours.clone());
                    joined.absorb(&line);
                    ours.state = joined.state;
                    ours.facts = joined.facts;
                }
                None => self.lines.push(line),
            }
        }
        if self.contact.is_none() || other.read_at > self.read_at {
            self.contact = other.contact.or(self.contact.take());
        }
        self.read_at = self.read_at.max(other.read_at);
    }
}
