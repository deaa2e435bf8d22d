//! Looks at many parcels get further, whatever the channel's lists are like.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::Clock;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{Stage, dispatch_item, permit_of};

/// Inspects the items and dispatches what may leave; the items that have not left.
async fn round(
    stage: &mut Stage,
    account: &str,
    items: Vec<pb::InspectItem>,
    number: &mut u64,
) -> Vec<pb::InspectItem> {
    let inspections = stage.inspect(account, items.clone()).await;
    let (mut leaving, mut rest) = (Vec::new(), Vec::new());
    for (item, inspection) in items.into_iter().zip(&inspections) {
        if inspection.verdict() == pb::InspectionVerdict::Later {
            rest.push(item);
        } else {
            *number += 1;
            leaving.push(dispatch_item(
                &item,
                &permit_of(inspection),
                &number.to_string(),
            ));
        }
    }
    if !leaving.is_empty() {
        for result in stage.dispatch(account, leaving).await {
            assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        }
    }
    rest
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn each_round_gets_further_in_a_list_of_hundreds_at_the_documented_quota(pool: PgPool) {
    let mut stage = Stage::set_with(&pool, Clock::system(), 5).await;
    let account = stage.register(5).await;
    let parcels = stage.acknowledged(&account, 650, 1).await;
    assert!(parcels.len() >= 650);
    // Eight from the list's begin, nine from its end, where no look by page comes.
    let (first, last) = (parcels.iter().take(8), parcels.iter().rev().take(9));
    let mut items: Vec<_> = first.chain(last).map(|p| stage.inspect_item(p)).collect();
    let mut number = 680_405_450_000;
    for _ in 0..3 {
        let before = items.len();
        items = round(&mut stage, &account, items, &mut number).await;
        let progress = before - items.len();
        assert!(items.is_empty() || progress >= 5, "{progress} of {before}");
        if items.is_empty() {
            break;
        }
    }
    assert!(items.is_empty(), "{} have not left", items.len());
    assert_eq!(stage.verdict("dispatches_accepted").await, 17);
    assert_eq!(stage.verdict("quota_violations").await, 0);
    assert_eq!(stage.verdict("dispatches_after_cancel").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_list_that_cannot_be_read_leaves_five_looks(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 8, 1).await;
    let items: Vec<_> = parcels.iter().map(|p| stage.inspect_item(p)).collect();
    let garbage = |path: &str| json!([{"channel": "coupang", "kind": "garbage_body", "path": path, "times": 1}]);
    let mut number = 680_405_450_000;
    let rest = {
        stage.faults(garbage("returnRequests")).await;
        round(&mut stage, &account, items, &mut number).await
    };
    assert_eq!(rest.len(), parcels.len() - 5, "claims that cannot be read");
    let more = stage.acknowledged(&account, 8, 1).await;
    let items: Vec<_> = more.iter().map(|p| stage.inspect_item(p)).collect();
    stage.faults(garbage("ordersheets")).await;
    let rest = round(&mut stage, &account, items, &mut number).await;
    assert_eq!(rest.len(), more.len() - 5, "sheets that cannot be read");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_that_is_gone_does_not_hold_up_the_others(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 70, 1).await;
    let mut items: Vec<_> = parcels
        .iter()
        .take(7)
        .map(|p| stage.inspect_item(p))
        .collect();
    items[0].channel_parcel_id = "1".to_owned();
    let inspections = stage.inspect(&account, items).await;
    assert_eq!(inspections[0].reason, "PARCEL_CHANGED");
    for inspection in &inspections[1..] {
        permit_of(inspection);
        // Two pages would be the whole list; one shows all but the one that is gone.
        let pages = inspection.evidence_json.matches("\"ordersheets\"").count();
        assert_eq!(pages, 1, "{inspection:?}");
    }
}
