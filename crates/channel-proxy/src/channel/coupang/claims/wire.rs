//! Cancels, returns and exchanges in Coupang's own JSON.

use chrono::{DateTime, Utc};
use moa_money::Money;

use crate::channel::coupang::wire::{BadField, array, bad, count, flag, id, instant, money, text};
use crate::channel::json::{Json, field};

/// A cancel, stop or return (반품 접수). Personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnRequest {
    pub receipt_id: String,
    pub order_id: String,
    pub receipt_type: String,
    pub receipt_status: String,
    pub created_at: Option<DateTime<Utc>>,
    pub modified_at: Option<DateTime<Utc>>,
    /// When the seller, or Coupang in its place, confirmed that the goods are back.
    pub complete_confirm_date: Option<DateTime<Utc>>,
    pub requester: Place,
    pub cancel_reason: String,
    pub reason_code: String,
    pub fault_by_type: String,
    pub pre_refund: bool,
    /// Positive when the seller pays, negative when the buyer does.
    pub return_shipping_charge: Option<Money>,
    /// What the buyer says to have put into the parcel.
    pub enclose_price: Option<Money>,
    pub items: Vec<ReturnItem>,
    pub deliveries: Vec<Collection>,
}

/// A line of a cancel, stop or return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnItem {
    pub vendor_item_id: String,
    /// The original box; empty when not given.
    pub shipment_box_id: String,
    pub cancel_count: i32,
    /// `Y` shipped, `N` not, `S` stopped, `A` already shipped.
    pub release_status: String,
}

/// Somebody's address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub phone: String,
    pub postcode: String,
    pub address: String,
    pub detail: String,
}

/// A parcel in which goods come back. Without a number it is none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    pub delivery_company_code: String,
    pub delivery_invoice_no: String,
}

impl ReturnRequest {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        let items = array(row, "returnItems")?.iter().map(ReturnItem::read);
        Ok(Self {
            receipt_id: id(row, "receiptId")?,
            order_id: id(row, "orderId")?,
            receipt_type: text(row, "receiptType"),
            receipt_status: text(row, "receiptStatus"),
            created_at: instant(row, "createdAt"),
            modified_at: instant(row, "modifiedAt"),
            complete_confirm_date: instant(row, "completeConfirmDate"),
            requester: Place {
                name: text(row, "requesterName"),
                phone: text(row, "requesterPhoneNumber"),
                postcode: text(row, "requesterZipCode"),
                address: text(row, "requesterAddress"),
                detail: text(row, "requesterAddressDetail"),
            },
            cancel_reason: text(row, "cancelReason"),
            reason_code: text(row, "reasonCode"),
            fault_by_type: text(row, "faultByType"),
            pre_refund: flag(row, "preRefund"),
            // A charge that cannot be read loses no claim.
            return_shipping_charge: money(row, "returnShippingCharge").unwrap_or_default(),
            enclose_price: money(row, "enclosePrice").unwrap_or_default(),
            items: items.collect::<Result<_, _>>()?,
            deliveries: Collection::read_all(row, "returnDeliveryDtos"),
        })
    }
}

impl ReturnItem {
    fn read(item: &Json<'_>) -> Result<Self, BadField> {
        Ok(Self {
            vendor_item_id: id(item, "vendorItemId")?,
            shipment_box_id: id(item, "shipmentBoxId").unwrap_or_default(),
            cancel_count: count(item, "cancelCount")?
                .or(count(item, "purchaseCount")?)
                .unwrap_or(0),
            release_status: text(item, "releaseStatus"),
        })
    }
}

impl Collection {
    /// Those that have a number; one that cannot be read loses no claim.
    fn read_all(row: &Json<'_>, field: &'static str) -> Vec<Self> {
        let parcels = array(row, field).unwrap_or_default().iter();
        let parcels = parcels.map(|parcel| Self {
            delivery_company_code: text(parcel, "deliveryCompanyCode"),
            delivery_invoice_no: text(parcel, "deliveryInvoiceNo"),
        });
        parcels
            .filter(|parcel| !parcel.delivery_invoice_no.is_empty())
            .collect()
    }
}

/// An exchange (교환 접수). Personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    pub exchange_id: String,
    pub order_id: String,
    pub exchange_status: String,
    pub collect_status: String,
    pub fault_type: String,
    pub reason_code: String,
    pub reason_etc_detail: String,
    pub rejectable: bool,
    pub created_at: Option<DateTime<Utc>>,
    pub modified_at: Option<DateTime<Utc>>,
    pub items: Vec<ExchangeItem>,
    pub collect_from: Place,
    pub deliver_to: Place,
    pub collections: Vec<Collection>,
    pub reshipments: Vec<Reshipment>,
}

/// A line of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeItem {
    /// The line's `vendorItemId`, under another name here.
    pub order_item_id: String,
    /// What is wanted instead; empty when not told.
    pub target_item_id: String,
    pub original_shipment_box_id: String,
    pub quantity: i32,
}

/// A box in which an exchange's goods go out; it exists some minutes after the receipt was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reshipment {
    pub shipment_box_id: String,
    pub deliver_code: String,
    /// Empty until the seller uploads it.
    pub invoice_number: String,
}

impl Exchange {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        let items = array(row, "exchangeItemDtoV1s")?
            .iter()
            .map(ExchangeItem::read);
        let exchange_status = text(row, "exchangeStatus");
        if exchange_status.is_empty() {
            return Err(bad("exchangeStatus", "is missing"));
        }
        let address = field(row, "exchangeAddressDtoV1");
        let groups = array(row, "deliveryInvoiceGroupDtos").unwrap_or_default();
        Ok(Self {
            exchange_id: id(row, "exchangeId")?,
            order_id: id(row, "orderId")?,
            exchange_status,
            collect_status: text(row, "collectStatus"),
            fault_type: text(row, "faultType"),
            reason_code: text(row, "reasonCode"),
            reason_etc_detail: text(row, "reasonEtcDetail"),
            rejectable: flag(row, "rejectable"),
            created_at: instant(row, "createdAt"),
            modified_at: instant(row, "modifiedAt"),
            items: items.collect::<Result<_, _>>()?,
            collect_from: Place::read(address, "return"),
            deliver_to: Place::read(address, "delivery"),
            collections: Collection::read_all(row, "returnDeliveryDtos"),
            reshipments: groups.iter().filter_map(Reshipment::read).collect(),
        })
    }
}

impl Place {
    /// One of the two addresses of an exchange; the mobile number first.
    fn read(address: Option<&Json<'_>>, side: &str) -> Self {
        let field = |name: &str| {
            let name = format!("{side}{name}");
            address
                .map(|address| text(address, &name))
                .unwrap_or_default()
        };
        let mobile = field("Mobile");
        Self {
            name: field("CustomerName"),
            phone: if mobile.is_empty() {
                field("Phone")
            } else {
                mobile
            },
            postcode: field("AddressZipCode"),
            address: field("Address"),
            detail: field("AddressDetail"),
        }
    }
}

impl ExchangeItem {
    fn read(item: &Json<'_>) -> Result<Self, BadField> {
        Ok(Self {
            order_item_id: id(item, "orderItemId")?,
            target_item_id: id(item, "targetItemId").unwrap_or_default(),
            original_shipment_box_id: id(item, "originalShipmentBoxId").unwrap_or_default(),
            quantity: count(item, "quantity")?.unwrap_or(0),
        })
    }
}

impl Reshipment {
    /// A box without an id cannot be named to anybody.
    fn read(group: &Json<'_>) -> Option<Self> {
        let invoices = array(group, "deliveryInvoiceDtos").unwrap_or_default();
        let invoice = |field: &str| {
            let texts = invoices.iter().map(|invoice| text(invoice, field));
            texts
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or_default()
        };
        Some(Self {
            shipment_box_id: id(group, "shipmentBoxId").ok()?,
            deliver_code: invoice("deliverCode"),
            invoice_number: invoice("invoiceNumber"),
        })
    }
}

/// A demand that the buyer took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The receipt's id.
    pub cancel_id: String,
    pub order_id: String,
    pub created_at: Option<DateTime<Utc>>,
}

impl Withdrawal {
    /// Reads one row.
    pub fn read(row: &Json<'_>) -> Result<Self, BadField> {
        Ok(Self {
            cancel_id: id(row, "cancelId")?,
            order_id: id(row, "orderId")?,
            created_at: instant(row, "createdAt"),
        })
    }
}
