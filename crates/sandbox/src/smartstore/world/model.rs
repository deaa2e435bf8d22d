//! Orders, product orders and claims as SmartStore keeps them. All times are world time, to the millisecond, unless
//! they say otherwise.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::words::{
    Change, ClaimKind, ClaimStatus, GiftStatus, Method, PlaceStatus, RangeType, Status,
};
use crate::world::{Address, Discounts, Looks, Person};

/// One payment (주문).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Sixteen digits, the day first.
    pub id: i64,
    /// Index of the account that sells.
    pub account: u32,
    pub ordered_at: DateTime<Utc>,
    /// None until it is paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// Until when a transfer has to arrive.
    pub payment_due_at: Option<DateTime<Utc>>,
    pub orderer: Person,
    pub orderer_id: String,
    pub orderer_no: i64,
    /// The means of payment in Korean, as the channel reports it.
    pub payment_means: String,
    /// `PC` or `MOBILE`.
    pub location: String,
    pub membership: bool,
    /// What the recipient of a gift has done about it.
    pub gift: Option<GiftStatus>,
    pub note: Option<String>,
    pub product_orders: Vec<i64>,
}

/// One product or option in an order (상품주문): the unit of confirm, dispatch and claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProductOrder {
    /// Sixteen digits, the day first.
    pub id: i64,
    pub order_id: i64,
    pub account: u32,
    /// What ships together carries the same number (묶음배송번호).
    pub package: i64,
    /// Index of the good in the account's listings.
    pub listing: usize,
    pub origin_no: i64,
    pub option_id: Option<i64>,
    pub digital: bool,
    pub quantity: i64,
    /// What no claim has taken back.
    pub remaining: i64,
    /// Won, of one, without the option's surcharge.
    pub unit_price: i64,
    pub option_price: i64,
    /// Won, off the price of all pieces.
    #[serde(default)]
    pub discounts: Discounts,
    /// Won, on the first product order of a package.
    pub delivery_fee: i64,
    /// Won, for islands, on the first product order of a package.
    pub section_fee: i64,
    /// When lists begin to show it.
    pub visible_at: DateTime<Utc>,
    pub status: Status,
    pub place_status: PlaceStatus,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub due_at: DateTime<Utc>,
    pub delay: Option<Delay>,
    pub hope: Option<Hope>,
    /// None while the recipient of a gift has not accepted it.
    pub recipient: Option<Recipient>,
    pub address_changed: bool,
    pub gift_received_at: Option<DateTime<Utc>>,
    pub shipment: Option<Shipment>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The claim that runs, or the last one if it ended.
    pub claim: Option<Claim>,
    /// The exchange whose re-delivery a second claim was raised against.
    pub before: Option<Claim>,
    pub completed: Vec<Claim>,
    /// Its row in the changed feed: the newest last, and before it those that show until that one becomes visible.
    pub rows: Vec<Row>,
    /// The times that lists find it by, as they are sorted in.
    #[serde(skip)]
    pub indexed: Vec<(RangeType, DateTime<Utc>)>,
    /// What time alone will do with it, as it is sorted in.
    #[serde(skip)]
    pub staged: Vec<(Stage, DateTime<Utc>)>,
    /// Since when (real time) it should not be shipped: cancelled, or asked to be.
    #[serde(skip)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub looks: Looks,
}

impl ProductOrder {
    /// Won, for the goods.
    pub fn amount(&self) -> i64 {
        (self.unit_price + self.option_price) * self.quantity
    }

    /// Won, what the buyer pays for the goods.
    pub fn paid(&self) -> i64 {
        self.amount() - self.discounts.total()
    }

    /// Won, what the goods bring before commissions: Naver makes up for the discounts that it grants.
    pub fn sales(&self) -> i64 {
        self.amount() - self.discounts.by_seller()
    }

    pub fn running_claim(&self) -> Option<&Claim> {
        self.claim
            .as_ref()
            .filter(|claim| claim.status.is_running())
    }

    /// The feed row that shows at `now`.
    pub fn row_at(&self, now: DateTime<Utc>) -> Option<&Row> {
        self.rows.iter().rev().find(|row| row.visible_at <= now)
    }

    /// The time a list of this kind finds it by.
    pub fn time(&self, range: RangeType, order: &Order) -> Option<DateTime<Utc>> {
        let claim = self.claim.as_ref();
        match range {
            RangeType::Payed => order.paid_at,
            RangeType::Ordered => Some(order.ordered_at),
            RangeType::Dispatched => self.shipment.as_ref().map(|shipment| shipment.sent_at),
            RangeType::PurchaseDecided => self.decided_at,
            RangeType::ClaimRequested => claim.map(|claim| claim.requested_at),
            RangeType::ClaimCompleted => claim.and_then(|claim| claim.completed_at),
            RangeType::CollectCompleted => claim
                .and_then(|claim| claim.collect.as_ref())
                .and_then(|collect| collect.done_at),
            RangeType::GiftReceived => self.gift_received_at,
            RangeType::HopeDeliveryChanged => self.hope.as_ref().and_then(|hope| hope.changed_at),
        }
    }
}

/// What a product order waits for that time alone brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The payment.
    Unpaid,
    /// The recipient of a gift.
    Offered,
    /// The carrier on its way to the buyer.
    Travelling,
    /// The buyer's content.
    Arrived,
    /// Somebody who collects what goes back.
    ToCollect,
    /// The carrier on its way to the seller.
    Collecting,
    /// The carrier with what was exchanged.
    Redelivering,
    /// The refund of a return that is back and that the seller does not hold.
    ToRefund,
}

impl ProductOrder {
    /// What it waits for, and since when.
    pub fn stages(&self, order: &Order) -> Vec<(Stage, DateTime<Utc>)> {
        let mut stages = Vec::new();
        let running = self.running_claim();
        match self.status {
            Status::PaymentWaiting => stages.push((Stage::Unpaid, order.ordered_at)),
            Status::Payed if order.gift == Some(GiftStatus::WaitForReceiving) => {
                stages.extend(order.paid_at.map(|at| (Stage::Offered, at)));
            }
            Status::Delivering => {
                let sent = self.shipment.as_ref().map(|sent| sent.sent_at);
                stages.extend(sent.map(|at| (Stage::Travelling, at)));
            }
            Status::Delivered if running.is_none() => {
                let arrived = self.shipment.as_ref().and_then(|sent| sent.delivered_at);
                stages.extend(arrived.map(|at| (Stage::Arrived, at)));
            }
            _ => {}
        }
        if let Some(claim) = running {
            match claim.status {
                ClaimStatus::ReturnRequest | ClaimStatus::ExchangeRequest => {
                    stages.push((Stage::ToCollect, claim.requested_at));
                }
                ClaimStatus::Collecting => stages.push((Stage::Collecting, claim.requested_at)),
                ClaimStatus::CollectDone if claim.kind == ClaimKind::Return && !claim.is_held() => {
                    let back = claim.collect.as_ref().and_then(|collect| collect.done_at);
                    stages.extend(back.map(|at| (Stage::ToRefund, at)));
                }
                ClaimStatus::ExchangeRedelivering => {
                    let sent = claim.redelivery.as_ref().map(|sent| sent.sent_at);
                    stages.extend(sent.map(|at| (Stage::Redelivering, at)));
                }
                _ => {}
            }
        }
        stages
    }
}

/// Who the goods go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub person: Person,
    pub address: Address,
}

/// What left the seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub method: Method,
    pub company: Option<String>,
    pub number: Option<String>,
    /// When the seller said it left.
    pub dispatched_on: DateTime<Utc>,
    /// When the seller told so.
    pub sent_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// Why the goods leave later (발송지연).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    pub reason: String,
    pub detail: Option<String>,
}

/// When the buyer wants the goods (희망일배송).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hope {
    /// yyyyMMdd.
    pub day: String,
    /// HHmm.
    pub time: Option<String>,
    pub region: Option<String>,
    pub change_reason: Option<String>,
    pub changed_at: Option<DateTime<Utc>>,
}

/// A demand for cancellation, return or exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claim {
    pub id: i64,
    pub kind: ClaimKind,
    pub status: ClaimStatus,
    pub requested_at: DateTime<Utc>,
    pub by_seller: bool,
    pub reason: String,
    pub detail: Option<String>,
    pub quantity: i64,
    /// Where the product order goes back to when the claim is rejected or withdrawn.
    pub status_before: Status,
    pub approved_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// What the seller told the buyer on rejecting it.
    pub reject_reason: Option<String>,
    pub collect: Option<Collect>,
    pub holdback: Option<Holdback>,
    pub redelivery: Option<Shipment>,
}

impl Claim {
    /// The seller keeps the refund or the exchange back.
    pub fn is_held(&self) -> bool {
        self.holdback.as_ref().is_some_and(Holdback::holds)
    }
}

/// How the goods come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    pub method: Method,
    pub company: Option<String>,
    pub number: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

/// Why the seller keeps the refund or the exchange back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdback {
    pub class: String,
    pub detail: String,
    /// Won, demanded of the buyer.
    pub extra_fee: Option<i64>,
    pub set_at: DateTime<Utc>,
    pub released_at: Option<DateTime<Utc>>,
}

impl Holdback {
    pub fn holds(&self) -> bool {
        self.released_at.is_none()
    }
}

/// The row of a product order in the changed feed, as it was when the event happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub change: Change,
    pub at: DateTime<Utc>,
    /// When the feed begins to show it.
    pub visible_at: DateTime<Utc>,
    pub status: Status,
    pub claim: Option<(ClaimKind, ClaimStatus)>,
    pub address_changed: bool,
    pub gift: Option<GiftStatus>,
}
