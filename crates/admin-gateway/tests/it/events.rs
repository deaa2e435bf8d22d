//! Events as other services write them.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{Ids, MerchantId, OrderId, ShipmentId};
use moa_outbox::FeedEvent;
use moa_proto::moa::fulfillment::v1::{Shipment, ShipmentChanged, ShipmentLine, ShipmentState};
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1::{Order, OrderChanged, OrderLine, OrderPlaced, OrderState};
use moa_service::timestamp;
use moa_testkit::a_friday;
use prost::{Message, Name};
use uuid::Uuid;

pub fn event<M: Message + Name>(
    ids: &Ids,
    merchant_id: MerchantId,
    aggregate_id: Uuid,
    version: i64,
    message: &M,
) -> FeedEvent {
    FeedEvent {
        event_id: ids.next(),
        merchant_id,
        type_name: M::full_name(),
        aggregate_id,
        version,
        occurred_at: a_friday() + TimeDelta::minutes(version),
        payload: message.encode_to_vec().into(),
    }
}

pub fn won(amount_minor: i64) -> Option<Money> {
    Some(Money {
        amount_minor,
        currency: "KRW".to_owned(),
    })
}

/// An order of one mug, placed `minutes` before [`a_friday`].
pub fn order(ids: &Ids, channel_order_id: &str, minutes: i64) -> Order {
    let ordered_at: DateTime<Utc> = a_friday() - TimeDelta::minutes(minutes);
    Order {
        order_id: ids.uuid().to_string(),
        version: 1,
        channel: "coupang".to_owned(),
        channel_account_id: Uuid::from_u128(5).to_string(),
        channel_order_id: channel_order_id.to_owned(),
        state: OrderState::Placed.into(),
        ordered_at: Some(timestamp(ordered_at)),
        lines: vec![OrderLine {
            line_id: ids.uuid().to_string(),
            channel_line_id: format!("{channel_order_id}-1"),
            channel_parcel_id: "9001".to_owned(),
            channel_listing_id: "77".to_owned(),
            product_name: "백자 머그컵".to_owned(),
            option_name: "Large".to_owned(),
            sku_code: "MUG-L".to_owned(),
            quantity: 2,
            unit_price: won(9_500),
            line_total: won(19_000),
            discount: won(1_900),
            merchant_discount: won(1_500),
            shipping_group: "9001".to_owned(),
            shipping_fee: won(3_000),
            state: OrderState::Placed.into(),
            ..Default::default()
        }],
        shipping_fee: won(3_000),
        created_at: Some(timestamp(ordered_at + TimeDelta::seconds(20))),
        ..Default::default()
    }
}

pub fn placed(ids: &Ids, merchant: MerchantId, order: &Order) -> FeedEvent {
    let id = order.order_id.parse().unwrap();
    let order = Some(order.clone());
    event(ids, merchant, id, 1, &OrderPlaced { order })
}

/// The order in a later state.
pub fn changed(
    ids: &Ids,
    merchant: MerchantId,
    order: &Order,
    version: i64,
    state: OrderState,
) -> FeedEvent {
    let mut order = order.clone();
    order.version = version;
    order.state = state.into();
    for line in &mut order.lines {
        line.state = state.into();
    }
    let id = order.order_id.parse().unwrap();
    let order = Some(order);
    event(ids, merchant, id, version, &OrderChanged { order })
}

/// A shipment with every line of the order.
pub fn shipped(
    ids: &Ids,
    merchant: MerchantId,
    order: &Order,
    shipment_id: ShipmentId,
    version: i64,
    state: ShipmentState,
) -> FeedEvent {
    let lines = order.lines.iter().map(|line| ShipmentLine {
        order_id: order.order_id.clone(),
        line_id: line.line_id.clone(),
        quantity: line.quantity,
        channel_parcel_id: line.channel_parcel_id.clone(),
        contents: Vec::new(),
    });
    let (hold_reason, hold_detail) = match state {
        ShipmentState::Held => ("ORDER_CANCELLED", "채널에서 취소된 주문입니다"),
        _ => ("", ""),
    };
    let shipment = Some(Shipment {
        shipment_id: shipment_id.to_string(),
        version,
        state: state.into(),
        lines: lines.collect(),
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: "123456789012".to_owned(),
        hold_reason: hold_reason.to_owned(),
        hold_detail: hold_detail.to_owned(),
        order_ids: vec![order.order_id.clone()],
        ..Default::default()
    });
    let message = ShipmentChanged { shipment };
    event(ids, merchant, shipment_id.as_uuid(), version, &message)
}

pub fn id_of(order: &Order) -> OrderId {
    order.order_id.parse().unwrap()
}
