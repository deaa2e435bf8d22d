//! What can happen at SmartStore.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::goods::Product;
use super::inquiry::{Inquiry, InquiryAnswer, Question};
use super::model::{Claim, Delay, Hope, Order, ProductOrder, Recipient, Shipment};
use super::words::{Change, Status};
use crate::smartstore::rules::Rules;
use crate::world::{Fact, Upload};

/// One thing that happened, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SmartFact {
    /// World time, to the millisecond.
    pub at: DateTime<Utc>,
    /// When the changed feed begins to show it, if it moves a row.
    pub visible_at: DateTime<Utc>,
    #[serde(flatten)]
    pub what: What,
}

impl SmartFact {
    /// Something that happened at `now`, and shows at once.
    pub fn of(now: DateTime<Utc>, what: What) -> Fact {
        let at = Self::moment(now);
        Fact::SmartStore {
            fact: Box::new(Self {
                at,
                visible_at: at,
                what,
            }),
        }
    }

    /// A time as fine as the wire shows it, so that what was read can be asked for again.
    pub fn moment(now: DateTime<Utc>) -> DateTime<Utc> {
        now.trunc_subsecs(3)
    }
}

impl Fact {
    /// Shows in the changed feed as late as the rules say.
    pub fn late(mut self, rules: &Rules) -> Self {
        if let Self::SmartStore { fact } = &mut self {
            fact.visible_at = fact.at + TimeDelta::seconds(rules.feed_delay_seconds.into());
        }
        self
    }
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Placed {
        order: Order,
        product_orders: Vec<ProductOrder>,
    },
    Paid {
        order: i64,
    },
    /// 발주확인.
    Confirmed {
        product_order: i64,
    },
    /// 발송처리.
    Dispatched {
        upload: Upload,
        shipment: Shipment,
    },
    DispatchRefused {
        upload: Upload,
        code: String,
    },
    /// A number that was accepted before was sent again.
    DispatchRepeated {
        upload: Upload,
    },
    Delayed {
        product_order: i64,
        due_at: DateTime<Utc>,
        delay: Delay,
    },
    HopeChanged {
        product_order: i64,
        hope: Hope,
    },
    AddressChanged {
        order: i64,
        recipient: Recipient,
    },
    GiftAccepted {
        order: i64,
        recipient: Recipient,
    },
    /// A claim was raised or moved on, and what that makes of the product order.
    Claimed {
        product_order: i64,
        claim: Box<Claim>,
        status: Status,
        change: Option<Change>,
    },
    /// The buyer took the claim back.
    ClaimWithdrawn {
        product_order: i64,
    },
    Delivered {
        product_order: i64,
    },
    PurchaseDecided {
        product_order: i64,
    },
    /// Nobody paid in time.
    NotPaid {
        order: i64,
        /// (product order, quantity) of all its parts.
        product_orders: Vec<(i64, i64)>,
    },
    /// 상품 문의.
    QuestionAsked {
        question: Question,
    },
    QuestionAnswered {
        question: i64,
        text: String,
    },
    /// 고객 문의.
    InquiryAsked {
        inquiry: Inquiry,
    },
    InquiryAnswered {
        inquiry: i64,
        answer: InquiryAnswer,
    },
    /// The seller wrote a product, or part of it; this is what it became.
    ProductWritten {
        product: Box<Product>,
    },
    TokenIssued {
        account: u32,
        /// Whether it is for the store itself (`SELF`) or for a seller (`SELLER`).
        for_seller: bool,
        token: String,
        /// Real time.
        expires_at: DateTime<Utc>,
    },
    /// Every token stops being one.
    TokensRevoked,
    /// A token call that is not made as the reference says; `at` is real time here.
    NonStandardTokenCall {
        account: u32,
        reason: String,
    },
    PenaltiesLifted,
}
