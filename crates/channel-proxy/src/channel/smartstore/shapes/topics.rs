//! What is read beside orders: questions, products, what is owed.

use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

pub static QUESTIONS: Shape = Shape {
    fields: &[
        ("contents", Object(&QUESTION)),
        ("page", Any),
        ("size", Any),
        ("totalElements", Any),
        ("totalPages", Any),
        ("sort", Any),
        ("first", Any),
        ("last", Any),
    ],
};

static QUESTION: Shape = Shape {
    fields: &[
        ("questionId", Any),
        ("productId", Any),
        ("productName", Any),
        ("question", Any),
        ("answer", Any),
        ("answered", Any),
        ("maskedWriterId", Any),
        ("createDate", Any),
    ],
};

pub static INQUIRIES: Shape = Shape {
    fields: &[
        ("content", Object(&INQUIRY)),
        ("totalPages", Any),
        ("totalElements", Any),
        ("pageable", Any),
        ("first", Any),
        ("last", Any),
        ("number", Any),
        ("sort", Any),
        ("numberOfElements", Any),
        ("size", Any),
        ("empty", Any),
    ],
};

static INQUIRY: Shape = Shape {
    fields: &[
        ("inquiryNo", Any),
        (
            "category",
            Words(&["상품", "배송", "반품", "교환", "환불", "기타"]),
        ),
        ("title", Any),
        ("inquiryContent", Any),
        ("inquiryRegistrationDateTime", Any),
        ("answered", Any),
        ("answerContentId", Any),
        ("answerContent", Any),
        ("answerTemplateNo", Any),
        ("answerRegistrationDateTime", Any),
        ("orderId", Any),
        ("productNo", Any),
        ("productOrderIdList", Any),
        ("productName", Any),
        ("productOrderOption", Any),
        ("customerId", Any),
        ("customerName", Any),
    ],
};

pub static PRODUCTS: Shape = Shape {
    fields: &[
        ("contents", Object(&FOUND)),
        ("page", Any),
        ("size", Any),
        ("totalElements", Any),
        ("totalPages", Any),
        ("sort", Any),
        ("first", Any),
        ("last", Any),
    ],
};

static FOUND: Shape = Shape {
    fields: &[
        ("groupProductNo", Any),
        ("originProductNo", Any),
        ("channelProducts", Object(&CHANNEL_PRODUCT)),
    ],
};

static CHANNEL_PRODUCT: Shape = Shape {
    fields: &[
        ("groupProductNo", Any),
        ("originProductNo", Any),
        ("channelProductNo", Any),
        (
            "channelServiceType",
            Words(&["STOREFARM", "WINDOW", "AFFILIATE"]),
        ),
        ("categoryId", Any),
        ("name", Any),
        ("sellerManagementCode", Any),
        (
            "statusType",
            Words(&[
                "WAIT",
                "SALE",
                "OUTOFSTOCK",
                "UNADMISSION",
                "REJECTION",
                "SUSPENSION",
                "CLOSE",
                "PROHIBITION",
                "DELETE",
            ]),
        ),
        (
            "channelProductDisplayStatusType",
            Words(&["WAIT", "ON", "SUSPENSION"]),
        ),
        ("salePrice", Any),
        ("discountedPrice", Any),
        ("mobileDiscountedPrice", Any),
        ("stockQuantity", Any),
        ("knowledgeShoppingProductRegistration", Any),
        ("deliveryAttributeType", Any),
        ("deliveryFee", Any),
        ("returnFee", Any),
        ("exchangeFee", Any),
        ("multiPurchaseDiscount", Any),
        ("multiPurchaseDiscountUnitType", Any),
        ("sellerPurchasePoint", Any),
        ("sellerPurchasePointUnitType", Any),
        ("managerPurchasePoint", Any),
        ("textReviewPoint", Any),
        ("photoVideoReviewPoint", Any),
        ("regularCustomerPoint", Any),
        ("freeInterest", Any),
        ("gift", Any),
        ("saleStartDate", Any),
        ("saleEndDate", Any),
        ("wholeCategoryName", Any),
        ("wholeCategoryId", Any),
        ("representativeImage", Any),
        ("modelId", Any),
        ("modelName", Any),
        ("brandName", Any),
        ("manufacturerName", Any),
        ("sellerTags", Any),
        ("regDate", Any),
        ("modifiedDate", Any),
    ],
};

/// The documents name only the core of `originProduct`, so that is not compared.
pub static PRODUCT: Shape = Shape {
    fields: &[
        ("groupProduct", Any),
        ("originProduct", Any),
        ("smartstoreChannelProduct", Object(&STORE_PRODUCT)),
        ("windowChannelProduct", Any),
    ],
};

static STORE_PRODUCT: Shape = Shape {
    fields: &[
        ("channelProductName", Any),
        ("bbsSeq", Any),
        ("storeKeepExclusiveProduct", Any),
        ("naverShoppingRegistration", Any),
        (
            "channelProductDisplayStatusType",
            Words(&["WAIT", "ON", "SUSPENSION"]),
        ),
    ],
};

pub static SETTLEMENTS: Shape = Shape {
    fields: &[
        ("elements", Object(&SETTLEMENT)),
        ("pagination", Object(&PAGINATION)),
    ],
};

static PAGINATION: Shape = Shape {
    fields: &[
        ("page", Any),
        ("size", Any),
        ("totalPages", Any),
        ("totalElements", Any),
    ],
};

/// Kinds of product orders are documented in part: what is none of ours is told by the reader.
static SETTLEMENT: Shape = Shape {
    fields: &[
        ("settleBasisDate", Any),
        ("settleExpectDate", Any),
        ("settleCompleteDate", Any),
        ("payDate", Any),
        ("orderId", Any),
        ("productOrderId", Any),
        ("productOrderType", Any),
        (
            "settleType",
            Words(&[
                "NORMAL_SETTLE_ORIGINAL",
                "NORMAL_SETTLE_AFTER_CANCEL",
                "NORMAL_SETTLE_BEFORE_CANCEL",
                "QUICK_SETTLE_ORIGINAL",
                "QUICK_SETTLE_CANCEL",
                "QUANTITY_CANCEL_DEDUCTION",
                "QUANTITY_CANCEL_RESTORE",
            ]),
        ),
        ("productId", Any),
        ("productName", Any),
        ("purchaserName", Any),
        ("paySettleAmount", Any),
        ("totalPayCommissionAmount", Any),
        ("freeInstallmentCommissionAmount", Any),
        ("sellingInterlockCommissionAmount", Any),
        ("benefitSettleAmount", Any),
        ("settleExpectAmount", Any),
        ("merchantId", Any),
        ("merchantName", Any),
        ("contractNo", Any),
    ],
};
