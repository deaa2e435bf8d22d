//! How an exchange is written. There is one edition of it, with plain numbers and naive Korean times.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::params::naive;
use super::wire::Edition;
use crate::settings::Settings;
use crate::world::{
    Account, Address, Exchange, ExchangeItem, ExchangeStatus, Order, Parcel, World,
};

/// What the writing of one exchange looks at.
struct View<'a> {
    world: &'a World,
    exchange: &'a Exchange,
    order: &'a Order,
    account: &'a Account,
    now: DateTime<Utc>,
    settings: Settings,
}

/// Writes one exchange. `None` when it belongs to nothing, which a world never lets happen.
pub fn exchange_sheet(
    world: &World,
    exchange: &Exchange,
    now: DateTime<Utc>,
    settings: Settings,
) -> Option<Value> {
    let view = View {
        world,
        exchange,
        order: world.order(exchange.order_id)?,
        account: world.account(exchange.account)?,
        now,
        settings,
    };
    let parcel = world.parcel(exchange.items.first()?.parcel_id)?;
    let (status, reason) = (exchange.status.as_str(), exchange.reason);
    let collected = exchange.collected_at.is_some();
    Some(json!({
        "exchangeId": exchange.id,
        "orderId": exchange.order_id,
        "vendorId": view.account.vendor_id,
        "orderDeliveryStatusCode": parcel.status.as_str(),
        "orderDeliveryStatusLabel": parcel.status.as_str(),
        "exchangeStatus": status,
        "exchangeStatusLabel": status,
        "referType": refer(&view.order.device),
        "referTypeLabel": refer(&view.order.device),
        "faultType": reason.fault(),
        "faultTypeLabel": reason.fault(),
        "exchangeAmount": 0,
        "reason": null,
        "reasonCode": reason.code(),
        "reasonCodeText": reason.text(),
        "reasonEtcDetail": "",
        "cancelReason": exchange.rejected_with,
        "createdByType": "CUSTOMER",
        "createdByTypeLabel": "CUSTOMER",
        "modifiedByType": modified_by(exchange),
        "modifiedByTypeLabel": modified_by(exchange),
        "createdAt": naive(exchange.created_at),
        "modifiedAt": naive(exchange.modified_at),
        "exchangeItemDtoV1s": exchange.items.iter().map(|item| view.item(item)).collect::<Vec<_>>(),
        "exchangeAddressDtoV1": view.addresses(),
        "deliveryInvoiceGroupDtos": view.boxes(),
        "deliveryStatus": view.delivery_status(),
        "collectStatus": collect_status(exchange),
        "collectCompleteDate": exchange.collected_at.map(naive),
        "collectInformationsDto": view.collection(parcel),
        "returnDeliveryDtos": exchange.collections.iter().map(|collection| json!({
            "deliveryCompanyCode": collection.carrier, "deliveryInvoiceNo": collection.number,
        })).collect::<Vec<_>>(),
        "successable": exchange.is_open() && collected,
        "rejectable": exchange.is_open() && exchange.shipment.as_ref().is_none_or(|box_| box_.tracking.is_none()),
        "deliveryInvoiceModifiable": exchange.status == ExchangeStatus::Success,
    }))
}

impl View<'_> {
    fn item(&self, item: &ExchangeItem) -> Value {
        let (ordered, target) = (
            self.account.listing(item.vendor_item_id),
            self.account.listing(item.target_vendor_item_id),
        );
        let price = |vendor_item_id| {
            let line = self.world.parcel(item.parcel_id).and_then(|parcel| {
                parcel
                    .lines
                    .iter()
                    .find(|line| line.vendor_item_id == vendor_item_id)
            });
            line.map(|line| line.price)
        };
        let unit = price(item.vendor_item_id).unwrap_or_default();
        let shipped = self.exchange.status == ExchangeStatus::Success;
        json!({
            "exchangeItemId": item.id,
            "orderItemId": item.vendor_item_id,
            "orderItemUnitPrice": unit,
            "orderItemName": ordered.map(|listing| listing.full_name()),
            "orderPackageId": 0,
            "orderPackageName": ordered.map(|listing| listing.product_name),
            "targetItemId": item.target_vendor_item_id,
            "targetItemUnitPrice": target.map_or(unit, |listing| self.world.shelf(listing).price),
            "targetItemName": target.map(|listing| listing.full_name()),
            "targetPackageId": -1,
            "targetPackageName": target.map(|listing| listing.product_name),
            "quantity": item.count,
            "orderItemDeliveryComplete": true,
            "orderItemReturnComplete": self.exchange.collected_at.is_some(),
            "targetItemDeliveryComplete": shipped && self.delivery_status() == "CompleteDelivery",
            "createdAt": naive(self.exchange.created_at),
            "modifiedAt": naive(self.exchange.modified_at),
            "originalShipmentBoxId": item.parcel_id,
        })
    }

    fn addresses(&self) -> Value {
        let Address {
            postcode,
            street,
            detail,
            ..
        } = &self.order.address;
        let (buyer, receiver) = (&self.order.buyer, &self.order.receiver);
        let phone = Edition::Old.phone(&receiver.safe_number);
        // The safe number for the delivery is lent once the goods are back.
        let delivery_phone = self.exchange.collected_at.map(|_| phone.clone());
        json!({
            "exchangeAddressId": self.exchange.id + 7,
            "returnCustomerName": buyer.name,
            "returnAddressZipCode": postcode,
            "returnAddress": street,
            "returnAddressDetail": detail,
            "returnPhone": phone,
            "returnMobile": phone,
            "returnMemo": "",
            "deliveryCustomerName": receiver.name,
            "deliveryAddressZipCode": postcode,
            "deliveryAddress": street,
            "deliveryAddressDetail": detail,
            "deliveryPhone": delivery_phone,
            "deliveryMobile": delivery_phone,
            "deliveryMemo": self.order.note.as_deref().unwrap_or_default(),
            "createdAt": naive(self.exchange.created_at),
            "modifiedAt": naive(self.exchange.modified_at),
            "exchangeId": self.exchange.id,
        })
    }

    /// The boxes of the new goods: none until a while after the old ones were received.
    fn boxes(&self) -> Vec<Value> {
        let Some(shipment) = self
            .exchange
            .shipment
            .as_ref()
            .filter(|shipment| shipment.visible_at <= self.now)
        else {
            return Vec::new();
        };
        let items: Vec<Value> = self
            .exchange
            .items
            .iter()
            .map(|item| {
                json!({
                    "vendorItemId": item.target_vendor_item_id, "quantity": item.count,
                    "hasAdditionalItem": false, "promiseDeliveryDate": null, "estimatedShippingDate": null,
                })
            })
            .collect();
        let tracking = shipment.tracking.as_ref();
        let arrived = self.arrives_at().filter(|at| *at <= self.now);
        vec![json!({
            "shipmentBoxId": shipment.id,
            "boxPrice": 0,
            "orderId": self.exchange.order_id,
            "orderType": "EXCHANGE",
            "customerType": "B2C",
            "bundleType": "VENDOR_BUNDLE",
            "extraMessage": "",
            "shippingDeliveryType": "EXCHANGE_DELIVERY",
            "deliveryInvoiceDtos": [{
                "invoiceNumber": tracking.map(|tracking| &tracking.number),
                "estimatedDeliveryDate": null,
                "deliveredDate": arrived.map(naive),
                "statusModifiedAt": naive(self.exchange.modified_at),
                "invoiceNumberUploadDate": tracking.map(|tracking| naive(tracking.uploaded_at)),
                "statusCode": match (tracking, arrived) {
                    (None, _) => "INSTRUCT",
                    (Some(_), None) => "DEPARTURE",
                    (Some(_), Some(_)) => "FINAL_DELIVERY",
                },
                "deliverCode": tracking.map(|tracking| &tracking.carrier),
                "isMainShipmentInvoice": true,
                "parcelType": "NORMAL",
                "invoiceVendorItemDtos": items,
            }],
        })]
    }

    /// When the new goods arrive, if they left with a carrier that is tracked.
    fn arrives_at(&self) -> Option<DateTime<Utc>> {
        let tracking = self.exchange.shipment.as_ref()?.tracking.as_ref()?;
        let travel = TimeDelta::from_std(self.settings.deliver_after).ok()?;
        (tracking.carrier != "DIRECT").then(|| tracking.uploaded_at + travel)
    }

    fn delivery_status(&self) -> &'static str {
        let shipment = self.exchange.shipment.as_ref();
        match shipment.and_then(|shipment| shipment.tracking.as_ref()) {
            _ if self.exchange.status == ExchangeStatus::Cancel => "Withdraw",
            None if shipment.is_some() => "CompleteDirection",
            None => "BeforeDirection",
            Some(tracking) if tracking.carrier == "DIRECT" => "VendorDirect",
            Some(_) if self.arrives_at().is_some_and(|at| at <= self.now) => "CompleteDelivery",
            Some(_) => "Delivering",
        }
    }

    fn collection(&self, parcel: &Parcel) -> Value {
        let exchange = self.exchange;
        let collected = exchange.collected_at.is_some();
        let items: Vec<Value> = exchange
            .items
            .iter()
            .map(|item| {
                json!({
                    "vendorItemId": item.vendor_item_id,
                    "statusCode": if collected { "RETURN_COLLECT_OK" } else { "RETURN_SEND_READY" },
                    "returnCount": item.count,
                    "releaseStatus": "RELEASED",
                    "paymentReturnDeliveryMapId": item.id,
                    "paymentItemId": item.id + 1,
                    "modifiedBy": modified_by(exchange),
                    "moodifiedAt": naive(exchange.modified_at),
                    "createdBy": "CUSTOMER",
                    "createdAt": naive(exchange.created_at),
                    "count": item.count,
                    "confirmType": "RELEASED",
                    "collectStatus": if collected { "RETURN" } else { "NONE" },
                })
            })
            .collect();
        let address = &self.order.address;
        let phone = Edition::Old.phone(&self.order.receiver.safe_number);
        json!({
            "returnType": "EXCHANGE_RETURN",
            "expectedReturnDate": null,
            "returndeliveryItemDtos": items,
            "returndeliveryDestinationDto": {
                "vendorZipCode": "06164",
                "vendorPhone": "02-1234-5678",
                "vendorName": self.account.vendor_id,
                "vendorMobile": null,
                "vendorAddressDetail": "1층",
                "vendorAddress": "서울특별시 강남구 테헤란로 501",
                "safetyNumberStatus": "ENABLE",
                "safetyNumberId": exchange.id + 3,
                "safetyNumber": phone,
                "returnDeliveryId": exchange.id + 1_000_000,
                "returnCenterCode": "1000274592",
                "receiptId": exchange.id,
                "orderedByMobile": null,
                "orderId": exchange.order_id,
                "message": self.order.note.as_deref().unwrap_or_default(),
                "customerZipCode": address.postcode,
                "customerPhone": phone,
                "customerName": self.order.buyer.name,
                "customerMobile": null,
                "customerAddressDetail": address.detail,
                "customerAddress": address.street,
            },
            "originalShipmentBoxId": parcel.id,
        })
    }
}

fn collect_status(exchange: &Exchange) -> &'static str {
    match (exchange.status, exchange.collected_at) {
        (ExchangeStatus::Cancel, _) => "Withdraw",
        (_, Some(_)) => "CompleteCollect",
        (_, None) if exchange.collections.is_empty() => "BeforeDirection",
        (_, None) => "CompleteDirection",
    }
}

fn refer(device: &str) -> &'static str {
    match device {
        "PC웹" => "WEB_PC",
        _ => "WEB_MOBILE",
    }
}

fn modified_by(exchange: &Exchange) -> &'static str {
    match exchange.status {
        ExchangeStatus::Receipt | ExchangeStatus::Cancel => "CUSTOMER",
        _ => "VENDOR",
    }
}
