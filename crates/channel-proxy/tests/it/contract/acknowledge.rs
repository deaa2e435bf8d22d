//! Accepting parcels.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use super::desk::Desk;
use super::world::World;
use crate::support::Parcel;

/// One refused item does not hold up the others, and each has its own answer in the request's order.
pub async fn parcels_are_accepted_each_with_its_own_answer<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(3, 1).await;
    let parcels = desk.placed(&orders).await;
    desk.buyer(&parcels[1].channel_order_id, "cancel", json!({}))
        .await;
    let items: Vec<_> = parcels
        .iter()
        .map(|parcel| desk.stage.acknowledge_item(parcel, 1))
        .collect();
    let first = desk.acknowledge(items.clone()).await;
    let outcomes: Vec<_> = first.iter().map(pb::WriteResult::outcome).collect();
    use pb::WriteOutcome::{Blocked, Confirmed};
    assert_eq!(outcomes, [Confirmed, Blocked, Confirmed], "{first:?}");
    assert_eq!(first[1].reason, "ORDER_CANCELLED");
    for (result, item) in first.iter().zip(&items) {
        assert_eq!(result.effect_id, item.effect_id);
    }
    assert_eq!(desk.stage.verdict("orders_acknowledged").await, 2);

    // Nobody could be asked now: what is known is answered from memory.
    desk.trouble("error_500", "/", None).await;
    let again = desk
        .acknowledge(vec![items[0].clone(), items[2].clone()])
        .await;
    assert_eq!(again, [first[0].clone(), first[2].clone()]);
    let mut later = items[0].clone();
    later.fence = 7;
    assert_eq!(desk.acknowledge(vec![later]).await[0].outcome(), Confirmed);
    let mut stale = items[0].clone();
    stale.fence = 6;
    let stale = desk.acknowledge(vec![stale]).await.remove(0);
    assert_eq!(stale.reason, "STALE_FENCE", "{stale:?}");
    assert_eq!(stale.outcome(), pb::WriteOutcome::RefusedLater);
    desk.calm().await;

    // Another effect finds it done.
    let other = desk.stage.acknowledge_item(&parcels[0], 1);
    assert_eq!(desk.acknowledge(vec![other]).await[0].outcome(), Confirmed);
}

pub async fn an_acknowledge_whose_answer_was_lost_is_found_by_its_probe<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(1, 1).await;
    let parcel = desk.placed(&orders).await.remove(0);
    let mut item = desk.stage.acknowledge_item(&parcel, 1);
    for (trouble, verdict) in [
        ("reset_before", pb::ProbeVerdict::Clean),
        ("reset_after", pb::ProbeVerdict::Happened),
    ] {
        desk.trouble(trouble, W::path(Operation::Acknowledge), Some(1))
            .await;
        let lost = desk.acknowledge(vec![item.clone()]).await.remove(0);
        assert_eq!(lost.outcome(), pb::WriteOutcome::Unclear, "{lost:?}");
        assert_eq!(lost.reason, "CHANNEL_CONNECTION_LOST");
        let acknowledge = Intended::Acknowledge(pb::ProbeAcknowledge {});
        let probed = desk
            .probe_parcel(&item.effect_id, &parcel, acknowledge)
            .await;
        assert_eq!(probed.verdict(), verdict, "{probed:?}");
        item.fence += 1;
    }
    let settled = desk.acknowledge(vec![item]).await.remove(0);
    assert_eq!(
        settled.outcome(),
        pb::WriteOutcome::Confirmed,
        "{settled:?}"
    );
}

pub async fn what_is_no_batch_is_refused_by_field<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let parcel = Parcel {
        channel_order_id: "7".to_owned(),
        channel_parcel_id: "7".to_owned(),
        lines: vec![pb::InspectLine {
            channel_line_id: "7".to_owned(),
            quantity: 1,
        }],
    };
    let item = desk.stage.acknowledge_item(&parcel, 1);
    let twice = desk.stage.acknowledge_item(&parcel, 1);
    let many = (0..51).map(|_| desk.stage.acknowledge_item(&parcel, 1));
    let (mut no_fence, mut no_effect, mut no_id) = (item.clone(), item.clone(), item.clone());
    no_fence.fence = 0;
    no_effect.effect_id.clear();
    no_id.channel_parcel_id = "a b".to_owned();
    for (items, field) in [
        (vec![], "items"),
        (many.collect(), "items"),
        (vec![no_fence], "items[0].fence"),
        (vec![no_effect], "items[0].effect_id"),
        (vec![no_id], "items[0].channel_parcel_id"),
        (vec![item.clone(), item.clone()], "items[1].effect_id"),
        (vec![item, twice], "items[1].channel_parcel_id"),
    ] {
        let request = pb::AcknowledgeParcelsRequest {
            merchant_id: desk.merchant_id(),
            channel_account_id: desk.account.clone(),
            items,
        };
        let refused = desk.stage.fulfillment.acknowledge_parcels(request).await;
        assert_eq!(fields_of(&refused.unwrap_err())[0].0, field);
    }
    let mut empty = desk.stage.inspect_item(&parcel);
    empty.lines.clear();
    let request = pb::InspectLinesRequest {
        merchant_id: desk.merchant_id(),
        channel_account_id: desk.account.clone(),
        items: vec![empty],
    };
    let refused = desk.stage.fulfillment.inspect_lines(request).await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "items[0].lines");
}
