//! Products, offers and revenue.

use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

pub static PRODUCTS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("data", Object(&PRODUCT)),
    ],
};

static PRODUCT: Shape = Shape {
    fields: &[
        ("sellerProductId", Any),
        ("sellerProductName", Any),
        ("displayCategoryCode", Any),
        ("categoryId", Any),
        ("productId", Any),
        ("vendorId", Any),
        ("mdId", Any),
        ("mdName", Any),
        ("saleStartedAt", Any),
        ("saleEndedAt", Any),
        ("brand", Any),
        (
            "statusName",
            Words(&[
                "심사중",
                "임시저장",
                "승인대기중",
                "승인완료",
                "부분승인완료",
                "승인반려",
                "상품삭제",
            ]),
        ),
        ("createdAt", Any),
    ],
};

pub static OFFERS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("data", Object(&OFFER)),
    ],
};

static OFFER: Shape = Shape {
    fields: &[
        ("sellerItemId", Any),
        ("amountInStock", Any),
        ("salePrice", Any),
        ("onSale", Any),
    ],
};

pub static REVENUE: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("hasNext", Any),
        ("data", Object(&REVENUE_ROW)),
    ],
};

static REVENUE_ROW: Shape = Shape {
    fields: &[
        ("orderId", Any),
        ("saleType", Words(&["SALE", "REFUND"])),
        ("saleDate", Any),
        ("recognitionDate", Any),
        ("settlementDate", Any),
        ("finalSettlementDate", Any),
        ("deliveryFee", Object(&REVENUE_FREIGHT)),
        ("items", Object(&REVENUE_ITEM)),
    ],
};

static REVENUE_FREIGHT: Shape = Shape {
    fields: &[
        ("amount", Any),
        ("fee", Any),
        ("feeVat", Any),
        ("feeRatio", Any),
        ("settlementAmount", Any),
        ("baseAmount", Any),
        ("baseFee", Any),
        ("baseFeeVat", Any),
        ("remoteAmount", Any),
        ("remoteFee", Any),
        ("remoteFeeVat", Any),
    ],
};

static REVENUE_ITEM: Shape = Shape {
    fields: &[
        ("taxType", Words(&["TAX", "FREE"])),
        ("productId", Any),
        ("productName", Any),
        ("vendorItemId", Any),
        ("vendorItemName", Any),
        ("salePrice", Any),
        ("quantity", Any),
        ("coupangDiscountCoupon", Any),
        ("discountCouponPolicyAgreement", Any),
        ("saleAmount", Any),
        ("sellerDiscountCoupon", Any),
        ("downloadableCoupon", Any),
        ("serviceFee", Any),
        ("serviceFeeVat", Any),
        ("serviceFeeRatio", Any),
        ("settlementAmount", Any),
        ("couranteeFeeRatio", Any),
        ("couranteeFee", Any),
        ("couranteeFeeVat", Any),
        ("externalSellerSkuCode", Any),
        ("storeFeeDiscount", Any),
        ("storeFeeDiscountVat", Any),
    ],
};
