//! How each fact changes SmartStore. Nothing here can fail: refusals happen before a fact exists.

use chrono::{DateTime, Utc};

use super::fact::{SmartFact, What};
use super::model::{Claim, Order, ProductOrder, Row, Shipment};
use super::words::{Change, ClaimKind, ClaimStatus, GiftStatus, PlaceStatus, RangeType, Status};
use super::{Product, SmartStore, Token};
use crate::world::Account;

impl SmartStore {
    /// Makes `fact` true; `real` is the real time it was recorded.
    pub fn apply(&mut self, accounts: &[Account], real: DateTime<Utc>, fact: &SmartFact) {
        let at = fact.at;
        match &fact.what {
            What::Placed {
                order,
                product_orders,
            } => self.add_order(accounts, order, product_orders, fact),
            What::Paid { order } => self.pay(accounts, *order, fact),
            What::NotPaid { order, .. } => self.each_part(*order, |product_order| {
                product_order.status = Status::CanceledByNoPayment;
                product_order.remaining = 0;
            }),
            What::Confirmed { product_order } => self.change(*product_order, |product_order| {
                product_order.place_status = PlaceStatus::Ok;
                product_order.confirmed_at = Some(at);
            }),
            What::Dispatched { upload, shipment } => self.dispatch(upload.parcel, shipment, fact),
            What::Delayed {
                product_order,
                due_at,
                delay,
            } => self.change(*product_order, |product_order| {
                product_order.due_at = *due_at;
                product_order.delay = Some(delay.clone());
            }),
            What::HopeChanged {
                product_order,
                hope,
            } => self.change(*product_order, |product_order| {
                product_order.hope = Some(hope.clone());
                push_row(product_order, None, Change::HopeDeliveryInfoChanged, fact);
            }),
            What::AddressChanged { order, recipient } => {
                self.each_part(*order, |product_order| {
                    product_order.recipient = Some(recipient.clone());
                    product_order.address_changed = true;
                    push_row(product_order, None, Change::DeliveryAddressChanged, fact);
                });
            }
            What::GiftAccepted { order, recipient } => {
                if let Some(order) = self.orders.get_mut(order) {
                    order.gift = Some(GiftStatus::Received);
                }
                self.each_part(*order, |product_order| {
                    if product_order.status != Status::Payed {
                        return;
                    }
                    product_order.recipient = Some(recipient.clone());
                    product_order.gift_received_at = Some(at);
                    let gift = Some(GiftStatus::Received);
                    push_row(product_order, gift, Change::GiftReceived, fact);
                });
            }
            What::Claimed {
                product_order,
                claim,
                status,
                change,
            } => self.claim(
                accounts,
                *product_order,
                claim,
                *status,
                *change,
                (real, fact),
            ),
            What::ClaimWithdrawn { product_order } => self.change(*product_order, |row| {
                if let Some(claim) = row.claim.take() {
                    row.status = claim.status_before;
                    row.completed.push(claim);
                }
                row.withdrawn_at = None;
                push_row(row, None, Change::ClaimRejected, fact);
            }),
            What::Delivered { product_order } => self.deliver(*product_order, at),
            What::PurchaseDecided { product_order } => self.change(*product_order, |row| {
                row.status = Status::PurchaseDecided;
                row.decided_at = Some(at);
                push_row(row, None, Change::PurchaseDecided, fact);
            }),
            What::QuestionAsked { question } => {
                self.questions.insert(question.id, question.clone());
            }
            What::QuestionAnswered { question, text } => {
                if let Some(question) = self.questions.get_mut(question) {
                    question.answer = Some(text.clone());
                }
            }
            What::InquiryAsked { inquiry } => {
                self.inquiries.insert(inquiry.id, inquiry.clone());
            }
            What::InquiryAnswered { inquiry, answer } => {
                if let Some(inquiry) = self.inquiries.get_mut(inquiry) {
                    inquiry.answer = Some(answer.clone());
                }
            }
            What::ProductWritten { product } => {
                self.goods
                    .insert(product.origin_no, Product::clone(product));
            }
            What::TokenIssued {
                account,
                for_seller,
                token,
                expires_at,
            } => {
                let key = (*account, *for_seller);
                self.newest_tokens.insert(key, token.clone());
                let known = Token {
                    account: *account,
                    expires_at: *expires_at,
                };
                self.tokens.insert(token.clone(), known);
            }
            What::TokensRevoked => {
                for token in self.tokens.values_mut() {
                    token.expires_at = token.expires_at.min(real);
                }
            }
            What::NonStandardTokenCall { account, .. } => {
                self.penalties.insert(*account, real);
            }
            What::PenaltiesLifted => self.penalties.clear(),
            What::DispatchRefused { .. } | What::DispatchRepeated { .. } => {}
        }
    }

    fn add_order(
        &mut self,
        accounts: &[Account],
        order: &Order,
        product_orders: &[ProductOrder],
        fact: &SmartFact,
    ) {
        self.order_sequence.push(order.id);
        self.orders.insert(order.id, order.clone());
        for product_order in product_orders {
            self.product_orders
                .insert(product_order.id, product_order.clone());
            let change = if order.paid_at.is_some() {
                self.take_stock(accounts, product_order.id, product_order.quantity);
                Change::Payed
            } else {
                Change::PayWaiting
            };
            self.change(product_order.id, |row| {
                push_row(row, order.gift, change, fact)
            });
        }
    }

    fn pay(&mut self, accounts: &[Account], order_id: i64, fact: &SmartFact) {
        let Some(order) = self.orders.get_mut(&order_id) else {
            return;
        };
        order.paid_at = Some(fact.at);
        let (parts, gift) = (order.product_orders.clone(), order.gift);
        for id in parts {
            let quantity = self.product_orders.get(&id).map_or(0, |row| row.quantity);
            self.take_stock(accounts, id, quantity);
            self.change(id, |row| {
                row.status = Status::Payed;
                push_row(row, gift, Change::Payed, fact);
            });
        }
    }

    fn dispatch(&mut self, id: i64, shipment: &Shipment, fact: &SmartFact) {
        self.change(id, |row| {
            row.status = Status::Delivering;
            row.shipment = Some(shipment.clone());
            row.withdrawn_at = None;
            push_row(row, None, Change::Dispatched, fact);
        });
        let account = self.product_orders.get(&id).map(|row| row.account);
        if let (Some(account), Some(company), Some(number)) =
            (account, &shipment.company, &shipment.number)
        {
            let key = (account, company.clone(), number.clone());
            self.numbers.entry(key).or_default().push(id);
        }
    }

    /// Arrival shows in the detail only: it is no event of the feed.
    fn deliver(&mut self, id: i64, at: DateTime<Utc>) {
        self.change(id, |row| {
            if let Some(shipment) = &mut row.shipment {
                shipment.delivered_at = Some(at);
            }
            if row.status == Status::Delivering {
                row.status = Status::Delivered;
            }
        });
    }

    fn claim(
        &mut self,
        accounts: &[Account],
        id: i64,
        claim: &Claim,
        status: Status,
        change: Option<Change>,
        (real, fact): (DateTime<Utc>, &SmartFact),
    ) {
        let mut gone = 0;
        let mut new = false;
        self.change(id, |row| {
            match row.claim.take() {
                Some(earlier) if earlier.id == claim.id => {}
                Some(earlier) => {
                    new = true;
                    // A second claim on an exchange that is being delivered again does not end the first.
                    if earlier.status == ClaimStatus::ExchangeRedelivering {
                        row.before = Some(earlier);
                    } else {
                        row.completed.push(earlier);
                    }
                }
                None => new = true,
            }
            row.claim = Some(claim.clone());
            row.status = status;
            if matches!(
                claim.status,
                ClaimStatus::CancelDone | ClaimStatus::ReturnDone
            ) {
                gone = claim.quantity;
                row.remaining = (row.remaining - gone).max(0);
            }
            row.withdrawn_at = match (claim.kind, claim.status) {
                (ClaimKind::Cancel, ClaimStatus::CancelReject) => None,
                (ClaimKind::Cancel, ClaimStatus::CancelDone) if row.remaining > 0 => None,
                (ClaimKind::Cancel, _) => row.withdrawn_at.or(Some(real)),
                _ => row.withdrawn_at,
            };
            if let Some(change) = change {
                push_row(row, None, change, fact);
            }
        });
        self.claims += u64::from(new);
        // Goods that never left are for sale again.
        if gone > 0 && claim.status == ClaimStatus::CancelDone {
            self.take_stock(accounts, id, -gone);
        }
    }

    fn take_stock(&mut self, accounts: &[Account], id: i64, quantity: i64) {
        let Some(product_order) = self.product_orders.get(&id) else {
            return;
        };
        let (origin_no, option_id) = (product_order.origin_no, product_order.option_id);
        if let Some(mut product) = self.product(accounts, origin_no) {
            product.take(option_id, quantity);
            self.goods.insert(origin_no, product);
        }
    }

    fn each_part(&mut self, order_id: i64, mut change: impl FnMut(&mut ProductOrder)) {
        let parts = self
            .orders
            .get(&order_id)
            .map(|order| order.product_orders.clone());
        for id in parts.into_iter().flatten() {
            self.change(id, &mut change);
        }
    }

    /// Changes a product order and moves it in the ordered sets.
    fn change(&mut self, id: i64, change: impl FnOnce(&mut ProductOrder)) {
        let Some(row) = self.product_orders.get_mut(&id) else {
            return;
        };
        let Some(order) = self.orders.get(&row.order_id) else {
            return;
        };
        let account = row.account;
        for old in &row.rows {
            self.feed.remove(&(account, old.at, id));
        }
        change(row);
        for new in &row.rows {
            self.feed.insert((account, new.at, id));
        }
        let stages = row.stages(order);
        if stages != row.staged {
            for (stage, since) in &row.staged {
                self.stages.remove(&(*stage, *since, id));
            }
            for (stage, since) in &stages {
                self.stages.insert((*stage, *since, id));
            }
            row.staged = stages;
        }
        // What a payment or a first entry changes is the order, so earlier times are not told by a comparison.
        for range in RangeType::ALL {
            let time = row.time(range, order);
            let known = row.indexed.iter().position(|(known, _)| *known == range);
            let earlier = known
                .and_then(|place| row.indexed.get(place))
                .map(|(_, at)| *at);
            if time == earlier {
                continue;
            }
            if let Some(place) = known {
                row.indexed.remove(place);
            }
            if let Some(at) = earlier {
                self.times.remove(&(account, range, at, id));
            }
            if let Some(at) = time {
                row.indexed.push((range, at));
                self.times.insert((account, range, at, id));
            }
        }
    }
}

/// Rewrites the row of a product order. The one before is kept only as long as the new one does not show.
fn push_row(row: &mut ProductOrder, gift: Option<GiftStatus>, change: Change, fact: &SmartFact) {
    let gift = gift.or_else(|| row.rows.last().and_then(|row| row.gift));
    if let Some(showing) = row.rows.iter().rposition(|row| row.visible_at <= fact.at) {
        row.rows.drain(..showing);
    }
    if fact.visible_at <= fact.at {
        row.rows.clear();
    }
    row.rows.push(Row {
        change,
        at: fact.at,
        visible_at: fact.visible_at,
        status: row.status,
        claim: row.claim.as_ref().map(|claim| (claim.kind, claim.status)),
        address_changed: row.address_changed,
        gift,
    });
}
