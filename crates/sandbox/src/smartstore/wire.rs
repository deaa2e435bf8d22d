//! The detail object of a product order, as all order reads answer it. What does not apply is left out.

use serde_json::{Map, Value, json};

use super::answer::{instant, without_nulls};
use super::claim_wire::{claim_key, claim_object, completed_object};
use super::people::{hyphenated, mask_name, mask_phone, mask_tail};
use super::rules::Rules;
use super::world::{
    GiftStatus, Method, Order, Place, ProductOrder, Recipient, Shipment, Status, place,
};
use crate::world::{Account, Listing, World};

/// What a detail is told from, and how.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub world: &'a World,
    pub rules: &'a Rules,
    /// Whether the caller understands claims for part of the quantity.
    pub by_quantity: bool,
}

impl View<'_> {
    pub fn detail(&self, order: &Order, product_order: &ProductOrder) -> Value {
        let mut detail = Map::new();
        detail.insert("order".to_owned(), self.order(order));
        detail.insert(
            "productOrder".to_owned(),
            self.product_order(order, product_order),
        );
        if let Some(shipment) = &product_order.shipment {
            detail.insert("delivery".to_owned(), delivery(shipment));
        }
        let hidden = self.hides_claim(product_order);
        if let Some(claim) = product_order.claim.as_ref().filter(|_| !hidden) {
            let (key, object) = (claim_key(claim.kind), claim_object(claim, product_order));
            if self.rules.legacy_claims {
                detail.insert(key.to_owned(), object.clone());
            }
            detail.insert("currentClaim".to_owned(), json!({key: object}));
        }
        if let Some(claim) = &product_order.before {
            let object = claim_object(claim, product_order);
            detail.insert(
                "beforeClaim".to_owned(),
                json!({claim_key(claim.kind): object}),
            );
        }
        if self.by_quantity && !product_order.completed.is_empty() {
            let claims: Vec<Value> = product_order
                .completed
                .iter()
                .map(|claim| completed_object(claim, product_order))
                .collect();
            detail.insert("completedClaims".to_owned(), Value::Array(claims));
        }
        without_nulls(Value::Object(detail))
    }

    /// Whether this order was cancelled by the seller and shows no claim for it.
    fn hides_claim(&self, product_order: &ProductOrder) -> bool {
        self.rules.seller_cancel_hides_claim
            && product_order.status == Status::Canceled
            && product_order
                .claim
                .as_ref()
                .is_some_and(|claim| claim.by_seller)
    }

    fn order(&self, order: &Order) -> Value {
        let total: i64 = self
            .world
            .smartstore
            .parts(order)
            .map(|part| part.paid() + part.delivery_fee + part.section_fee)
            .sum();
        let gift = order.gift.is_some();
        let points = order.payment_means == "포인트/머니결제";
        let orderer_id = if self.rules.mask_orderer_id {
            mask_tail(&order.orderer_id, 4)
        } else {
            order.orderer_id.clone()
        };
        let phone = hyphenated(&order.orderer.safe_number);
        json!({
            "orderId": order.id.to_string(),
            "orderDate": instant(order.ordered_at),
            "paymentDate": order.paid_at.map(instant),
            "paymentDueDate": order.payment_due_at.map(instant),
            "ordererId": orderer_id,
            "ordererNo": order.orderer_no.to_string(),
            "ordererName": if gift { mask_name(&order.orderer.name) } else { order.orderer.name.clone() },
            "ordererTel": if gift { mask_phone(&phone) } else { phone },
            "paymentMeans": order.payment_means,
            "payLocationType": order.location,
            "isDeliveryMemoParticularInput": "false",
            "isMembershipSubscribed": order.membership,
            "orderDiscountAmount": 0,
            "generalPaymentAmount": if points { 0 } else { total },
            "naverMileagePaymentAmount": if points { total } else { 0 },
            "chargeAmountPaymentAmount": 0,
            "checkoutAccumulationPaymentAmount": 0,
            "payLaterPaymentAmount": 0,
        })
    }

    fn product_order(&self, order: &Order, product_order: &ProductOrder) -> Value {
        let account = self.world.account(product_order.account);
        let mut all = Map::new();
        for part in [
            self.identity(product_order, account),
            self.state(order, product_order),
            money(product_order),
            shipping(order, product_order, account),
        ] {
            if let Value::Object(members) = part {
                all.extend(members);
            }
        }
        if self.by_quantity
            && let Value::Object(members) = remaining(product_order)
        {
            all.extend(members);
        }
        Value::Object(all)
    }

    fn identity(&self, product_order: &ProductOrder, account: Option<&Account>) -> Value {
        let listings: &[Listing] = account.map_or(&[], |account| &account.listings);
        let listing = listings.get(product_order.listing);
        let place: Option<Place> = place(product_order.account, listings, product_order.listing);
        let product = self
            .world
            .smartstore
            .product(self.world.accounts(), product_order.origin_no);
        let channel_no = product
            .as_ref()
            .map(|product| product.channel_no)
            .or(place.map(|place| place.channel_no));
        let has_options = product_order.option_id.is_some();
        let sku = listing.map(|listing| listing.sku);
        json!({
            "productOrderId": product_order.id.to_string(),
            "mallId": account.map(|account| &account.smartstore.account_id),
            "merchantChannelId": account.map(|account| account.smartstore.channel_no.to_string()),
            "productId": channel_no.map(|number| number.to_string()),
            "originalProductId": product_order.origin_no.to_string(),
            "productClass": if has_options { "조합형옵션상품" } else { "단일상품" },
            "productName": product.map_or_else(
                || listing.map(|listing| listing.product_name.to_owned()),
                |product| Some(product.name),
            ),
            "productOption": listing
                .filter(|_| has_options)
                .map(|listing| format!("옵션: {}", listing.item_name)),
            "optionCode": product_order.option_id.map(|id| id.to_string()),
            "itemNo": product_order.option_id.map(|id| id.to_string()),
            "optionManageCode": sku.filter(|_| has_options),
            "sellerProductCode": sku.filter(|_| !has_options),
            "packageNumber": product_order.package.to_string(),
            "inflowPath": "네이버쇼핑",
        })
    }

    fn state(&self, order: &Order, product_order: &ProductOrder) -> Value {
        let claim = product_order
            .claim
            .as_ref()
            .filter(|_| !self.hides_claim(product_order));
        json!({
            "productOrderStatus": product_order.status,
            "placeOrderStatus": product_order.place_status,
            "placeOrderDate": product_order.confirmed_at.map(instant),
            "claimId": claim.map(|claim| claim.id.to_string()),
            "claimType": claim.map(|claim| claim.kind),
            "claimStatus": claim.map(|claim| claim.status),
            "decisionDate": product_order.decided_at.map(instant),
            "giftReceivingStatus": order.gift,
            "shippingDueDate": order.paid_at.map(|_| instant(product_order.due_at)),
            "shippingStartDate": None::<String>,
            "delayedDispatchReason": product_order.delay.as_ref().map(|delay| &delay.reason),
            "delayedDispatchDetailedReason": product_order
                .delay
                .as_ref()
                .and_then(|delay| delay.detail.as_ref()),
        })
    }
}

/// What Naver keeps of what the goods bring, in won: for the payment, and for the sale.
pub fn commission(product_order: &ProductOrder) -> (i64, i64) {
    let amount = product_order.sales();
    (amount * 363 / 10_000, amount * 273 / 10_000)
}

fn money(product_order: &ProductOrder) -> Value {
    let amount = product_order.amount();
    let fee = product_order.delivery_fee + product_order.section_fee;
    let (payment, sale) = commission(product_order);
    let off = product_order.discounts;
    json!({
        "quantity": product_order.quantity,
        "unitPrice": product_order.unit_price,
        "optionPrice": product_order.option_price,
        "totalProductAmount": amount,
        "productDiscountAmount": off.total(),
        "productImediateDiscountAmount": off.instant,
        "productProductDiscountAmount": off.coupon + off.channel,
        "totalPaymentAmount": product_order.paid(),
        "sellerBurdenDiscountAmount": off.by_seller(),
        "sellerBurdenImediateDiscountAmount": off.instant,
        "sellerBurdenProductDiscountAmount": off.coupon,
        "deliveryFeeAmount": product_order.delivery_fee,
        "deliveryDiscountAmount": 0,
        "sectionDeliveryFee": product_order.section_fee,
        "deliveryPolicyType": if product_order.delivery_fee > 0 { "조건부무료" } else { "무료" },
        "shippingFeeType": if product_order.delivery_fee > 0 { "선불" } else { "무료" },
        "paymentCommission": payment,
        "saleCommission": sale,
        "channelCommission": 0,
        "knowledgeShoppingSellingInterlockCommission": 0,
        "expectedSettlementAmount": product_order.sales() + fee - payment - sale,
        "commissionRatingType": "결제수수료",
        "commissionPrePayStatus": "GENERAL_PRD",
        "taxType": if product_order.digital { "TAX_FREE" } else { "TAXATION" },
    })
}

/// The fields that callers see who understand claims for part of the quantity.
fn remaining(product_order: &ProductOrder) -> Value {
    let amount = product_order.amount();
    let left = (product_order.unit_price + product_order.option_price) * product_order.remaining;
    let off = product_order.discounts.total();
    let pieces = (product_order.remaining, product_order.quantity);
    let left_off = product_order
        .discounts
        .of_pieces(pieces.0, pieces.1)
        .total();
    json!({
        "initialQuantity": product_order.quantity,
        "remainQuantity": product_order.remaining,
        "initialProductAmount": amount,
        "remainProductAmount": left,
        "initialPaymentAmount": product_order.paid(),
        "remainPaymentAmount": left - left_off,
        "initialProductDiscountAmount": off,
        "remainProductDiscountAmount": left_off,
    })
}

fn shipping(order: &Order, product_order: &ProductOrder, account: Option<&Account>) -> Value {
    let hope = product_order.hope.as_ref().map(|hope| {
        json!({
            "region": hope.region, "additionalFee": 0, "hopeDeliveryYmd": hope.day,
            "hopeDeliveryHm": hope.time, "changeReason": hope.change_reason,
            "changer": hope.changed_at.map(|_| "SELLER"),
        })
    });
    let method = if product_order.digital {
        Method::Nothing
    } else {
        Method::Delivery
    };
    let waits = order.gift == Some(GiftStatus::WaitForReceiving);
    let recipient = product_order.recipient.as_ref().filter(|_| !waits);
    json!({
        "deliveryAttributeType": if hope.is_some() { "HOPE" } else { "NORMAL" },
        "expectedDeliveryMethod": method,
        "expectedDeliveryCompany": (!product_order.digital).then_some("CJGLS"),
        "shippingMemo": order.note,
        "hopeDelivery": hope,
        "logisticsDirectContracted": false,
        "shippingAddress": recipient.map(address),
        "takingAddress": account.map(|_| taking_address()),
    })
}

pub fn address(recipient: &Recipient) -> Value {
    json!({
        "addressType": "DOMESTIC",
        "name": recipient.person.name,
        "tel1": hyphenated(&recipient.person.safe_number),
        "zipCode": recipient.address.postcode,
        "baseAddress": recipient.address.street,
        "detailedAddress": recipient.address.detail,
        "city": "",
        "state": "",
        "country": "대한민국",
        "isRoadNameAddress": true,
    })
}

/// The warehouse of every played seller: name, phone, postcode, street, door.
pub const WAREHOUSE: (&str, &str, &str, &str, &str) = (
    "라온상점 물류센터",
    "02-3000-1000",
    "10136",
    "경기도 김포시 봉화로 12",
    "2층",
);

/// Where the goods leave from.
pub fn taking_address() -> Value {
    let (name, phone, postcode, street, door) = WAREHOUSE;
    json!({
        "addressType": "DOMESTIC",
        "name": name,
        "tel1": phone,
        "zipCode": postcode,
        "baseAddress": street,
        "detailedAddress": door,
        "city": "",
        "state": "",
        "country": "대한민국",
        "isRoadNameAddress": true,
    })
}

fn delivery(shipment: &Shipment) -> Value {
    let carried = shipment.method.is_carried();
    let status = match (shipment.delivered_at, carried) {
        (_, false) => "NOT_TRACKING",
        (Some(_), true) => "DELIVERY_COMPLETION",
        (None, true) => "DELIVERING",
    };
    json!({
        "deliveryMethod": shipment.method,
        "deliveryCompany": shipment.company,
        "trackingNumber": shipment.number,
        "sendDate": instant(shipment.dispatched_on),
        "pickupDate": carried.then(|| instant(shipment.sent_at)),
        "deliveredDate": shipment.delivered_at.map(instant),
        "deliveryStatus": status,
        "isWrongTrackingNumber": false,
    })
}
