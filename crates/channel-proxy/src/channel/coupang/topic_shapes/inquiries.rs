//! Questions on product pages and through the call centre.

use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

pub static QUESTIONS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("data", Object(&QUESTION_PAGE)),
    ],
};

static QUESTION_PAGE: Shape = Shape {
    fields: &[
        ("content", Object(&QUESTION)),
        ("pagination", Object(&PAGINATION)),
    ],
};

static PAGINATION: Shape = Shape {
    fields: &[
        ("currentPage", Any),
        ("totalPages", Any),
        ("totalElements", Any),
        ("countPerPage", Any),
    ],
};

static QUESTION: Shape = Shape {
    fields: &[
        ("inquiryId", Any),
        ("productId", Any),
        ("sellerProductId", Any),
        ("sellerItemId", Any),
        ("vendorItemId", Any),
        ("content", Any),
        ("inquiryAt", Any),
        ("orderIds", Any),
        ("buyerEmail", Any),
        ("commentDtoList", Object(&COMMENT)),
    ],
};

static COMMENT: Shape = Shape {
    fields: &[
        ("inquiryCommentId", Any),
        ("inquiryId", Any),
        ("content", Any),
        ("inquiryCommentAt", Any),
    ],
};

pub static COUNSELS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("data", Object(&COUNSEL_PAGE)),
    ],
};

static COUNSEL_PAGE: Shape = Shape {
    fields: &[
        ("content", Object(&COUNSEL)),
        ("pagination", Object(&PAGINATION)),
    ],
};

pub static ONE_COUNSEL: Shape = Shape {
    fields: &[("code", Any), ("message", Any), ("data", Object(&COUNSEL))],
};

static COUNSEL: Shape = Shape {
    fields: &[
        ("inquiryId", Any),
        ("inquiryStatus", Words(&["progress", "complete"])),
        (
            "csPartnerCounselingStatus",
            Words(&["requestAnswer", "answered"]),
        ),
        ("vendorItemId", Any),
        ("itemName", Any),
        ("content", Any),
        ("answeredAt", Any),
        ("replies", Object(&REPLY)),
        ("inquiryAt", Any),
        ("buyerEmail", Any),
        ("buyerPhone", Any),
        ("orderId", Any),
        ("orderDate", Any),
        ("receiptCategory", Any),
        ("saleStartedAt", Any),
        ("saleEndedAt", Any),
    ],
};

static REPLY: Shape = Shape {
    fields: &[
        ("answerId", Any),
        ("parentAnswerId", Any),
        (
            "partnerTransferStatus",
            Words(&["none", "requestAnswer", "answered"]),
        ),
        (
            "partnerTransferCompleteReason",
            Words(&[
                "NONE",
                "DISPUTE_PROCESS",
                "DISPUTE_PROCESS_COMPLETE",
                "CANCEL",
            ]),
        ),
        ("answerType", Words(&["csAgent", "vendor"])),
        ("needAnswer", Any),
        ("receptionistName", Any),
        ("receptionist", Any),
        ("replyAt", Any),
        ("content", Any),
    ],
};
