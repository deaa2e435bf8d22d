//! What SmartStore can do. Page and item limits stand in its reference; it names no lags, so they are what a careful
//! reader keeps.

use chrono::TimeDelta;

use super::{buckets, carriers, inquiries, lists, products, writes};
use crate::domain::capability::{
    Capabilities, DispatchGranularity, OrderDiscovery, ReadCost, ReadList,
};
use crate::domain::inquiry::InquiryKind;

const PAGE: i32 = lists::PAGE as i32;
const INQUIRIES: i32 = inquiries::lists::PAGE as i32;
const PRODUCTS: i32 = products::lists::PAGE as i32;
const BATCH: i32 = writes::BATCH as i32;

pub fn capabilities() -> Capabilities {
    Capabilities {
        order_discovery: OrderDiscovery::ChangesFeed,
        // Rows may surface later than the change they tell of; no bound is documented.
        poll_overlap: TimeDelta::minutes(10),
        visibility_lag: TimeDelta::minutes(5),
        // The detail shows a write at once; a minute is for one that is still under way.
        write_lag: TimeDelta::minutes(1),
        max_orders_per_page: PAGE,
        max_claims_per_page: PAGE,
        max_inquiries_per_page: INQUIRIES,
        max_products_per_page: PRODUCTS,
        max_acknowledge_items: BATCH,
        max_dispatch_items: BATCH,
        // A parcel is a product order, which leaves whole.
        dispatch_granularity: DispatchGranularity::WholeParcel,
        splits_parcels: false,
        inquiry_kinds: &[InquiryKind::Product, InquiryKind::Order],
        answer_within: None,
        dispatch_within: None,
        carriers: carriers::KNOWN.to_vec(),
        dispatch_refuses_cancel: true,
        read_costs: read_costs(),
    }
}

/// The feed and the details of its rows are APIs of their own, each counted by itself.
fn read_costs() -> Vec<ReadCost> {
    let costs = [
        (ReadList::ChangedOrders, buckets::FEED),
        (ReadList::ChangedOrders, buckets::QUERY),
        (ReadList::Claims, buckets::FEED),
        (ReadList::Claims, buckets::QUERY),
        (
            ReadList::Inquiries(InquiryKind::Product),
            inquiries::lists::QUESTIONS,
        ),
        (
            ReadList::Inquiries(InquiryKind::Order),
            inquiries::lists::INQUIRIES,
        ),
    ];
    let costs = costs.into_iter().map(|(list, bucket)| ReadCost {
        list,
        bucket,
        calls: 1,
        slices: None,
    });
    costs.collect()
}
