//! Exchanges and withdrawals.

use crate::channel::shape::{Known, Shape};
use Known::{Any, Object, Words};

pub static EXCHANGES: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextToken", Any),
        ("data", Object(&EXCHANGE)),
    ],
};

static EXCHANGE: Shape = Shape {
    fields: &[
        ("exchangeId", Any),
        ("orderId", Any),
        ("vendorId", Any),
        ("orderDeliveryStatusCode", Any),
        (
            "exchangeStatus",
            Words(&["RECEIPT", "PROGRESS", "SUCCESS", "REJECT", "CANCEL"]),
        ),
        ("referType", Any),
        (
            "faultType",
            Words(&["COUPANG", "VENDOR", "CUSTOMER", "WMS", "GENERAL"]),
        ),
        ("exchangeAmount", Any),
        ("reason", Any),
        ("reasonCode", Any),
        ("reasonCodeText", Any),
        ("reasonEtcDetail", Any),
        ("cancelReason", Any),
        (
            "createdByType",
            Words(&[
                "CUSTOMER",
                "COUNSELOR",
                "COUPANG",
                "VENDOR",
                "ETC",
                "TRACKING",
            ]),
        ),
        (
            "modifiedByType",
            Words(&[
                "CUSTOMER",
                "COUNSELOR",
                "COUPANG",
                "VENDOR",
                "ETC",
                "TRACKING",
            ]),
        ),
        ("createdAt", Any),
        ("modifiedAt", Any),
        ("exchangeItemDtoV1s", Object(&EXCHANGE_ITEM)),
        ("exchangeAddressDtoV1", Object(&EXCHANGE_ADDRESS)),
        ("deliveryInvoiceGroupDtos", Object(&EXCHANGE_BOX)),
        (
            "deliveryStatus",
            Words(&[
                "BeforeDirection",
                "CompleteDirection",
                "Delivering",
                "CompleteDelivery",
                "DirectionFail",
                "VendorDirect",
                "Fail",
                "Withdraw",
                "NoneData",
            ]),
        ),
        (
            "collectStatus",
            Words(&[
                "BeforeDirection",
                "CompleteDirection",
                "Delivering",
                "Collecting",
                "CompleteCollect",
                "DirectionFail",
                "Fail",
                "Withdraw",
                "NoCollect",
                "NoneData",
            ]),
        ),
        ("collectCompleteDate", Any),
        ("collectInformationsDto", Any),
        ("returnDeliveryDtos", Object(&EXCHANGE_COLLECTION)),
        ("successable", Any),
        ("rejectable", Any),
        ("deliveryInvoiceModifiable", Any),
        ("orderDeliveryStatusLabel", Any),
        ("exchangeStatusLabel", Any),
        ("referTypeLabel", Any),
        ("faultTypeLabel", Any),
        ("createdByTypeLabel", Any),
        ("modifiedByTypeLabel", Any),
    ],
};

static EXCHANGE_ITEM: Shape = Shape {
    fields: &[
        ("exchangeItemId", Any),
        ("orderItemId", Any),
        ("orderItemUnitPrice", Any),
        ("orderItemName", Any),
        ("orderPackageId", Any),
        ("orderPackageName", Any),
        ("targetItemId", Any),
        ("targetItemUnitPrice", Any),
        ("targetItemName", Any),
        ("targetPackageId", Any),
        ("targetPackageName", Any),
        ("quantity", Any),
        ("orderItemDeliveryComplete", Any),
        ("orderItemReturnComplete", Any),
        ("targetItemDeliveryComplete", Any),
        ("createdAt", Any),
        ("modifiedAt", Any),
        ("originalShipmentBoxId", Any),
    ],
};

static EXCHANGE_ADDRESS: Shape = Shape {
    fields: &[
        ("exchangeAddressId", Any),
        ("returnCustomerName", Any),
        ("returnAddressZipCode", Any),
        ("returnAddress", Any),
        ("returnAddressDetail", Any),
        ("returnPhone", Any),
        ("returnMobile", Any),
        ("returnMemo", Any),
        ("deliveryCustomerName", Any),
        ("deliveryAddressZipCode", Any),
        ("deliveryAddress", Any),
        ("deliveryAddressDetail", Any),
        ("deliveryPhone", Any),
        ("deliveryMobile", Any),
        ("deliveryMemo", Any),
        ("createdAt", Any),
        ("modifiedAt", Any),
        ("exchangeId", Any),
    ],
};

static EXCHANGE_BOX: Shape = Shape {
    fields: &[
        ("shipmentBoxId", Any),
        ("boxPrice", Any),
        ("orderId", Any),
        ("orderType", Any),
        ("customerType", Any),
        ("bundleType", Any),
        ("extraMessage", Any),
        (
            "shippingDeliveryType",
            Words(&["DELIVERY", "EXCHANGE_DELIVERY", "FORCED_DELIVERY"]),
        ),
        ("deliveryInvoiceDtos", Object(&EXCHANGE_INVOICE)),
    ],
};

static EXCHANGE_INVOICE: Shape = Shape {
    fields: &[
        ("invoiceNumber", Any),
        ("estimatedDeliveryDate", Any),
        ("deliveredDate", Any),
        ("statusModifiedAt", Any),
        ("invoiceNumberUploadDate", Any),
        ("statusCode", Any),
        ("deliverCode", Any),
        ("isMainShipmentInvoice", Any),
        ("parcelType", Any),
        ("invoiceVendorItemDtos", Any),
    ],
};

static EXCHANGE_COLLECTION: Shape = Shape {
    fields: &[("deliveryCompanyCode", Any), ("deliveryInvoiceNo", Any)],
};

pub static WITHDRAWALS: Shape = Shape {
    fields: &[
        ("code", Any),
        ("message", Any),
        ("nextPageIndex", Any),
        ("data", Object(&WITHDRAWAL)),
    ],
};

static WITHDRAWAL: Shape = Shape {
    fields: &[
        ("cancelId", Any),
        ("orderId", Any),
        ("vendorId", Any),
        ("refundDeliveryDuty", Words(&["COM", "CUS", "COU"])),
        ("createdAt", Any),
        ("vendorItemIds", Any),
    ],
};
