//! What channels can do, as messages.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;

use super::convert_inquiry::inquiry_kind;
use crate::channel::{Channel, Channels};
use crate::domain::account::ChannelAccount;
use crate::domain::capability::{DispatchGranularity, OrderDiscovery, ReadCost, ReadList};
use crate::domain::effect::EffectKind;
use crate::domain::inquiry::InquiryKind;
use crate::domain::quota::CallClass;

/// An account with what its channel can do.
pub fn channel_account(channels: &Channels, account: &ChannelAccount) -> pb::ChannelAccount {
    let channel = channels.get(&account.channel);
    pb::ChannelAccount {
        capabilities: channel.map(|channel| capabilities(channel.as_ref())),
        ..account.into()
    }
}

/// What a channel can do.
pub fn capabilities(channel: &dyn Channel) -> pb::ChannelCapabilities {
    let facts = channel.capabilities();
    let order_discovery = match facts.order_discovery {
        OrderDiscovery::BoxesByState => pb::OrderDiscovery::BoxesByState,
        OrderDiscovery::ChangesFeed => pb::OrderDiscovery::ChangesFeed,
    };
    let dispatch_granularity = match facts.dispatch_granularity {
        DispatchGranularity::WholeParcel => pb::DispatchGranularity::WholeParcel,
        DispatchGranularity::ByLine => pb::DispatchGranularity::ByLine,
        DispatchGranularity::ByQuantity => pb::DispatchGranularity::ByQuantity,
    };
    let inquiry_kinds = facts.inquiry_kinds.iter().map(|kind| inquiry_kind(*kind));
    let carriers = facts.carriers.into_iter().map(str::to_owned);
    pb::ChannelCapabilities {
        channel: channel.code().to_owned(),
        operations: operations(channel, facts.splits_parcels),
        order_discovery: order_discovery.into(),
        poll_overlap: Some(duration(facts.poll_overlap)),
        visibility_lag: Some(duration(facts.visibility_lag)),
        write_lag: Some(duration(facts.write_lag)),
        max_orders_per_page: facts.max_orders_per_page,
        max_claims_per_page: facts.max_claims_per_page,
        max_inquiries_per_page: facts.max_inquiries_per_page,
        max_products_per_page: facts.max_products_per_page,
        max_acknowledge_items: facts.max_acknowledge_items,
        max_dispatch_items: facts.max_dispatch_items,
        dispatch_granularity: dispatch_granularity.into(),
        inquiry_kinds: inquiry_kinds.map(Into::into).collect(),
        answer_within: facts.answer_within.map(duration),
        dispatch_within: facts.dispatch_within.map(duration),
        carriers: carriers.collect(),
        dispatch_refuses_cancel: facts.dispatch_refuses_cancel,
        read_costs: facts.read_costs.into_iter().map(read_cost).collect(),
        poll_share_percent: percent(CallClass::Poll),
        sweep_share_percent: percent(CallClass::Sweep),
    }
}

fn percent(class: CallClass) -> i32 {
    i32::try_from(class.share_percent()).unwrap_or(0)
}

fn read_cost(cost: ReadCost) -> pb::ReadCost {
    let list = match cost.list {
        ReadList::PlacedOrders => pb::ReadList::PlacedOrders,
        ReadList::AcknowledgedOrders => pb::ReadList::AcknowledgedOrders,
        ReadList::DispatchedOrders => pb::ReadList::DispatchedOrders,
        ReadList::DeliveredOrders => pb::ReadList::DeliveredOrders,
        ReadList::ChangedOrders => pb::ReadList::ChangedOrders,
        ReadList::Claims => pb::ReadList::Claims,
        ReadList::OpenClaims => pb::ReadList::OpenClaims,
        ReadList::SettledClaims => pb::ReadList::SettledClaims,
        ReadList::Inquiries(InquiryKind::Product) => pb::ReadList::ProductInquiries,
        ReadList::Inquiries(InquiryKind::Order) => pb::ReadList::OrderInquiries,
        ReadList::Inquiries(InquiryKind::CallCenter) => pb::ReadList::CallCenterInquiries,
    };
    pb::ReadCost {
        list: list.into(),
        bucket: cost.bucket.0.to_owned(),
        calls: cost.calls,
        slice: cost.slices.map(|slices| duration(slices.length)),
        sliced_up_to: cost.slices.map(|slices| duration(slices.up_to)),
    }
}

fn duration(span: TimeDelta) -> prost_types::Duration {
    prost_types::Duration {
        seconds: span.num_seconds(),
        nanos: span.subsec_nanos(),
    }
}

/// The operations that a channel has, by number.
fn operations(channel: &dyn Channel, splits_parcels: bool) -> Vec<i32> {
    use pb::ChannelOperation as Operation;
    let mut operations = vec![Operation::Acknowledge, Operation::Dispatch];
    if splits_parcels {
        operations.push(Operation::SplitDispatch);
    }
    if let Some(told) = channel.operations() {
        operations.extend(told.kinds().iter().map(|kind| operation(*kind)));
    }
    let reads = [
        (channel.claims().is_some(), Operation::FetchClaim),
        (channel.parcels().is_some(), Operation::FetchOrder),
        (channel.parcels().is_some(), Operation::FetchParcelHistory),
        (channel.inquiries().is_some(), Operation::FetchInquiries),
        (channel.listings().is_some(), Operation::FetchProducts),
        (channel.settlements().is_some(), Operation::FetchSettlements),
    ];
    operations.extend(reads.iter().filter(|(has, _)| *has).map(|(_, read)| *read));
    let mut numbers: Vec<i32> = operations.into_iter().map(Into::into).collect();
    numbers.sort_unstable();
    numbers
}

fn operation(kind: EffectKind) -> pb::ChannelOperation {
    use pb::ChannelOperation as Operation;
    match kind {
        EffectKind::Acknowledge => Operation::Acknowledge,
        EffectKind::Dispatch => Operation::Dispatch,
        EffectKind::ConfirmStop => Operation::ConfirmStop,
        EffectKind::ReportAlreadyShipped => Operation::ReportAlreadyShipped,
        EffectKind::CancelLines => Operation::CancelLines,
        EffectKind::ApproveClaim => Operation::ApproveClaim,
        EffectKind::RejectClaim => Operation::RejectClaim,
        EffectKind::ConfirmCollected => Operation::ConfirmCollected,
        EffectKind::ReportCollection => Operation::ReportCollection,
        EffectKind::ReshipExchange => Operation::ReshipExchange,
        EffectKind::HoldClaim => Operation::HoldClaim,
        EffectKind::ReleaseClaim => Operation::ReleaseClaim,
        EffectKind::CorrectTracking => Operation::CorrectTracking,
        EffectKind::DelayDispatch => Operation::DelayDispatch,
        EffectKind::ReportDelivered => Operation::ReportDelivered,
        EffectKind::AnswerInquiry => Operation::AnswerInquiry,
        EffectKind::ConfirmInquiry => Operation::ConfirmInquiry,
        EffectKind::SetStock => Operation::SetStock,
        EffectKind::SetPrice => Operation::SetPrice,
        EffectKind::StopSale => Operation::StopSale,
        EffectKind::ResumeSale => Operation::ResumeSale,
    }
}
