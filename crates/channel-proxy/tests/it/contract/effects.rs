//! Every operation that is told by one message is one effect, or is refused by name where the channel lacks it.

use moa_id::MerchantId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::{fields_of, metadata_of, reason_of};
use pb::ChannelOperation as Operation;
use sqlx::PgPool;
use tonic::{Code, Status};

use super::desk::Desk;
use super::messages::{of_anybody, of_nobody};
use super::world::World;
use crate::topics::Head;

const LOST: &str = "CHANNEL_CONNECTION_LOST";

/// An operation from its first telling to the one too many, or its refusal.
pub async fn one_effect<W: World>(pool: PgPool, operation: Operation) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !desk.declares(operation) {
        let head = desk.head();
        let refused = desk.tell(operation, head, None).await;
        // Fields are read before the channel is asked what it can do.
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
        return lacked(&mut desk, operation).await;
    }
    let told = desk.ready(operation).await;
    let path = W::path(operation);
    let mut head = desk.head();

    desk.trouble("reset_before", path, Some(1)).await;
    let lost = desk.tell(operation, head.clone(), Some(told.clone())).await;
    let lost = lost.unwrap();
    expect(&lost, pb::WriteOutcome::Unclear, LOST);
    head.fence += 1;
    let again = desk.tell(operation, head.clone(), Some(told.clone())).await;
    assert_eq!(again.unwrap(), lost, "nobody knows: it is not sent again");
    let probed = desk.probe(&head.effect_id, told.clone()).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Clean, "{probed:?}");

    desk.trouble("reset_after", path, Some(1)).await;
    head.fence += 1;
    let lost = desk.tell(operation, head.clone(), Some(told.clone())).await;
    expect(&lost.unwrap(), pb::WriteOutcome::Unclear, LOST);
    let probed = desk.probe(&head.effect_id, told.clone()).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    head.fence += 1;
    let settled = desk.tell(operation, head.clone(), Some(told.clone())).await;
    let settled = settled.unwrap();
    expect(&settled, pb::WriteOutcome::Confirmed, "");

    // A worker that lost its lease comes late.
    let mut late = head.clone();
    late.fence -= 1;
    let stale = desk.tell(operation, late, Some(told.clone())).await;
    expect(
        &stale.unwrap(),
        pb::WriteOutcome::RefusedLater,
        "STALE_FENCE",
    );

    // Nobody could be asked now: a repeat is answered from memory.
    desk.trouble("error_500", "/", None).await;
    let repeat = desk.tell(operation, head, Some(told.clone())).await;
    assert_eq!(repeat.unwrap(), settled);
    desk.calm().await;

    // Another effect finds it done.
    desk.told_well(operation, told).await;
    assert_eq!(desk.stage.verdict("bad_signatures").await, 0);
}

/// Refusals of an operation: by field, by account, by id.
pub async fn its_refusals<W: World>(pool: PgPool, operation: Operation) {
    let mut desk = Desk::<W>::open(&pool).await;
    if !desk.declares(operation) {
        return lacked(&mut desk, operation).await;
    }
    let told = desk.ready(operation).await;

    let empty = desk.head();
    let refused = desk.tell(operation, empty, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(fields_of(&refused)[0].1, "is missing");
    let mut without_fence = desk.head();
    without_fence.fence = 0;
    let refused = desk
        .tell(operation, without_fence, Some(told.clone()))
        .await;
    assert_eq!(fields_of(&refused.unwrap_err())[0].0, "fence");

    for stranger in strangers(&desk) {
        let refused = desk.tell(operation, stranger, Some(told.clone())).await;
        no_account(&refused.unwrap_err());
    }

    let head = desk.head();
    let result = desk
        .tell(operation, head, Some(of_nobody(told.clone())))
        .await;
    let result = result.unwrap();
    // A claim that is not there was most often taken back.
    let (outcome, reason) = (result.outcome(), result.reason.as_str());
    let not_found = outcome == pb::WriteOutcome::RefusedFinal && reason.ends_with("_NOT_FOUND");
    let taken_back = outcome == pb::WriteOutcome::Blocked && reason == "CLAIM_WITHDRAWN";
    assert!(not_found || taken_back, "{result:?}");
    assert!(!result.detail.is_empty());

    // None of it kept the right one from being told.
    desk.told_well(operation, told).await;
}

/// The account of another merchant, and one that nobody has.
pub fn strangers<W: World>(desk: &Desk<W>) -> [Head; 2] {
    let merchant_id: MerchantId = desk.stage.ids.next();
    let of_another = Head {
        merchant_id: merchant_id.to_string(),
        ..desk.head()
    };
    let unknown = Head {
        channel_account_id: desk.stage.ids.uuid().to_string(),
        ..desk.head()
    };
    [of_another, unknown]
}

pub fn no_account(refused: &Status) {
    let reason = "CHANNEL_ACCOUNT_NOT_FOUND";
    assert_eq!(reason_of(refused).as_deref(), Some(reason), "{refused:?}");
}

/// The channel does not have it: that is said, with its name, before anything is sent.
pub async fn lacked<W: World>(desk: &mut Desk<W>, operation: Operation) {
    let head = desk.head();
    let told = of_anybody(operation);
    let refused = desk.tell(operation, head, Some(told)).await.unwrap_err();
    says_it_lacks::<W>(&refused, operation);
}

pub fn says_it_lacks<W: World>(refused: &Status, operation: Operation) {
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    let reason = reason_of(refused);
    assert_eq!(reason.as_deref(), Some("CHANNEL_LACKS_OPERATION"));
    let metadata = metadata_of(refused);
    assert_eq!(metadata["channel"], W::CHANNEL);
    let name = operation.as_str_name().strip_prefix("CHANNEL_OPERATION_");
    assert_eq!(Some(metadata["operation"].as_str()), name);
}

#[track_caller]
fn expect(result: &pb::WriteResult, outcome: pb::WriteOutcome, reason: &str) {
    assert_eq!(result.outcome(), outcome, "{result:?}");
    assert_eq!(result.reason, reason, "{result:?}");
}
