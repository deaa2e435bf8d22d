//! What Coupang can do. The numbers stand in its documents; the lags are what it asks integrators to expect.

use chrono::TimeDelta;

use super::claims::lists;
use super::{carriers, windows};
use crate::domain::buckets::Bucket;
use crate::domain::capability::{
    Capabilities, DispatchGranularity, OrderDiscovery, ReadCost, ReadList, Slices,
};
use crate::domain::inquiry::InquiryKind;
use crate::domain::order::LineState;

pub fn capabilities() -> Capabilities {
    Capabilities {
        order_discovery: OrderDiscovery::BoxesByState,
        poll_overlap: TimeDelta::minutes(30),
        visibility_lag: TimeDelta::minutes(10),
        write_lag: TimeDelta::minutes(30),
        max_orders_per_page: 50,
        max_claims_per_page: 50,
        max_inquiries_per_page: 50,
        max_products_per_page: 100,
        max_acknowledge_items: 50,
        max_dispatch_items: 50,
        dispatch_granularity: DispatchGranularity::WholeParcel,
        splits_parcels: true,
        inquiry_kinds: &[InquiryKind::Product, InquiryKind::CallCenter],
        answer_within: Some(TimeDelta::hours(24)),
        dispatch_within: None,
        carriers: carriers::KNOWN.split(", ").collect(),
        dispatch_refuses_cancel: false,
        read_costs: read_costs(),
    }
}

/// Order lists are read by status and, up to an hour, in slices ([`windows`]); claim lists by kind, as one.
fn read_costs() -> Vec<ReadCost> {
    let orders = [
        (ReadList::PlacedOrders, LineState::Placed),
        (ReadList::AcknowledgedOrders, LineState::Acknowledged),
        (ReadList::DispatchedOrders, LineState::Dispatched),
        (ReadList::DeliveredOrders, LineState::Delivered),
    ];
    let orders = orders.into_iter().filter_map(|(list, state)| {
        let calls = windows::statuses(&state)?.len();
        let slices = Slices {
            length: windows::SLICE,
            up_to: windows::BY_MINUTE,
        };
        Some((list, calls, Some(slices)))
    });
    let others = [
        (ReadList::OpenClaims, lists::OPEN_KINDS.len(), None),
        // Exchanges and withdrawals have a list each.
        (
            ReadList::SettledClaims,
            lists::COMPLETED_KINDS.len() + 2,
            None,
        ),
        (ReadList::Inquiries(InquiryKind::Product), 1, None),
        (ReadList::Inquiries(InquiryKind::CallCenter), 1, None),
    ];
    let costs = orders.chain(others).map(|(list, calls, slices)| ReadCost {
        list,
        bucket: Bucket::WHOLE,
        calls: i32::try_from(calls).unwrap_or(i32::MAX),
        slices,
    });
    costs.collect()
}
