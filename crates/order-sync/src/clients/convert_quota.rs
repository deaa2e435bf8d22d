//! What an account may ask of its channel, as our values.

use moa_proto::moa::channel_proxy::v1 as pb;

use crate::domain::inquiry::InquiryKind;
use crate::domain::schedule::{CallQuota, ReadCost};
use crate::domain::stream::Stream;

/// More lists are at no channel.
const MAX_COSTS: usize = 100;
/// Longer names of buckets neither.
const BUCKET_CHARS: usize = 200;
/// A month, in seconds: no window is longer.
const LONGEST: i64 = 31 * 86_400;

/// The quota of an account; empty where channel-proxy does not say what reads cost. Costs of lists that nobody reads here
/// are left out.
pub(crate) fn call_quota(account: &pb::ChannelAccount) -> CallQuota {
    let Some(capabilities) = &account.capabilities else {
        return CallQuota::default();
    };
    let costs = capabilities.read_costs.iter().take(MAX_COSTS);
    let mut costs: Vec<ReadCost> = costs.filter_map(read_cost).collect();
    if account.quota_per_second < 1 {
        costs.clear();
    }
    CallQuota {
        per_second: account.quota_per_second.max(0),
        poll_percent: capabilities.poll_share_percent.clamp(0, 100),
        sweep_percent: capabilities.sweep_share_percent.clamp(0, 100),
        costs,
    }
}

fn read_cost(cost: &pb::ReadCost) -> Option<ReadCost> {
    let stream = match cost.list() {
        pb::ReadList::PlacedOrders => Stream::OrdersPlaced,
        pb::ReadList::AcknowledgedOrders => Stream::OrdersAcknowledged,
        pb::ReadList::DispatchedOrders => Stream::OrdersDispatched,
        pb::ReadList::DeliveredOrders => Stream::OrdersDelivered,
        pb::ReadList::ChangedOrders => Stream::OrdersChanged,
        pb::ReadList::Claims | pb::ReadList::OpenClaims => Stream::Claims,
        pb::ReadList::SettledClaims => Stream::ClaimsSettled,
        pb::ReadList::ProductInquiries => Stream::Inquiries(InquiryKind::Product),
        pb::ReadList::OrderInquiries => Stream::Inquiries(InquiryKind::Order),
        pb::ReadList::CallCenterInquiries => Stream::Inquiries(InquiryKind::CallCenter),
        pb::ReadList::Unspecified => return None,
    };
    let seconds =
        |span: Option<prost_types::Duration>| span.map_or(0, |span| span.seconds.clamp(0, LONGEST));
    let bucket = cost.bucket.replace('\0', " ");
    Some(ReadCost {
        stream,
        bucket: bucket.chars().take(BUCKET_CHARS).collect(),
        calls: cost.calls.max(0),
        slice_seconds: seconds(cost.slice),
        sliced_up_to_seconds: seconds(cost.sliced_up_to),
    })
}
