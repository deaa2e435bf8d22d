//! What Coupang can do. The numbers stand in its documents; the lags are what it asks integrators to expect.

use chrono::TimeDelta;

use super::carriers;
use crate::domain::capability::{Capabilities, DispatchGranularity, OrderDiscovery};
use crate::domain::inquiry::InquiryKind;

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
    }
}
