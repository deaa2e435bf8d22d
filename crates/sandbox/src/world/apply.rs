//! How each fact changes the world. Nothing here can fail: refusals happen before a fact exists.

use chrono::{DateTime, Utc};

use super::message::Message;
use super::model::{Order, Parcel, ParcelStatus, Tracking};
use super::query::ReceiptGroup;
use super::receipt::{CompletedBy, Receipt, ReceiptStatus, Release};
use super::{Fact, PlannedDay, World};

impl World {
    /// Makes `fact` true; `at` is the real time it was recorded.
    pub fn apply(&mut self, at: DateTime<Utc>, fact: &Fact) {
        self.applying_at = at;
        match fact {
            Fact::OrderPlaced { order, parcels } => self.add_order(order, parcels),
            Fact::OrderVisible { order } => {
                if let Some(order) = self.orders.get(order) {
                    self.hidden.remove(&(order.visible_at, order.id));
                }
            }
            Fact::AddressChanged {
                order,
                receiver,
                address,
                note,
            } => {
                if let Some(order) = self.orders.get_mut(order) {
                    order.receiver = receiver.clone();
                    order.address = address.clone();
                    if let Some(note) = note {
                        order.note = Some(note.clone());
                    }
                    order.moves += 1;
                }
            }
            Fact::Acknowledged { parcel: id, at } => {
                if let Some(parcel) = self.parcel_mut(*id) {
                    parcel.acknowledged_at = Some(*at);
                }
                self.set_status(*id, ParcelStatus::Instruct);
            }
            Fact::Dispatched { upload } => self.dispatch(upload.parcel, &upload.tracking),
            Fact::Split {
                upload,
                from,
                parcel,
                planned,
            } => {
                self.split(*from, parcel, planned);
                self.dispatch(upload.parcel, &upload.tracking);
            }
            Fact::TrackingChanged { parcel, tracking } => self.dispatch(*parcel, tracking),
            Fact::InTransit { parcel, at } => self.scan(*parcel, *at),
            Fact::Delivered { parcel, at } => self.deliver(*parcel, *at),
            Fact::Cancelled { receipt } => {
                self.add_receipt(receipt);
                for item in &receipt.items {
                    self.change_line(item.parcel_id, item.vendor_item_id, item.count, 0);
                    self.settle(item.parcel_id, at);
                }
            }
            Fact::StopRequested { receipt } => {
                self.add_receipt(receipt);
                for item in &receipt.items {
                    self.change_line(item.parcel_id, item.vendor_item_id, 0, item.count);
                    self.settle(item.parcel_id, at);
                }
            }
            Fact::StopConfirmed { receipt, at: when } => self.stop(*receipt, *when, at),
            Fact::ShippedAnyway { receipt, tracking } => self.ship_anyway(*receipt, tracking, at),
            Fact::Return { event } => self.apply_return(at, event),
            Fact::Exchange { event } => self.apply_exchange(event),
            Fact::Inquiry { event } => self.apply_inquiry(event),
            Fact::Shelf {
                vendor_item_id,
                change,
            } => self.apply_shelf(*vendor_item_id, *change),
            Fact::PurchaseConfirmed { parcel, at } => {
                if let Some(parcel) = self.parcel_mut(*parcel) {
                    parcel.confirmed_at = Some(*at);
                }
            }
            Fact::SmartStore { fact } => self.smartstore.apply(&self.accounts, at, fact),
            Fact::MessageAccepted { message } => self.add_message(message),
            Fact::Key { account, event } => self.apply_key(*account, *event),
            Fact::ClockMoved { offset_seconds } => self.clock_offset_seconds = *offset_seconds,
            Fact::DispatchRefused { .. }
            | Fact::MessageRefused { .. }
            | Fact::SlackPosted { .. }
            | Fact::SlackThrottled { .. }
            | Fact::QuotaViolation { .. }
            | Fact::ShutOut { .. }
            | Fact::BadSignature { .. }
            | Fact::Call { .. } => {}
        }
    }

    fn add_order(&mut self, order: &Order, parcels: &[Parcel]) {
        for parcel in parcels {
            self.add_parcel(parcel.clone());
        }
        self.take_from_shelves(parcels);
        self.hidden.insert((order.visible_at, order.id));
        self.order_sequence.push(order.id);
        self.orders.insert(order.id, order.clone());
    }

    fn add_parcel(&mut self, parcel: Parcel) {
        let place = self.parcels.len();
        self.parcel_places.insert(parcel.id, place);
        self.sheets
            .insert((parcel.account, parcel.status, parcel.created_at, place));
        self.parcels.push(parcel);
    }

    /// Moves the lines of `leaving` out of the parcel `from`.
    fn split(&mut self, from: i64, leaving: &Parcel, planned: &[PlannedDay]) {
        self.splits += 1;
        if let Some(parcel) = self.parcel_mut(from) {
            parcel.split = true;
            parcel.lines.retain(|line| {
                !leaving
                    .lines
                    .iter()
                    .any(|gone| gone.vendor_item_id == line.vendor_item_id)
            });
            for line in &mut parcel.lines {
                let plan = planned
                    .iter()
                    .find(|plan| plan.vendor_item_id == line.vendor_item_id);
                line.planned_day = plan.map(|plan| plan.day).or(line.planned_day);
            }
        }
        if let Some(order) = self.orders.get_mut(&leaving.order_id) {
            order.parcel_ids.push(leaving.id);
        }
        let looks = self
            .parcel(from)
            .map(|parcel| parcel.looks)
            .unwrap_or_default();
        self.add_parcel(Parcel {
            looks,
            ..leaving.clone()
        });
    }

    fn set_status(&mut self, parcel_id: i64, status: ParcelStatus) {
        let Some(place) = self.parcel_places.get(&parcel_id).copied() else {
            return;
        };
        self.remember(place);
        let Some(parcel) = self.parcels.get_mut(place) else {
            return;
        };
        let earlier = std::mem::replace(&mut parcel.status, status);
        self.sheets
            .remove(&(parcel.account, earlier, parcel.created_at, place));
        self.sheets
            .insert((parcel.account, status, parcel.created_at, place));
        if let Some(tracking) = &parcel.tracking {
            self.travelling
                .remove(&(earlier, tracking.uploaded_at, place));
            if matches!(status, ParcelStatus::Departure | ParcelStatus::Delivering) {
                self.travelling
                    .insert((status, tracking.uploaded_at, place));
            }
        }
    }

    fn dispatch(&mut self, parcel_id: i64, tracking: &Tracking) {
        let Some(place) = self.parcel_places.get(&parcel_id).copied() else {
            return;
        };
        self.remember(place);
        let Some(parcel) = self.parcels.get_mut(place) else {
            return;
        };
        let account = parcel.account;
        if let Some(earlier) = parcel.tracking.replace(tracking.clone()) {
            self.travelling
                .remove(&(parcel.status, earlier.uploaded_at, place));
            let key = (account, earlier.carrier, earlier.number);
            if let Some(parcels) = self.numbers.get_mut(&key) {
                parcels.retain(|id| *id != parcel_id);
            }
        }
        let key = (account, tracking.carrier.clone(), tracking.number.clone());
        self.numbers.entry(key).or_default().push(parcel_id);
        let direct = tracking.carrier == "DIRECT";
        self.set_status(
            parcel_id,
            if direct {
                ParcelStatus::NoneTracking
            } else {
                ParcelStatus::Departure
            },
        );
    }

    fn scan(&mut self, parcel_id: i64, at: DateTime<Utc>) {
        if let Some(tracking) = self
            .parcel_mut(parcel_id)
            .and_then(|parcel| parcel.tracking.as_mut())
        {
            tracking.in_transit_at = Some(at);
        }
        self.set_status(parcel_id, ParcelStatus::Delivering);
        self.answer_stops_by_scan(parcel_id, at);
    }

    /// A parcel that the carrier has cannot be stopped: what was asked to stop becomes a return.
    fn answer_stops_by_scan(&mut self, parcel_id: i64, at: DateTime<Utc>) {
        let Some(order_id) = self.parcel(parcel_id).map(|parcel| parcel.order_id) else {
            return;
        };
        let open: Vec<i64> = self
            .receipts_of_order(order_id)
            .filter(|receipt| receipt.status == ReceiptStatus::ReleaseStopUnchecked)
            .filter(|receipt| receipt.items.iter().any(|item| item.parcel_id == parcel_id))
            .map(|receipt| receipt.id)
            .collect();
        for id in open {
            let changed = self.change_receipt(id, |receipt| {
                receipt.status = ReceiptStatus::ReturnsUnchecked;
                receipt.release = Release::AlreadyShipped;
                receipt.scanned = true;
                receipt.modified_at = at;
            });
            for item in changed.iter().flat_map(|receipt| &receipt.items) {
                self.change_line(item.parcel_id, item.vendor_item_id, 0, -item.count);
                self.settle(item.parcel_id, at);
            }
        }
    }

    fn deliver(&mut self, parcel_id: i64, at: DateTime<Utc>) {
        if let Some(tracking) = self
            .parcel_mut(parcel_id)
            .and_then(|parcel| parcel.tracking.as_mut())
        {
            tracking.in_transit_at.get_or_insert(at);
            tracking.delivered_at = Some(at);
        }
        self.set_status(parcel_id, ParcelStatus::FinalDelivery);
    }

    pub(super) fn add_receipt(&mut self, receipt: &Receipt) {
        self.receipt_groups.insert((
            receipt.account,
            ReceiptGroup::of(receipt),
            receipt.created_at,
            receipt.id,
        ));
        self.receipts_of_order
            .entry(receipt.order_id)
            .or_default()
            .push(receipt.id);
        self.receipts.insert(receipt.id, receipt.clone());
    }

    pub(super) fn change_line(
        &mut self,
        parcel_id: i64,
        vendor_item_id: i64,
        cancelled: i64,
        held: i64,
    ) {
        let Some(parcel) = self.parcel_mut(parcel_id) else {
            return;
        };
        if let Some(line) = parcel
            .lines
            .iter_mut()
            .find(|line| line.vendor_item_id == vendor_item_id)
        {
            line.cancelled += cancelled;
            line.held += held;
        }
    }

    /// Draws the conclusions of changed quantities: a parcel without goods is gone, a held one should not be shipped.
    pub(super) fn settle(&mut self, parcel_id: i64, at: DateTime<Utc>) {
        let Some(parcel) = self.parcel_mut(parcel_id) else {
            return;
        };
        let gone = parcel
            .lines
            .iter()
            .all(|line| line.cancelled >= line.quantity);
        let held = parcel.lines.iter().any(|line| line.held > 0);
        parcel.withdrawn_at = if gone || held {
            parcel.withdrawn_at.or(Some(at))
        } else {
            None
        };
        if gone {
            self.set_status(parcel_id, ParcelStatus::Cancelled);
        }
    }

    pub(super) fn change_receipt(
        &mut self,
        id: i64,
        change: impl FnOnce(&mut Receipt),
    ) -> Option<Receipt> {
        let receipt = self.receipts.get_mut(&id)?;
        let (account, created_at) = (receipt.account, receipt.created_at);
        self.receipt_groups
            .remove(&(account, ReceiptGroup::of(receipt), created_at, id));
        change(receipt);
        self.receipt_groups
            .insert((account, ReceiptGroup::of(receipt), created_at, id));
        Some(receipt.clone())
    }

    fn stop(&mut self, receipt_id: i64, when: DateTime<Utc>, at: DateTime<Utc>) {
        let changed = self.change_receipt(receipt_id, |receipt| {
            receipt.status = ReceiptStatus::ReturnsCompleted;
            receipt.release = Release::Stopped;
            receipt.completed_by = CompletedBy::Vendor;
            receipt.modified_at = when;
        });
        for item in changed.iter().flat_map(|receipt| &receipt.items) {
            self.change_line(item.parcel_id, item.vendor_item_id, item.count, -item.count);
            self.settle(item.parcel_id, at);
        }
    }

    fn ship_anyway(&mut self, receipt_id: i64, tracking: &Tracking, at: DateTime<Utc>) {
        let changed = self.change_receipt(receipt_id, |receipt| {
            receipt.status = ReceiptStatus::ReturnsUnchecked;
            receipt.release = Release::AlreadyShipped;
            receipt.modified_at = tracking.uploaded_at;
            receipt.tracking = Some((tracking.carrier.clone(), tracking.number.clone()));
        });
        for item in changed.iter().flat_map(|receipt| &receipt.items) {
            self.change_line(item.parcel_id, item.vendor_item_id, 0, -item.count);
            self.settle(item.parcel_id, at);
            if self
                .parcel(item.parcel_id)
                .is_some_and(|parcel| parcel.status == ParcelStatus::Instruct)
            {
                self.dispatch(item.parcel_id, tracking);
            }
        }
    }

    fn add_message(&mut self, message: &Message) {
        let place = self.messages.len();
        self.message_places.insert(message.id.clone(), place);
        self.messages_to
            .entry(message.to.clone())
            .or_default()
            .push(place);
        self.messages_of_group
            .entry(message.group_id.clone())
            .or_default()
            .push(place);
        *self.spent.entry(message.account).or_default() += message.price;
        self.messages.push(message.clone());
    }
}
