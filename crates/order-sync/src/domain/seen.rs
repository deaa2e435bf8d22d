//! A fact together with the read that showed it.

use chrono::{DateTime, Utc};

/// A value as a channel showed it, and when that read was sent. Absent while no read showed one.
///
/// Absorbing is commutative, associative and idempotent: the order in which reads are stored does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen<T> {
    pub(crate) value: Option<T>,
    pub(crate) at: DateTime<Utc>,
}

impl<T: Ord + Clone> Seen<T> {
    /// An absent value has no time of its own, so that equal facts compare equal.
    pub(crate) fn new(value: Option<T>, at: DateTime<Utc>) -> Self {
        let at = if value.is_some() {
            at
        } else {
            DateTime::UNIX_EPOCH
        };
        Self { value, at }
    }

    /// Takes over what a newer read shows. Nothing never overwrites something; of two values read at the same moment
    /// the greater stays, whichever was stored first.
    pub(crate) fn absorb(&mut self, other: &Self) {
        let Some(theirs) = &other.value else { return };
        let takes_over = match &self.value {
            None => true,
            Some(ours) => (other.at, theirs) > (self.at, ours),
        };
        if takes_over {
            *self = other.clone();
        }
    }
}

/// A struct of [`Seen`] fields with what all of them have in common.
macro_rules! facts {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $field: crate::domain::seen::Seen<$type>,)+
        }

        impl $name {
            /// Takes over what `other` knows newer.
            pub(crate) fn absorb(&mut self, other: &Self) {
                $(self.$field.absorb(&other.$field);)+
            }

            /// Whether both say the same, whenever it was read.
            pub(crate) fn agrees_with(&self, other: &Self) -> bool {
                true $(&& self.$field.value == other.$field.value)+
            }

            /// When each fact was read, in the order of the fields.
            pub(crate) fn times(&self) -> Vec<chrono::DateTime<chrono::Utc>> {
                vec![$(self.$field.at),+]
            }

            /// The newest of those.
            pub(crate) fn read_at(&self) -> chrono::DateTime<chrono::Utc> {
                chrono::DateTime::UNIX_EPOCH$(.max(self.$field.at))+
            }

            /// The times of facts that are older than [`Self::read_at`], in the order of the fields; empty when
            /// one read showed everything, which is nearly always.
            pub(crate) fn older_times(&self) -> Vec<chrono::DateTime<chrono::Utc>> {
                let newest = self.read_at();
                let one_read = true $(&& (self.$field.value.is_none() || self.$field.at == newest))+;
                if one_read { Vec::new() } else { self.times() }
            }

            /// Puts back what [`Self::older_times`] gave. Fields are only ever added at the end: an older version's list is
            /// shorter, and what it does not know has no value yet.
            pub(crate) fn with_older_times(mut self, times: &[chrono::DateTime<chrono::Utc>]) -> Self {
                let mut times = times.iter();
                $(if let Some(at) = times.next() { self.$field.at = *at; })+
                self
            }
        }
    };
}
pub(crate) use facts;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen() -> impl Strategy<Value = Seen<u8>> {
        (any::<Option<u8>>(), 0_i64..4).prop_map(|(value, second)| {
            Seen::new(value, DateTime::from_timestamp(second, 0).unwrap())
        })
    }

    fn joined(mut a: Seen<u8>, b: &Seen<u8>) -> Seen<u8> {
        a.absorb(b);
        a
    }

    proptest! {
        #[test]
        fn the_order_of_reads_does_not_matter(a in seen(), b in seen(), c in seen()) {
            prop_assert_eq!(joined(a.clone(), &b), joined(b.clone(), &a));
            prop_assert_eq!(joined(joined(a.clone(), &b), &c), joined(a.clone(), &joined(b, &c)));
            prop_assert_eq!(joined(a.clone(), &a), a);
        }
    }

    #[test]
    fn nothing_never_overwrites_something() {
        let mut tracking = Seen::new(Some("1234"), DateTime::from_timestamp(1, 0).unwrap());
        tracking.absorb(&Seen::new(None, DateTime::from_timestamp(2, 0).unwrap()));
        assert_eq!(tracking.value, Some("1234"));
    }
}
