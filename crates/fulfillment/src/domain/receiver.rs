//! Whom an order is for, without saying who that is.

/// Keyed hashes as channel-proxy makes them; empty where the channel shows nothing, masks it, or it was erased.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiverMark {
    /// Of postcode and address.
    pub place: Vec<u8>,
    /// Of the name.
    pub name: Vec<u8>,
}

/// A receiver: the contact it stands in, and its mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receiver {
    /// order-sync's version of the contact; raised also by changes that make no other receiver.
    pub contact_version: i64,
    /// By which another receiver shows.
    pub mark: ReceiverMark,
}

impl Receiver {
    /// Whether both show a part that differs. What is not shown says nothing.
    pub fn is_another_than(&self, other: &Self) -> bool {
        let differ = |a: &[u8], b: &[u8]| !a.is_empty() && !b.is_empty() && a != b;
        differ(&self.mark.place, &other.mark.place) || differ(&self.mark.name, &other.mark.name)
    }

    /// The same contact, nothing of which is compared: what leaves by a link goes to no place.
    pub fn unmarked(&self) -> Self {
        Self {
            contact_version: self.contact_version,
            mark: ReceiverMark::default(),
        }
    }
}
