//! Every field that Coupang's documents name in what we read, so that a new one is noticed.

use super::topic_shapes;
use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

/// The shape of a call's answer, for calls that are compared.
pub fn shape(api: &str) -> Option<&'static Shape> {
    match api {
        "coupang.ordersheets.list" | "coupang.ordersheets.get" | "coupang.ordersheets.by_order" => {
            Some(&ORDER_SHEETS)
        }
        "coupang.return_requests.list" | "coupang.return_requests.get" => Some(&RETURN_REQUESTS),
        api => topic_shapes::shape(api),
    }
}

static ORDER_SHEETS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("data", Object(&ORDER_SHEET)),
    ],
};

static ORDER_SHEET: Shape = Shape {
    fields: &[
        ("shipmentBoxId", Any),
        ("orderId", Any),
        ("orderedAt", Any),
        ("paidAt", Any),
        ("orderer", Object(&ORDERER)),
        // An unknown one is told by the orders themselves, of every page.
        ("status", Any),
        ("shippingPrice", Object(&MONEY)),
        ("remotePrice", Object(&MONEY)),
        ("remoteArea", Any),
        ("parcelPrintMessage", Any),
        ("splitShipping", Any),
        ("ableSplitShipping", Any),
        ("receiver", Object(&RECEIVER)),
        ("orderItems", Object(&ORDER_ITEM)),
        ("overseaShippingInfoDto", Object(&OVERSEA)),
        ("deliveryCompanyName", Any),
        ("invoiceNumber", Any),
        ("inTrasitDateTime", Any),
        ("deliveredDate", Any),
        ("refer", Any),
        ("shipmentType", Words(&["THIRD_PARTY", "CGF", "CGF LITE"])),
        ("isCod", Any),
        ("extraProperties", Any),
    ],
};

static ORDERER: Shape = Shape {
    fields: &[
        ("name", Any),
        ("email", Any),
        ("safeNumber", Any),
        ("ordererNumber", Any),
    ],
};

static RECEIVER: Shape = Shape {
    fields: &[
        ("name", Any),
        ("safeNumber", Any),
        ("receiverNumber", Any),
        ("addr1", Any),
        ("addr2", Any),
        ("postCode", Any),
    ],
};

static OVERSEA: Shape = Shape {
    fields: &[
        ("personalCustomsClearanceCode", Any),
        ("ordererSsn", Any),
        // As the documents' table spells it.
        ("orderersSsn", Any),
        ("ordererPhoneNumber", Any),
    ],
};

static MONEY: Shape = Shape {
    fields: &[
        ("currencyCode", Words(&["KRW"])),
        ("units", Any),
        ("nanos", Any),
    ],
};

static ORDER_ITEM: Shape = Shape {
    fields: &[
        ("vendorItemPackageId", Any),
        ("vendorItemPackageName", Any),
        ("productId", Any),
        ("vendorItemId", Any),
        ("vendorItemName", Any),
        ("shippingCount", Any),
        ("cancelCount", Any),
        ("holdCountForCancel", Any),
        ("salesPrice", Object(&MONEY)),
        ("orderPrice", Object(&MONEY)),
        ("discountPrice", Object(&MONEY)),
        ("instantCouponDiscount", Object(&MONEY)),
        ("downloadableCouponDiscount", Object(&MONEY)),
        ("coupangDiscount", Object(&MONEY)),
        ("externalVendorSkuCode", Any),
        ("etcInfoHeader", Any),
        ("etcInfoValue", Any),
        ("etcInfoValues", Any),
        ("sellerProductId", Any),
        ("sellerProductName", Any),
        ("sellerProductItemName", Any),
        ("firstSellerProductItemName", Any),
        ("estimatedShippingDate", Any),
        ("plannedShippingDate", Any),
        ("invoiceNumberUploadDate", Any),
        ("extraProperties", Any),
        ("pricingBadge", Any),
        ("usedProduct", Any),
        ("confirmDate", Any),
        ("deliveryChargeTypeName", Any),
        ("upBundleVendorItemId", Any),
        ("upBundleVendorItemName", Any),
        ("upBundleSize", Any),
        ("upBundleItem", Any),
        ("canceled", Any),
    ],
};

static RETURN_REQUESTS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("data", Object(&RETURN_REQUEST)),
    ],
};

static RETURN_REQUEST: Shape = Shape {
    fields: &[
        ("receiptId", Any),
        ("orderId", Any),
        ("paymentId", Any),
        ("receiptType", Words(&["RETURN", "CANCEL", "반품", "취소"])),
        (
            "receiptStatus",
            Words(&[
                "RELEASE_STOP_UNCHECKED",
                "RETURNS_UNCHECKED",
                "VENDOR_WAREHOUSE_CONFIRM",
                "REQUEST_COUPANG_CHECK",
                "RETURNS_COMPLETED",
            ]),
        ),
        ("createdAt", Any),
        ("modifiedAt", Any),
        ("requesterName", Any),
        ("requesterPhoneNumber", Any),
        ("requesterRealPhoneNumber", Any),
        ("requesterAddress", Any),
        ("requesterAddressDetail", Any),
        ("requesterZipCode", Any),
        ("cancelReasonCategory1", Any),
        ("cancelReasonCategory2", Any),
        ("cancelReason", Any),
        ("reasonCode", Any),
        ("reasonCodeText", Any),
        ("cancelCountSum", Any),
        ("returnDeliveryId", Any),
        ("returnDeliveryType", Any),
        ("releaseStopStatus", Any),
        ("enclosePrice", Object(&MONEY)),
        (
            "faultByType",
            Words(&["COUPANG", "VENDOR", "CUSTOMER", "WMS", "GENERAL"]),
        ),
        ("preRefund", Any),
        ("completeConfirmType", Any),
        ("completeConfirmDate", Any),
        ("returnItems", Object(&RETURN_ITEM)),
        ("returnDeliveryDtos", Object(&RETURN_DELIVERY)),
        ("returnShippingCharge", Object(&MONEY)),
    ],
};

static RETURN_ITEM: Shape = Shape {
    fields: &[
        ("vendorItemPackageId", Any),
        ("vendorItemPackageName", Any),
        ("vendorItemId", Any),
        ("vendorItemName", Any),
        ("purchaseCount", Any),
        ("cancelCount", Any),
        ("shipmentBoxId", Any),
        ("sellerProductId", Any),
        ("sellerProductName", Any),
        ("releaseStatus", Words(&["Y", "N", "S", "A"])),
        ("cancelCompleteUser", Any),
    ],
};

static RETURN_DELIVERY: Shape = Shape {
    fields: &[("deliveryCompanyCode", Any), ("deliveryInvoiceNo", Any)],
};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn orders() -> Value {
        serde_json::from_str(include_str!("fixtures/ordersheets_v5.json")).unwrap()
    }

    fn paths(api: &str, page: &Value) -> Vec<String> {
        let found = shape(api).unwrap().unknown_in(page);
        found.into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn pages_as_documented_have_nothing_unknown() {
        let older = include_str!("fixtures/ordersheets_v4.json");
        let older: Value = serde_json::from_str(older).unwrap();
        assert_eq!(
            paths("coupang.ordersheets.list", &older),
            Vec::<String>::new()
        );
        assert!(shape("coupang.invoices.upload").is_none());
    }

    #[test]
    fn what_is_new_is_found_where_it_stands() {
        let claims = include_str!("fixtures/return_requests_v6.json");
        let claims: Value = serde_json::from_str(claims).unwrap();
        // The samples have one word and one field that no document names.
        assert_eq!(
            paths("coupang.return_requests.list", &claims),
            ["data[].receiptStatus=SOMETHING_NEW"]
        );
        let mut page = orders();
        assert_eq!(
            paths("coupang.ordersheets.list", &page),
            ["data[].newField"]
        );
        page["data"][0]["shippingPrice"]["currencyCode"] = json!("USD");
        page["data"][1]["orderItems"][0]["giftFlag"] = json!(true);
        let mut found = paths("coupang.ordersheets.list", &page);
        found.sort();
        assert_eq!(
            found,
            [
                "data[].newField",
                "data[].orderItems[].giftFlag",
                "data[].shippingPrice.currencyCode=USD",
            ]
        );
    }
}
