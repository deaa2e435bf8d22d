//! order-sync's topic "orders".

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use moa_id::MerchantId;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::parse_timestamp;
use sqlx::PgConnection;

use super::malformed;
use crate::Error;
use crate::app::App;
use crate::domain::order::{LineSnapshot, LineState, OpenClaim, OrderSnapshot};
use crate::domain::receiver::{Receiver, ReceiverMark};

/// Applies orders.
pub struct OrdersFeed(pub Arc<App>);

#[async_trait]
impl FeedHandler for OrdersFeed {
    async fn apply(
        &self,
        conn: &mut PgConnection,
        events: &[FeedEvent],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut by_merchant: BTreeMap<MerchantId, Vec<OrderSnapshot>> = BTreeMap::new();
        for event in events {
            if let Some(order) = order_of(event)? {
                let snapshot = parse_order(event, order)
                    .map_err(|reason| malformed("order-sync", event, reason))?;
                by_merchant
                    .entry(event.merchant_id)
                    .or_default()
                    .push(snapshot);
            }
        }
        for (merchant_id, snapshots) in by_merchant {
            self.0
                .apply_orders(&mut *conn, merchant_id, snapshots)
                .await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}

/// The order an event carries; none for a message that is not about orders.
fn order_of(event: &FeedEvent) -> Result<Option<pb::Order>, Error> {
    let decoded = match event.decode::<pb::OrderPlaced>() {
        Some(placed) => placed.map(|placed| placed.order),
        None => match event.decode::<pb::OrderChanged>() {
            Some(changed) => changed.map(|changed| changed.order),
            None => return Ok(None),
        },
    };
    let order = decoded.map_err(|error| malformed("order-sync", event, error))?;
    order
        .map(Some)
        .ok_or_else(|| malformed("order-sync", event, "it carries no order"))
}

fn parse_order(event: &FeedEvent, order: pb::Order) -> Result<OrderSnapshot, String> {
    let claims = order.claims;
    let mark = order.receiver.unwrap_or_default();
    let mut lines = Vec::with_capacity(order.lines.len());
    for line in order.lines {
        lines.push(parse_line(line, &claims)?);
    }
    Ok(OrderSnapshot {
        merchant_id: event.merchant_id,
        order_id: order.order_id.parse().map_err(|error| format!("{error}"))?,
        version: event.version,
        channel: order.channel,
        account_id: order
            .channel_account_id
            .parse()
            .map_err(|error| format!("{error}"))?,
        channel_order_id: order.channel_order_id,
        ordered_at: parse_timestamp("ordered_at", order.ordered_at)
            .map_err(|status| status.message().to_owned())?,
        receiver: Receiver {
            contact_version: order.contact_version,
            mark: ReceiverMark {
                place: mark.place.into(),
                name: mark.name.into(),
            },
        },
        contact_erased: order.contact_erased,
        lines,
    })
}

fn parse_line(line: pb::OrderLine, claims: &[pb::Claim]) -> Result<LineSnapshot, String> {
    let touching = claims
        .iter()
        .filter_map(|claim| Some((claim, claimed(claim, &line)?)));
    let mut open_claim = None;
    let mut cancelled_by_claim = 0_i32;
    for (claim, quantity) in touching {
        let is_cancel = matches!(
            claim.kind(),
            pb::ClaimKind::Cancel | pb::ClaimKind::StopShipment
        );
        match (claim.state(), is_cancel) {
            (pb::ClaimState::Completed, true) => {
                cancelled_by_claim = cancelled_by_claim.saturating_add(quantity)
            }
            (pb::ClaimState::Completed | pb::ClaimState::Withdrawn, _) => {}
            // A demand whose state this version does not know speaks against shipping, too.
            (pb::ClaimState::Requested | pb::ClaimState::Unspecified, true) => {
                open_claim = Some(OpenClaim::Cancel)
            }
            (pb::ClaimState::Requested | pb::ClaimState::Unspecified, false) => {
                open_claim = open_claim.or(Some(OpenClaim::AfterSale));
            }
        }
    }
    Ok(LineSnapshot {
        line_id: line.line_id.parse().map_err(|error| format!("{error}"))?,
        state: parse_state(line.state()),
        channel_line_id: line.channel_line_id,
        channel_parcel_id: line.channel_parcel_id,
        channel_listing_id: line.channel_listing_id,
        product_name: line.product_name,
        option_name: line.option_name,
        quantity: line.quantity,
        // The claim may be known before the order itself shows the cancel; the higher word counts.
        cancelled_quantity: line
            .cancelled_quantity
            .max(cancelled_by_claim.min(line.quantity)),
        held_quantity: line.held_quantity,
        open_claim,
        channel_tracking_number: line.tracking_number,
    })
}

/// Units of the line that a claim is about; none when it is about others. A claim without lines is about all.
fn claimed(claim: &pb::Claim, line: &pb::OrderLine) -> Option<i32> {
    if claim.lines.is_empty() {
        return Some(line.quantity);
    }
    let of_line = claim
        .lines
        .iter()
        .filter(|claimed| claimed.channel_line_id == line.channel_line_id);
    of_line
        .map(|claimed| claimed.quantity)
        .reduce(i32::saturating_add)
}

fn parse_state(state: pb::OrderState) -> LineState {
    match state {
        pb::OrderState::Placed => LineState::Placed,
        pb::OrderState::Acknowledged => LineState::Acknowledged,
        pb::OrderState::Dispatched => LineState::Dispatched,
        pb::OrderState::Delivered => LineState::Delivered,
        pb::OrderState::Confirmed => LineState::Confirmed,
        pb::OrderState::Cancelled => LineState::Cancelled,
        pb::OrderState::Returned => LineState::Returned,
        // Only an order can be dispatched in part; what the channel said is not known here.
        pb::OrderState::Unspecified | pb::OrderState::PartiallyDispatched => LineState::Unknown,
    }
}
