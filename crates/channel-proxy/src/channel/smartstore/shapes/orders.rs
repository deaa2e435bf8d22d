//! Orders: the feed of changes, details by id and by condition, and what becomes of a write.

use super::claims::{BEFORE, CANCEL, COMPLETED, CURRENT, EXCHANGE, RETURN};
use super::words::{
    CLAIM_STATUS, CLAIM_TYPE, DELIVERY_METHOD, DELIVERY_STATUS, PRODUCT_ORDER_STATUS,
};
use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

pub static CHANGES: Shape = Shape {
    fields: &[
        ("timestamp", Any),
        ("traceId", Any),
        ("data", Object(&CHANGES_DATA)),
    ],
};

static CHANGES_DATA: Shape = Shape {
    fields: &[
        ("count", Any),
        ("lastChangeStatuses", Object(&CHANGED)),
        ("more", Object(&MORE)),
    ],
};

static MORE: Shape = Shape {
    fields: &[("moreFrom", Any), ("moreSequence", Any)],
};

static CHANGED: Shape = Shape {
    fields: &[
        ("orderId", Any),
        ("productOrderId", Any),
        (
            "lastChangedType",
            Words(&[
                "PAY_WAITING",
                "PAYED",
                "EXCHANGE_OPTION",
                "DELIVERY_ADDRESS_CHANGED",
                "GIFT_RECEIVED",
                "CLAIM_REJECTED",
                "DISPATCHED",
                "CLAIM_REQUESTED",
                "COLLECT_DONE",
                "CLAIM_COMPLETED",
                "PURCHASE_DECIDED",
                "HOPE_DELIVERY_INFO_CHANGED",
                "CLAIM_REDELIVERING",
            ]),
        ),
        ("paymentDate", Any),
        ("lastChangedDate", Any),
        ("productOrderStatus", Words(PRODUCT_ORDER_STATUS)),
        ("claimType", Words(CLAIM_TYPE)),
        ("claimStatus", Words(CLAIM_STATUS)),
        ("receiverAddressChanged", Any),
        (
            "giftReceivingStatus",
            Words(&["WAIT_FOR_RECEIVING", "RECEIVED"]),
        ),
    ],
};

pub static DETAILS: Shape = Shape {
    fields: &[
        ("timestamp", Any),
        ("traceId", Any),
        ("data", Object(&DETAIL)),
    ],
};

pub static LIST: Shape = Shape {
    fields: &[
        ("timestamp", Any),
        ("traceId", Any),
        ("data", Object(&LIST_DATA)),
    ],
};

static LIST_DATA: Shape = Shape {
    fields: &[
        ("contents", Object(&LISTED)),
        ("pagination", Object(&PAGINATION)),
    ],
};

static PAGINATION: Shape = Shape {
    fields: &[("page", Any), ("size", Any), ("hasNext", Any)],
};

static LISTED: Shape = Shape {
    fields: &[("productOrderId", Any), ("content", Object(&DETAIL))],
};

/// `cancel`, `return` and `exchange` stood here too until October 2026.
static DETAIL: Shape = Shape {
    fields: &[
        ("order", Object(&ORDER)),
        ("productOrder", Object(&PRODUCT_ORDER)),
        ("delivery", Object(&DELIVERY)),
        ("currentClaim", Object(&CURRENT)),
        ("beforeClaim", Object(&BEFORE)),
        ("completedClaims", Object(&COMPLETED)),
        ("cancel", Object(&CANCEL)),
        ("return", Object(&RETURN)),
        ("exchange", Object(&EXCHANGE)),
    ],
};

static ORDER: Shape = Shape {
    fields: &[
        ("orderId", Any),
        ("orderDate", Any),
        ("paymentDate", Any),
        ("paymentDueDate", Any),
        ("ordererId", Any),
        ("ordererNo", Any),
        ("ordererName", Any),
        ("ordererTel", Any),
        ("paymentMeans", Any),
        ("payLocationType", Words(&["PC", "MOBILE"])),
        ("isDeliveryMemoParticularInput", Any),
        ("isMembershipSubscribed", Any),
        ("orderDiscountAmount", Any),
        ("generalPaymentAmount", Any),
        ("naverMileagePaymentAmount", Any),
        ("chargeAmountPaymentAmount", Any),
        ("checkoutAccumulationPaymentAmount", Any),
        ("payLaterPaymentAmount", Any),
    ],
};

static PRODUCT_ORDER: Shape = Shape {
    fields: &[
        ("productOrderId", Any),
        ("mallId", Any),
        ("productId", Any),
        ("originalProductId", Any),
        ("merchantChannelId", Any),
        ("groupProductId", Any),
        ("productClass", Any),
        ("productName", Any),
        ("productOption", Any),
        ("optionCode", Any),
        ("itemNo", Any),
        ("optionManageCode", Any),
        ("sellerProductCode", Any),
        ("sellerCustomCode1", Any),
        ("sellerCustomCode2", Any),
        ("freeGift", Any),
        ("packageNumber", Any),
        ("claimId", Any),
        ("productOrderStatus", Words(PRODUCT_ORDER_STATUS)),
        ("placeOrderStatus", Words(&["NOT_YET", "OK", "CANCEL"])),
        ("placeOrderDate", Any),
        ("claimType", Words(CLAIM_TYPE)),
        ("claimStatus", Words(CLAIM_STATUS)),
        ("decisionDate", Any),
        (
            "giftReceivingStatus",
            Words(&["WAIT_FOR_RECEIVING", "RECEIVED"]),
        ),
        ("shippingDueDate", Any),
        ("shippingStartDate", Any),
        ("delayedDispatchReason", Any),
        ("delayedDispatchDetailedReason", Any),
        ("quantity", Any),
        ("initialQuantity", Any),
        ("remainQuantity", Any),
        ("unitPrice", Any),
        ("optionPrice", Any),
        ("initialProductAmount", Any),
        ("remainProductAmount", Any),
        ("initialProductDiscountAmount", Any),
        ("remainProductDiscountAmount", Any),
        ("initialPaymentAmount", Any),
        ("remainPaymentAmount", Any),
        ("initialProductImmediateDiscountAmount", Any),
        ("remainProductImmediateDiscountAmount", Any),
        ("initialProductProductDiscountAmount", Any),
        ("remainProductProductDiscountAmount", Any),
        ("initialProductMultiplePurchaseDiscountAmount", Any),
        ("remainProductMultiplePurchaseDiscountAmount", Any),
        ("initialSellerBurdenImmediateDiscountAmount", Any),
        ("remainSellerBurdenImmediateDiscountAmount", Any),
        ("initialSellerBurdenProductDiscountAmount", Any),
        ("remainSellerBurdenProductDiscountAmount", Any),
        ("totalProductAmount", Any),
        ("totalPaymentAmount", Any),
        ("productDiscountAmount", Any),
        ("productImediateDiscountAmount", Any),
        ("productImmediateDiscountAmount", Any),
        ("productProductDiscountAmount", Any),
        ("productMultiplePurchaseDiscountAmount", Any),
        ("sellerBurdenDiscountAmount", Any),
        ("sellerBurdenImediateDiscountAmount", Any),
        ("sellerBurdenImmediateDiscountAmount", Any),
        ("sellerBurdenProductDiscountAmount", Any),
        ("sellerBurdenMultiplePurchaseDiscountAmount", Any),
        (
            "sellerBurdenMultiplePurchaseDiscountType",
            Words(&["IGNORE_QUANTITY", "QUANTITY"]),
        ),
        ("sellerBurdenStoreDiscountAmount", Any),
        ("deliveryFeeAmount", Any),
        ("deliveryDiscountAmount", Any),
        ("sectionDeliveryFee", Any),
        ("deliveryPolicyType", Any),
        ("shippingFeeType", Any),
        ("expectedSettlementAmount", Any),
        ("paymentCommission", Any),
        ("saleCommission", Any),
        ("channelCommission", Any),
        ("knowledgeShoppingSellingInterlockCommission", Any),
        ("commissionRatingType", Any),
        (
            "commissionPrePayStatus",
            Words(&["GENERAL_PRD", "PRE_PAY_PRD_NO_PAY", "PRE_PAY_PRD_PAYED"]),
        ),
        ("taxType", Words(&["TAXATION", "TAX_EXEMPTION", "TAX_FREE"])),
        ("inflowPath", Any),
        ("inflowPathAdd", Any),
        ("appliedCoupons", Object(&COUPON)),
        ("appliedCardPromotion", Object(&CARD_PROMOTION)),
        (
            "deliveryAttributeType",
            Words(&[
                "NORMAL",
                "TODAY",
                "OPTION_TODAY",
                "HOPE",
                "TODAY_ARRIVAL",
                "DAWN_ARRIVAL",
                "PRE_ORDER",
                "ARRIVAL_GUARANTEE",
                "SELLER_GUARANTEE",
                "HOPE_SELLER_GUARANTEE",
                "PICKUP",
                "QUICK",
            ]),
        ),
        (
            "deliveryTagType",
            Words(&["TODAY", "TOMORROW", "DAWN", "SUNDAY", "STANDARD", "HOPE"]),
        ),
        ("arrivalGuaranteeDate", Any),
        ("expectedDeliveryMethod", Words(DELIVERY_METHOD)),
        ("expectedDeliveryCompany", Any),
        ("shippingMemo", Any),
        ("hopeDelivery", Object(&HOPE)),
        ("logisticsCompanyId", Any),
        ("logisticsCenterId", Any),
        ("logisticsDirectContracted", Any),
        ("storageType", Words(&["DRY", "WET", "FROZEN"])),
        ("skuMappings", Object(&SKU)),
        ("individualCustomUniqueCode", Any),
        ("shippingAddress", Object(&ADDRESS)),
        ("takingAddress", Object(&ADDRESS)),
    ],
};

static COUPON: Shape = Shape {
    fields: &[
        ("couponPublishNumber", Any),
        (
            "couponClassCode",
            Words(&["NMP_PRD_DCNT", "NMP_PRD_DUP_DCNT"]),
        ),
        ("couponDiscountAmount", Any),
        ("naverBurdenRatio", Any),
    ],
};

static CARD_PROMOTION: Shape = Shape {
    fields: &[
        ("promotionName", Any),
        ("cardCompanyName", Any),
        ("promotionApplyAmount", Any),
        ("brandCompanyBurdenRatio", Any),
    ],
};

static HOPE: Shape = Shape {
    fields: &[
        ("region", Any),
        ("additionalFee", Any),
        ("hopeDeliveryYmd", Any),
        ("hopeDeliveryHm", Any),
        ("changeReason", Any),
        ("changer", Any),
    ],
};

static SKU: Shape = Shape {
    fields: &[
        ("nsId", Any),
        ("nsBarcode", Any),
        ("pickingQuantityPerOrder", Any),
    ],
};

/// Of a buyer, or of the seller; claims have it too.
pub static ADDRESS: Shape = Shape {
    fields: &[
        ("addressType", Any),
        ("name", Any),
        ("tel1", Any),
        ("tel2", Any),
        ("zipCode", Any),
        ("baseAddress", Any),
        ("detailedAddress", Any),
        ("city", Any),
        ("state", Any),
        ("country", Any),
        ("isRoadNameAddress", Any),
        ("pickupLocationType", Any),
        ("pickupLocationContent", Any),
        ("entryMethod", Any),
        ("entryMethodContent", Any),
        ("buildingManagementNo", Any),
        ("longitude", Any),
        ("latitude", Any),
        ("logisticsCenterId", Any),
    ],
};

static DELIVERY: Shape = Shape {
    fields: &[
        ("deliveryMethod", Words(DELIVERY_METHOD)),
        ("deliveryCompany", Any),
        ("trackingNumber", Any),
        ("sendDate", Any),
        ("pickupDate", Any),
        ("deliveredDate", Any),
        ("deliveryStatus", Words(DELIVERY_STATUS)),
        ("isWrongTrackingNumber", Any),
        ("wrongTrackingNumberType", Any),
        ("wrongTrackingNumberRegisteredDate", Any),
    ],
};

/// Confirm names its first list otherwise than all other writes do.
pub static WRITTEN: Shape = Shape {
    fields: &[
        ("timestamp", Any),
        ("traceId", Any),
        ("data", Object(&RESULTS)),
    ],
};

static RESULTS: Shape = Shape {
    fields: &[
        ("successProductOrderInfos", Object(&SUCCEEDED)),
        ("successProductOrderIds", Any),
        ("failProductOrderInfos", Object(&FAILED)),
    ],
};

static SUCCEEDED: Shape = Shape {
    fields: &[("productOrderId", Any), ("isReceiverAddressChanged", Any)],
};

static FAILED: Shape = Shape {
    fields: &[("productOrderId", Any), ("code", Any), ("message", Any)],
};
