//! Questions in Coupang's own JSON. All of it is personal data: no `Debug`.

use chrono::{DateTime, Utc};

use crate::channel::coupang::wire::{BadField, Envelope, array, bad, flag, id, instant, text};
use crate::channel::json::{Json, field, plain};

/// A question on a product's page.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    pub inquiry_id: String,
    pub seller_product_id: String,
    pub vendor_item_id: String,
    pub content: String,
    pub inquiry_at: Option<DateTime<Utc>>,
    pub order_ids: Vec<String>,
    pub comments: Vec<Comment>,
}

/// An answer of the seller.
#[derive(Clone, PartialEq, Eq)]
pub struct Comment {
    pub inquiry_comment_id: String,
    pub content: String,
    pub inquiry_comment_at: Option<DateTime<Utc>>,
}

/// What the call centre passed on.
#[derive(Clone, PartialEq, Eq)]
pub struct Counsel {
    pub inquiry_id: String,
    /// `progress` or `complete`.
    pub inquiry_status: String,
    /// `requestAnswer` or `answered`.
    pub cs_partner_counseling_status: String,
    pub vendor_item_ids: Vec<String>,
    pub item_name: String,
    pub inquiry_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub order_id: String,
    pub receipt_category: String,
    pub replies: Vec<Reply>,
}

/// A message of the call centre or the seller.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    pub answer_id: String,
    /// Empty for one to the question itself: the wire says 0 or null.
    pub parent_answer_id: String,
    /// `csAgent` or `vendor`.
    pub answer_type: String,
    /// `none`, `requestAnswer`, `answered` or empty.
    pub partner_transfer_status: String,
    pub need_answer: bool,
    pub content: String,
    pub reply_at: Option<DateTime<Utc>>,
}

/// An id that may be absent, 0 or null.
fn optional_id(object: &Json<'_>, field: &str) -> String {
    match text(object, field) {
        zero if zero == "0" => String::new(),
        text if text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit()) => text,
        _ => String::new(),
    }
}

/// Ids: an array, or a single one.
fn ids(object: &Json<'_>, name: &str) -> Vec<String> {
    let values = match field(object, name) {
        Some(Json::Array(many)) => many,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let digits = |text: &String| {
        !text.is_empty() && text != "0" && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    values.iter().filter_map(plain).filter(digits).collect()
}

impl Question {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        let comments = array(row, "commentDtoList")?.iter();
        Ok(Self {
            inquiry_id: id(row, "inquiryId")?,
            seller_product_id: optional_id(row, "sellerProductId"),
            vendor_item_id: optional_id(row, "vendorItemId"),
            content: text(row, "content"),
            inquiry_at: instant(row, "inquiryAt"),
            order_ids: ids(row, "orderIds"),
            comments: comments
                .map(|comment| Comment {
                    inquiry_comment_id: text(comment, "inquiryCommentId"),
                    content: text(comment, "content"),
                    inquiry_comment_at: instant(comment, "inquiryCommentAt"),
                })
                .collect(),
        })
    }
}

impl Counsel {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        let replies = array(row, "replies")?.iter();
        Ok(Self {
            inquiry_id: id(row, "inquiryId")?,
            inquiry_status: text(row, "inquiryStatus"),
            cs_partner_counseling_status: text(row, "csPartnerCounselingStatus"),
            vendor_item_ids: ids(row, "vendorItemId"),
            item_name: text(row, "itemName"),
            inquiry_at: instant(row, "inquiryAt"),
            answered_at: instant(row, "answeredAt"),
            order_id: optional_id(row, "orderId"),
            receipt_category: text(row, "receiptCategory"),
            replies: replies
                .map(|reply| Reply {
                    answer_id: text(reply, "answerId"),
                    parent_answer_id: optional_id(reply, "parentAnswerId"),
                    answer_type: text(reply, "answerType"),
                    partner_transfer_status: text(reply, "partnerTransferStatus"),
                    need_answer: flag(reply, "needAnswer"),
                    content: text(reply, "content"),
                    reply_at: instant(reply, "replyAt"),
                })
                .collect(),
        })
    }
}

/// The rows of a page of questions, and the number of the next page; empty on the last.
pub fn page(envelope: &Envelope) -> Result<(&[Json<'_>], String), BadField> {
    let Some(Json::Array(rows)) = field(envelope.data(), "content") else {
        return Err(bad("data.content", "is no array"));
    };
    let pagination = field(envelope.data(), "pagination");
    let number = |field| {
        let text = pagination.map(|pagination| text(pagination, field));
        text.and_then(|text| text.parse::<u32>().ok())
    };
    let next = match (number("currentPage"), number("totalPages")) {
        (Some(current), Some(total)) if current < total => (current + 1).to_string(),
        _ => String::new(),
    };
    Ok((rows, next))
}
