//! Demands to cancel or return, as the marketplace keeps them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A demand for cancellation or return, with what it covers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    pub id: i64,
    pub order_id: i64,
    pub account: u32,
    pub kind: ReceiptKind,
    pub status: ReceiptStatus,
    pub created_at: DateTime<Utc>,
    pub modified_at: DateTime<Utc>,
    pub items: Vec<ReceiptItem>,
    pub release: Release,
    /// What was told by "already shipped".
    pub tracking: Option<(String, String)>,
    #[serde(default)]
    pub reason: Reason,
    /// Refunded as soon as the goods are received.
    #[serde(default)]
    pub fast_refund: bool,
    /// Under which numbers the goods come back.
    #[serde(default)]
    pub collections: Vec<Collection>,
    /// When the buyer took the demand back.
    #[serde(default)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub completed_by: CompletedBy,
    /// Whether the carrier's scan answered the stop request, not the seller.
    #[serde(default)]
    pub scanned: bool,
}

impl Receipt {
    pub fn count(&self) -> i64 {
        self.items.iter().map(|item| item.count).sum()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptKind {
    /// Cancelled before the seller acknowledged.
    Cancel,
    /// Everything later, stop requests included.
    Return,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptStatus {
    ReleaseStopUnchecked,
    ReturnsUnchecked,
    /// The seller has the goods again.
    VendorWarehouseConfirm,
    RequestCoupangCheck,
    ReturnsCompleted,
    /// Taken back by the buyer; single reads do not know it any more.
    Withdrawn,
}

impl ReceiptStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReleaseStopUnchecked => "RELEASE_STOP_UNCHECKED",
            Self::ReturnsUnchecked => "RETURNS_UNCHECKED",
            Self::VendorWarehouseConfirm => "VENDOR_WAREHOUSE_CONFIRM",
            Self::RequestCoupangCheck => "REQUEST_COUPANG_CHECK",
            Self::ReturnsCompleted => "RETURNS_COMPLETED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// Whether the goods of a receipt left the seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Release {
    NotShipped,
    Stopped,
    AlreadyShipped,
    /// Returned after they had arrived, or on their way.
    Shipped,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptItem {
    pub parcel_id: i64,
    pub vendor_item_id: i64,
    pub count: i64,
}

/// Who ended a receipt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletedBy {
    #[default]
    Nobody,
    Vendor,
    /// Coupang refunded without waiting for the seller.
    Coupang,
}

/// A number that goods come back under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    pub carrier: String,
    pub number: String,
    /// The number the carrier accepted the collection under.
    pub registration: Option<String>,
}

/// Why something is cancelled, returned or exchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    #[default]
    ChangedMind,
    Defect,
    /// Another option than ordered, or wanted.
    DifferentOption,
    MissingParts,
    /// The seller has none left.
    SoldOut,
    /// The seller cannot deliver to this address.
    Undeliverable,
    /// The seller had named a wrong price.
    PriceError,
}

impl Reason {
    /// What the control desk calls the reasons buyers have.
    pub fn of_buyer(text: &str) -> Option<Self> {
        Some(match text {
            "changed_mind" => Self::ChangedMind,
            "defect" => Self::Defect,
            "different_option" => Self::DifferentOption,
            "missing_parts" => Self::MissingParts,
            _ => return None,
        })
    }

    /// `reasonCode`; Coupang's full list is not published.
    pub fn code(self) -> &'static str {
        match self {
            Self::ChangedMind => "CHANGEMIND",
            Self::Defect => "DEFECT",
            Self::DifferentOption => "DIFFERENTOPT",
            Self::MissingParts => "COMPOMISS",
            Self::SoldOut => "CCTTER",
            Self::Undeliverable => "CCPNER",
            Self::PriceError => "CCPRER",
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::ChangedMind => "필요 없어짐 (단순 변심)",
            Self::Defect => "상품의 결함",
            Self::DifferentOption => "다른 옵션의 상품",
            Self::MissingParts => "상품의 구성품 누락",
            Self::SoldOut => "재고 부족",
            Self::Undeliverable => "배송 불가 지역",
            Self::PriceError => "가격 등록 오류",
        }
    }

    /// The two levels of category.
    pub fn categories(self) -> (&'static str, &'static str) {
        match self {
            Self::ChangedMind => ("고객변심", "단순변심(사유없음)"),
            Self::Defect => ("상품불량", "상품결함/기능에 이상이 있음"),
            Self::DifferentOption => ("오배송", "주문상품과 다른 상품"),
            Self::MissingParts => ("오배송", "구성품 누락"),
            Self::SoldOut | Self::Undeliverable => ("배송불만", "품절"),
            Self::PriceError => ("배송불만", "판매자 오류"),
        }
    }

    /// `faultByType`.
    pub fn fault(self) -> &'static str {
        match self {
            Self::ChangedMind => "CUSTOMER",
            _ => "VENDOR",
        }
    }
}
