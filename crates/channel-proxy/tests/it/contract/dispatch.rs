//! Looking at parcels, and sending them under a permit.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::Clock;
use moa_service::status::reason_of;
use pb::ChannelOperation as Operation;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use super::desk::Desk;
use super::effects::says_it_lacks;
use super::world::World;
use crate::support::{dispatch_item, permit_of};
use crate::topics::{NUMBER, OTHER_NUMBER};

/// The way of a parcel, with the channel's book as judge.
pub async fn a_parcel_leaves_once_under_its_permit<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let parcel = desk.acknowledged(1).await.remove(0);
    let item = desk.stage.inspect_item(&parcel);
    let inspections = desk.inspect(vec![item.clone()]).await;
    let permit = inspections[0].permit.as_ref().unwrap();
    assert_eq!(permit.evidence_hash.len(), 64);
    let (read, end) = (permit.oldest_read_at.unwrap(), permit.expires_at.unwrap());
    assert_eq!(end.seconds - read.seconds, 5);

    let leaving = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);
    let result = desk.dispatch(leaving.clone()).await;
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    assert!(result.evidence_json.contains("permit_evidence_hash"));
    let repeat = desk.dispatch(leaving).await;
    assert_eq!(repeat, result, "a repeat is answered, not sent");
    let line = desk.line(&parcel).await;
    assert_eq!(line.state(), pb::LineState::Dispatched);
    assert_eq!(line.tracking_number, NUMBER);

    let again = desk.stage.inspect_item(&parcel);
    let inspection = desk.inspect(vec![again]).await.remove(0);
    let verdict = pb::InspectionVerdict::AlreadyDispatched;
    assert_eq!(inspection.verdict(), verdict);
    assert!(inspection.evidence_json.contains(NUMBER));
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 1);
    assert_eq!(desk.stage.verdict("dispatches_after_cancel").await, 0);
}

/// What stands against a parcel, each in its own words, in one look at many.
pub async fn a_look_names_what_stands_against_each_parcel<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(2, 1).await;
    let unaccepted = desk.placed(&orders).await;
    let accepted = desk.acknowledged(3).await;
    for order in [&unaccepted[1], &accepted[1]] {
        desk.buyer(&order.channel_order_id, "cancel", json!({}))
            .await;
    }
    let mut other_quantity = desk.stage.inspect_item(&accepted[2]);
    other_quantity.lines[0].quantity += 1;
    let items = vec![
        desk.stage.inspect_item(&accepted[0]),
        desk.stage.inspect_item(&unaccepted[0]),
        desk.stage.inspect_item(&unaccepted[1]),
        desk.stage.inspect_item(&accepted[1]),
        other_quantity,
    ];
    let inspections = desk.inspect(items).await;
    let reasons: Vec<&str> = inspections
        .iter()
        .map(|look| look.reason.as_str())
        .collect();
    let expected = [
        "",
        "PARCEL_NOT_ACKNOWLEDGED",
        "ORDER_CANCELLED",
        "CANCEL_REQUESTED",
        "QUANTITY_CHANGED",
    ];
    assert_eq!(reasons, expected, "{inspections:?}");
    for (look, reason) in inspections.iter().zip(expected) {
        let clear = look.verdict() == pb::InspectionVerdict::Clear;
        assert_eq!(clear, reason.is_empty(), "{look:?}");
        assert_eq!(look.permit.is_some(), clear, "{look:?}");
    }
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 0);
}

/// The buyer moves before the parcel leaves: the look knows it, without telling where to.
pub async fn a_parcel_that_was_packed_for_another_receiver_gets_no_permit<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let orders = desk.place(1, 1).await;
    let parcel = desk.placed(&orders).await.remove(0);
    let before = desk.order(&parcel.channel_order_id).await.order.unwrap();
    assert_eq!(before.receiver.as_ref().unwrap().place.len(), 32);
    desk.buyer(&parcel.channel_order_id, "address", json!({}))
        .await;
    let item = desk.stage.acknowledge_item(&parcel, 1);
    desk.acknowledge(vec![item]).await;
    let now = desk.order(&parcel.channel_order_id).await.order.unwrap();
    assert_ne!(now.receiver, before.receiver);

    let packed_for = |receiver: Option<pb::ReceiverMark>| pb::InspectItem {
        receiver,
        ..desk.stage.inspect_item(&parcel)
    };
    let (old, new, nobody) = (
        packed_for(before.receiver),
        packed_for(now.receiver),
        packed_for(None),
    );
    let held = desk.inspect(vec![old]).await.remove(0);
    assert_eq!(held.verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(held.reason, "RECEIVER_CHANGED");
    assert!(held.permit.is_none());
    let contact = now.contact.unwrap();
    for told in [&contact.receiver_name, &contact.address1, &contact.postcode] {
        let evidence = &held.evidence_json;
        assert!(!evidence.contains(told.as_str()) && !held.detail.contains(told.as_str()));
    }
    for item in [new, nobody] {
        let clear = desk.inspect(vec![item]).await.remove(0);
        assert_eq!(clear.verdict(), pb::InspectionVerdict::Clear, "{clear:?}");
    }
}

pub async fn nothing_leaves_without_a_permit_for_exactly_it<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let (_, item, permit) = desk.permitted().await;
    let mut other_quantity = dispatch_item(&item, &permit, NUMBER);
    other_quantity.lines[0].quantity += 1;
    let mut other_effect = dispatch_item(&item, &permit, NUMBER);
    other_effect.effect_id = desk.stage.ids.uuid().to_string();
    let unknown = desk.stage.ids.uuid().to_string();
    for forgery in [
        dispatch_item(&item, "", NUMBER),
        dispatch_item(&item, "not an id", NUMBER),
        dispatch_item(&item, &unknown, NUMBER),
        other_quantity,
        other_effect,
    ] {
        let result = desk.dispatch(forgery).await;
        assert_eq!(result.outcome(), pb::WriteOutcome::RefusedLater);
        assert_eq!(result.reason, "PERMIT_INVALID", "{result:?}");
    }
    // Mistakes of the one who packs are told before the permit is spent on them.
    let mut wrong_carrier = dispatch_item(&item, &permit, NUMBER);
    wrong_carrier.carrier = "PIGEON".to_owned();
    let wrong_number = dispatch_item(&item, &permit, "6804-0545-0931");
    for (mistake, reason) in [
        (wrong_carrier, "CARRIER_UNKNOWN"),
        (wrong_number, "TRACKING_NUMBER_INVALID"),
    ] {
        let result = desk.dispatch(mistake).await;
        assert_eq!(result.outcome(), pb::WriteOutcome::RefusedFinal);
        assert_eq!(result.reason, reason);
        assert!(!result.detail.is_empty());
    }
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 0);
    let right = desk.dispatch(dispatch_item(&item, &permit, NUMBER)).await;
    assert_eq!(right.outcome(), pb::WriteOutcome::Confirmed, "{right:?}");
}

pub async fn a_permit_is_good_once<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let (_, item, permit) = desk.permitted().await;
    let mut leaving = dispatch_item(&item, &permit, NUMBER);
    desk.trouble("throttle", W::path(Operation::Dispatch), Some(1))
        .await;
    let refused = desk.dispatch(leaving.clone()).await;
    assert_eq!(refused.outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(refused.reason, "CHANNEL_QUOTA_EXHAUSTED", "{refused:?}");
    leaving.fence += 1;
    let used = desk.dispatch(leaving).await;
    assert_eq!(used.reason, "PERMIT_USED", "{used:?}");
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 0);
}

pub async fn a_permit_ends_five_seconds_after_its_look<W: World>(pool: PgPool) {
    // Signatures need about the right time.
    let clock = Clock::fixed(Clock::system().now());
    let mut desk = Desk::<W>::open_with(&pool, clock.clone(), 50).await;
    let orders = desk.place(1, 1).await;
    // What changed after the clock's time is not asked for.
    clock.set(Clock::system().now());
    let parcel = desk.placed(&orders).await.remove(0);
    let accept = desk.stage.acknowledge_item(&parcel, 1);
    desk.acknowledge(vec![accept]).await;
    let item = desk.stage.inspect_item(&parcel);
    let look = desk.inspect(vec![item.clone()]).await.remove(0);
    let permit = permit_of(&look);
    clock.advance(TimeDelta::seconds(5));
    let late = desk.dispatch(dispatch_item(&item, &permit, NUMBER)).await;
    assert_eq!(late.outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(late.reason, "PERMIT_EXPIRED", "{late:?}");
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 0);
}

/// The answer to a dispatch was lost: a probe knows whether it left, and under which number.
pub async fn a_dispatch_whose_answer_was_lost_is_found_by_its_probe<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let (parcel, item, permit) = desk.permitted().await;
    let told = |number: &str| {
        Intended::Dispatch(pb::ProbeDispatch {
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: number.to_owned(),
            channel_line_ids: Vec::new(),
        })
    };
    let other = desk.head().effect_id;
    let before = desk.probe_parcel(&other, &parcel, told(NUMBER)).await;
    assert_eq!(before.verdict(), pb::ProbeVerdict::Clean, "{before:?}");
    desk.trouble("reset_after", W::path(Operation::Dispatch), Some(1))
        .await;
    let leaving = dispatch_item(&item, &permit, NUMBER);
    let mut lost = leaving.clone();
    let result = desk.dispatch(leaving).await;
    assert_eq!(result.outcome(), pb::WriteOutcome::Unclear, "{result:?}");
    let after = desk.probe_parcel(&other, &parcel, told(OTHER_NUMBER)).await;
    assert_eq!(after.verdict(), pb::ProbeVerdict::Conflict, "{after:?}");
    let found = desk
        .probe_parcel(&item.effect_id, &parcel, told(NUMBER))
        .await;
    assert_eq!(found.verdict(), pb::ProbeVerdict::Happened, "{found:?}");
    // The permit is long spent; the outcome is known.
    lost.fence += 1;
    let settled = desk.dispatch(lost).await;
    assert_eq!(
        settled.outcome(),
        pb::WriteOutcome::Confirmed,
        "{settled:?}"
    );
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 1);
}

/// As many as one call takes, and the one among them whose buyer does not want it any more.
pub async fn a_batch_leaves_but_for_the_parcel_that_was_cancelled<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let parcels = desk.acknowledged(12).await;
    let cancelled = &parcels[3].channel_order_id;
    desk.buyer(cancelled, "cancel", json!({})).await;
    let items: Vec<_> = parcels
        .iter()
        .map(|parcel| desk.stage.inspect_item(parcel))
        .collect();
    let inspections = desk.inspect(items.clone()).await;
    let mut leaving = Vec::new();
    for (number, (item, look)) in (680_405_450_900_u64..).zip(items.iter().zip(&inspections)) {
        if item.channel_order_id == *cancelled {
            assert_eq!(look.reason, "CANCEL_REQUESTED", "{look:?}");
        } else {
            leaving.push(dispatch_item(item, &permit_of(look), &number.to_string()));
        }
    }
    let effects: Vec<String> = leaving.iter().map(|item| item.effect_id.clone()).collect();
    let account = desk.account.clone();
    let results = desk.stage.dispatch(&account, leaving).await;
    let answered: Vec<String> = results
        .iter()
        .map(|result| result.effect_id.clone())
        .collect();
    assert_eq!(answered, effects);
    for result in results {
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    }
    assert_eq!(desk.stage.verdict("dispatches_accepted").await, 11);
    assert_eq!(desk.stage.verdict("dispatches_after_cancel").await, 0);
}

pub async fn a_direct_delivery_needs_no_carrier<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let (parcel, item, permit) = desk.permitted().await;
    let mut leaving = dispatch_item(&item, &permit, "20261127001");
    leaving.carrier = "DIRECT".to_owned();
    let result = desk.dispatch(leaving).await;
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    let told = |carrier: &str, number: &str| {
        Intended::Dispatch(pb::ProbeDispatch {
            carrier: carrier.to_owned(),
            tracking_number: number.to_owned(),
            channel_line_ids: Vec::new(),
        })
    };
    let other = desk.head().effect_id;
    let direct = desk
        .probe_parcel(&other, &parcel, told("DIRECT", "20261127001"))
        .await;
    assert_eq!(direct.verdict(), pb::ProbeVerdict::Happened, "{direct:?}");
    let courier = desk
        .probe_parcel(&other, &parcel, told("CJ_LOGISTICS", NUMBER))
        .await;
    assert_eq!(courier.verdict(), pb::ProbeVerdict::Conflict, "{courier:?}");
}

/// The first line leaves and the second waits, each under a permit of its own; or the channel says that it cannot.
pub async fn a_parcel_leaves_in_parts_or_not_at_all<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let day = (Clock::system().now() + TimeDelta::days(3)).date_naive();
    let first_of = |waiting: &str| {
        let waiting = vec![pb::WaitingLine {
            channel_line_id: waiting.to_owned(),
            planned_on: day.to_string(),
        }];
        Some(pb::inspect_item::Part::FirstPart(pb::FirstPart { waiting }))
    };
    if !desk.declares(Operation::SplitDispatch) {
        let parcel = desk.acknowledged(1).await.remove(0);
        let mut item = desk.stage.inspect_item(&parcel);
        item.part = first_of("7");
        let request = pb::InspectLinesRequest {
            merchant_id: desk.merchant_id(),
            channel_account_id: desk.account.clone(),
            items: vec![item],
        };
        let refused = desk.stage.fulfillment.inspect_lines(request).await;
        return says_it_lacks::<W>(&refused.unwrap_err(), Operation::SplitDispatch);
    }
    let orders = desk.place(1, 2).await;
    let whole = desk.placed(&orders).await.remove(0);
    assert_eq!(
        whole.lines.len(),
        2,
        "a channel that splits has parcels of several lines"
    );
    let accept = desk.stage.acknowledge_item(&whole, 1);
    desk.acknowledge(vec![accept]).await;
    let (mut first, mut last) = (whole.clone(), whole.clone());
    first.lines.truncate(1);
    last.lines.remove(0);
    let mut item = desk.stage.inspect_item(&first);
    item.part = first_of(&last.lines[0].channel_line_id);
    let look = desk.inspect(vec![item.clone()]).await.remove(0);
    // A permit for the part is none for the whole.
    let mut as_whole = dispatch_item(&item, &permit_of(&look), NUMBER);
    as_whole.part = None;
    assert_eq!(desk.dispatch(as_whole).await.reason, "PERMIT_INVALID");
    let result = desk
        .dispatch(dispatch_item(&item, &permit_of(&look), NUMBER))
        .await;
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    let gone = desk.line(&first).await;
    assert_ne!(gone.channel_parcel_id, whole.channel_parcel_id);
    assert_eq!(gone.state(), pb::LineState::Dispatched);
    assert_eq!(desk.line(&last).await.state(), pb::LineState::Acknowledged);

    // What waited is a last part, not a whole parcel.
    let as_whole = desk.stage.inspect_item(&last);
    let look = desk.inspect(vec![as_whole]).await.remove(0);
    assert_eq!(look.reason, "SPLIT_NOT_POSSIBLE", "{look:?}");
    let mut item = desk.stage.inspect_item(&last);
    item.part = Some(pb::inspect_item::Part::LastPart(pb::LastPart {}));
    let look = desk.inspect(vec![item.clone()]).await.remove(0);
    let result = desk
        .dispatch(dispatch_item(&item, &permit_of(&look), OTHER_NUMBER))
        .await;
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    let line = desk.line(&last).await;
    assert_eq!(line.tracking_number, OTHER_NUMBER);
}

/// The look itself fails: nothing is known, and nothing left.
pub async fn a_look_that_fails_gives_no_permit<W: World>(pool: PgPool) {
    let mut desk = Desk::<W>::open(&pool).await;
    let parcel = desk.acknowledged(1).await.remove(0);
    desk.trouble("error_500", "/", None).await;
    let item = desk.stage.inspect_item(&parcel);
    let look = desk.inspect(vec![item]).await.remove(0);
    assert_eq!(look.verdict(), pb::InspectionVerdict::Later, "{look:?}");
    assert_eq!(look.reason, "CHANNEL_FAULT");
    assert!(look.permit.is_none());
    let other = desk.head().effect_id;
    let acknowledge = Intended::Acknowledge(pb::ProbeAcknowledge {});
    let probed = desk.probe_parcel(&other, &parcel, acknowledge).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Later, "{probed:?}");
    // Reads say the same.
    let refused = desk.stage.fetch_all(desk.new_orders()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CHANNEL_FAULT"));
}
