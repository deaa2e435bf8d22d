//! The order in which entries of a timeline are told, and which of them say the same.
//!
//! Facts come from several services, each with its own clock and some with a channel's, which knows whole seconds only. So
//! inside one second the life of an order decides what stands first. Two services that tell of one fact make one entry.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::timeline::{Params, TimelineKind};

/// An entry as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: TimelineKind,
    /// Filled into its words.
    pub params: Params,
}

impl Entry {
    fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The parcel it is about, as people know it.
    fn parcel(&self) -> (String, String) {
        let of = |name| self.param(name).to_owned();
        (of("carrier"), of("tracking_number"))
    }
}

/// The entries as a person reads them, oldest first. Times are those that were stored, but for less than a second.
pub fn tell(mut entries: Vec<Entry>) -> Vec<Entry> {
    join_acknowledgements(&mut entries);
    join_dispatches(&mut entries);
    join_links(&mut entries);
    entries.sort_by_key(|entry| (entry.at.timestamp(), place(entry.kind), entry.at));
    let mut told = without_repeats(entries);
    let mut latest = None;
    for entry in &mut told {
        let at = latest.map_or(entry.at, |latest: DateTime<Utc>| latest.max(entry.at));
        entry.at = at;
        latest = Some(at);
    }
    told
}

/// The channel took our acknowledgement of each parcel, and later shows the order as acknowledged: that is one fact, which
/// was true since the last parcel was taken.
fn join_acknowledgements(entries: &mut Vec<Entry>) {
    let taken = entries
        .iter()
        .filter(|entry| entry.kind == TimelineKind::ParcelAcknowledged);
    let Some(last) = taken.map(|entry| entry.at).max() else {
        return;
    };
    let shown = entries
        .iter_mut()
        .find(|entry| entry.kind == TimelineKind::OrderAcknowledged);
    if let Some(shown) = shown {
        shown.at = shown.at.min(last);
        entries.retain(|entry| entry.kind != TimelineKind::ParcelAcknowledged);
    }
}

/// A shipment has left when the channel took its number for each parcel.
fn join_dispatches(entries: &mut Vec<Entry>) {
    let left: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == TimelineKind::ShipmentDispatched)
        .map(Entry::parcel)
        .collect();
    entries.retain(|entry| {
        entry.kind != TimelineKind::ParcelDispatched || !left.contains(&entry.parcel())
    });
}

/// A link counts as sent when its message arrived; the message says by which means.
fn join_links(entries: &mut Vec<Entry>) {
    let arrived = entries.iter().filter(|entry| {
        entry.kind == TimelineKind::MessageDelivered && entry.param("template") == "activation_link"
    });
    let mut arrived = arrived.count();
    entries.retain(|entry| {
        if entry.kind != TimelineKind::EntitlementLinkSent || arrived == 0 {
            return true;
        }
        arrived -= 1;
        false
    });
}

/// The same said twice in one second (a claim on two lines), or said again of a parcel that did not move (a new version of
/// a held shipment), is said once.
fn without_repeats(entries: Vec<Entry>) -> Vec<Entry> {
    let mut told: Vec<Entry> = Vec::with_capacity(entries.len());
    let mut of_parcel: HashMap<(String, String), usize> = HashMap::new();
    for entry in entries {
        let says_the_same =
            |other: &Entry| other.kind == entry.kind && other.params == entry.params;
        let in_this_second = told
            .iter()
            .rev()
            .take_while(|other| other.at.timestamp() == entry.at.timestamp());
        let moves = moves_a_parcel(entry.kind);
        let before = of_parcel.get(&entry.parcel()).and_then(|at| told.get(*at));
        if in_this_second.into_iter().any(says_the_same)
            || (moves && before.is_some_and(says_the_same))
        {
            continue;
        }
        if moves {
            of_parcel.insert(entry.parcel(), told.len());
        }
        told.push(entry);
    }
    told
}

const fn moves_a_parcel(kind: TimelineKind) -> bool {
    matches!(
        kind,
        TimelineKind::ShipmentCreated
            | TimelineKind::ShipmentDispatching
            | TimelineKind::ShipmentHeld
            | TimelineKind::ReceiverChanged
            | TimelineKind::ShipmentDispatched
            | TimelineKind::ShipmentCancelled
    )
}

/// Where a kind stands in the life of an order. Kinds that may follow each other either way share a place.
const fn place(kind: TimelineKind) -> u8 {
    match kind {
        TimelineKind::OrderPlaced => 0,
        TimelineKind::OrderCollected => 1,
        TimelineKind::ClaimRequested => 2,
        TimelineKind::ParcelAcknowledged => 3,
        TimelineKind::OrderAcknowledged => 4,
        TimelineKind::EntitlementGranted => 5,
        TimelineKind::MessageAccepted => 6,
        TimelineKind::MessageDelivered | TimelineKind::MessageFailed => 7,
        TimelineKind::EntitlementLinkSent => 8,
        TimelineKind::EntitlementActivated => 9,
        TimelineKind::ShipmentCreated => 10,
        TimelineKind::ShipmentDispatching
        | TimelineKind::ShipmentHeld
        | TimelineKind::ReceiverChanged => 11,
        TimelineKind::ParcelDispatched => 12,
        TimelineKind::ShipmentDispatched | TimelineKind::ShipmentCancelled => 13,
        TimelineKind::OrderPartiallyDispatched => 14,
        TimelineKind::OrderDispatched => 15,
        TimelineKind::OrderDelivered => 16,
        TimelineKind::OrderConfirmed => 17,
        TimelineKind::ClaimCompleted | TimelineKind::ClaimWithdrawn => 18,
        TimelineKind::OrderCancelled | TimelineKind::OrderReturned => 19,
        TimelineKind::EntitlementRevoked => 20,
        TimelineKind::ContactRevealed => 21,
        TimelineKind::ContactErased => 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_764_000_000_000 + millis).unwrap()
    }

    fn entry(millis: i64, kind: TimelineKind, params: &[(&str, &str)]) -> Entry {
        let params = params.iter();
        Entry {
            at: at(millis),
            kind,
            params: params
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    fn kinds(told: &[Entry]) -> Vec<TimelineKind> {
        told.iter().map(|entry| entry.kind).collect()
    }

    #[test]
    fn inside_a_second_the_life_of_an_order_decides_and_times_do_not_run_back() {
        let told = tell(vec![
            entry(700, TimelineKind::OrderCollected, &[]),
            entry(1400, TimelineKind::OrderDispatched, &[]),
            // A channel's time knows whole seconds.
            entry(0, TimelineKind::ClaimRequested, &[]),
            entry(900, TimelineKind::OrderPlaced, &[]),
        ]);
        assert_eq!(
            kinds(&told),
            [
                TimelineKind::OrderPlaced,
                TimelineKind::OrderCollected,
                TimelineKind::ClaimRequested,
                TimelineKind::OrderDispatched
            ]
        );
        assert!(told.is_sorted_by_key(|entry| entry.at));
        assert_eq!(told[3].at, at(1400));
    }

    #[test]
    fn a_number_that_the_channel_took_is_told_with_the_shipment_that_left() {
        let number = [("carrier", "HANJIN"), ("tracking_number", "1")];
        let other = [("carrier", "HANJIN"), ("tracking_number", "2")];
        let left = entry(2000, TimelineKind::ShipmentDispatched, &number);
        let told = tell(vec![
            entry(1000, TimelineKind::ParcelDispatched, &number),
            entry(1500, TimelineKind::ParcelDispatched, &other),
            left.clone(),
        ]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[1], left);
    }

    #[test]
    fn an_acknowledgement_is_told_once_at_the_time_when_the_channel_took_it() {
        let parcel = |millis| entry(millis, TimelineKind::ParcelAcknowledged, &[]);
        assert_eq!(tell(vec![parcel(0), parcel(3000)]).len(), 2);
        let shown = entry(9000, TimelineKind::OrderAcknowledged, &[]);
        let told = tell(vec![parcel(0), parcel(3000), shown]);
        assert_eq!(kinds(&told), [TimelineKind::OrderAcknowledged]);
        assert_eq!(told[0].at, at(3000));
    }

    #[test]
    fn a_link_is_told_by_the_message_that_brought_it_unless_there_is_none() {
        let sent = |millis| entry(millis, TimelineKind::EntitlementLinkSent, &[]);
        let template = [("template", "activation_link")];
        let arrived = entry(0, TimelineKind::MessageDelivered, &template);
        let told = tell(vec![arrived, sent(100), sent(5000)]);
        assert_eq!(
            kinds(&told),
            [
                TimelineKind::MessageDelivered,
                TimelineKind::EntitlementLinkSent
            ]
        );
    }

    #[test]
    fn a_shipment_that_stays_held_is_told_once_and_one_that_is_held_again_twice() {
        let held = |millis| {
            entry(
                millis,
                TimelineKind::ShipmentHeld,
                &[("reason", "LINE_HELD")],
            )
        };
        let tried = entry(4000, TimelineKind::ShipmentDispatching, &[]);
        let told = tell(vec![held(0), held(2000), tried, held(6000)]);
        assert_eq!(
            kinds(&told),
            [
                TimelineKind::ShipmentHeld,
                TimelineKind::ShipmentDispatching,
                TimelineKind::ShipmentHeld
            ]
        );
    }

    #[test]
    fn one_demand_on_two_lines_is_told_once() {
        let asked = |millis| entry(millis, TimelineKind::ClaimRequested, &[("claim", "CANCEL")]);
        assert_eq!(tell(vec![asked(0), asked(0), asked(60_000)]).len(), 2);
    }
}
