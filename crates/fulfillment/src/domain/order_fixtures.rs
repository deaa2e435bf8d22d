//! Orders for tests of the domain.

use super::*;
use moa_id::Ids;

pub(crate) fn line(ids: &Ids, parcel: &str, quantity: i32) -> OrderLine {
    let now = DateTime::UNIX_EPOCH;
    OrderLine {
        snapshot: LineSnapshot {
            line_id: ids.next(),
            channel_line_id: ids.uuid().to_string(),
            channel_parcel_id: parcel.to_owned(),
            channel_listing_id: "3000".to_owned(),
            product_name: "머그컵".to_owned(),
            option_name: String::new(),
            quantity,
            cancelled_quantity: 0,
            held_quantity: 0,
            open_claim: None,
            state: LineState::Acknowledged,
            channel_tracking_number: String::new(),
        },
        mapping: Mapping::Mapped(vec![component(ids, VariantKind::Physical, 1)]),
        first_seen_at: now,
        state_since: now,
        objection_since: None,
    }
}

pub(crate) fn digital(mut line: OrderLine) -> OrderLine {
    if let Mapping::Mapped(components) = &mut line.mapping {
        components[0].kind = VariantKind::Digital;
    }
    line
}

pub(crate) fn component(ids: &Ids, kind: VariantKind, quantity: i32) -> Component {
    Component {
        variant_id: ids.next(),
        kind,
        quantity,
        sku: "SKU-1".to_owned(),
        name: "머그컵 흰색".to_owned(),
    }
}

/// A line that stands for several variants.
pub(crate) fn set(mut line: OrderLine, components: Vec<Component>) -> OrderLine {
    line.mapping = Mapping::Mapped(components);
    line
}

pub(crate) fn order(ids: &Ids, lines: Vec<OrderLine>) -> Order {
    Order {
        merchant_id: ids.next(),
        order_id: ids.next(),
        account_id: ids.next(),
        channel_order_id: "9000".to_owned(),
        receiver: Receiver::default(),
        lines,
    }
}
