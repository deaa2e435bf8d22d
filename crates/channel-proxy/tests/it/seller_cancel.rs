use moa_proto::moa::channel_proxy::v1 as pb;
use pb::probe_effect_request::Intended;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{Topics, expect, expect_confirmed};

/// The first line of a parcel, cancelled by the merchant.
fn cancel(topics: &Topics, parcel: &Parcel, quantities: &[i32]) -> pb::CancelLinesRequest {
    let head = topics.head();
    let lines = parcel.lines.iter().zip(quantities);
    let lines = lines.map(|(line, quantity)| pb::CancelledLine {
        channel_line_id: line.channel_line_id.clone(),
        quantity: *quantity,
        cancelled_before: 0,
    });
    pb::CancelLinesRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        lines_cancellation: Some(pb::LinesCancellation {
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            lines: lines.collect(),
            reason: pb::SellerCancelReason::OutOfStock.into(),
            note: String::new(),
            cancelled_by: topics.wing_id.clone(),
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn the_merchant_cancels_lines_and_the_probe_counts_them(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(2).await;
    let quantity = parcel.lines[0].quantity;
    topics.trouble("reset_after", "/cancel", 1).await;
    let mut request = cancel(&topics, &parcel, &[quantity]);
    let result = topics.claims.cancel_lines(request.clone()).await.unwrap();
    let result = result.into_inner().result;
    expect(
        &result,
        pb::WriteOutcome::Unclear,
        "CHANNEL_CONNECTION_LOST",
    );
    let told = request.lines_cancellation.clone().unwrap();
    let intended = Intended::LinesCancellation(told);
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    request.fence += 1;
    let result = topics.claims.cancel_lines(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    let cancelled: i32 = order.lines.iter().map(|line| line.cancelled_quantity).sum();
    assert_eq!(cancelled, quantity);

    // Another effect with the same counts: nothing is left to cancel, because it was done.
    let again = cancel(&topics, &parcel, &[quantity]);
    let result = topics.claims.cancel_lines(again).await.unwrap();
    expect_confirmed(&result.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_that_some_lines_refuse_names_them(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(2).await;
    let (first, second) = (parcel.lines[0].quantity, parcel.lines[1].quantity);
    let request = cancel(&topics, &parcel, &[first, second + 5]);
    let result = topics
        .claims
        .cancel_lines(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "LINES_PARTLY_CANCELLED",
    );
    let evidence: Value = serde_json::from_str(&result.unwrap().evidence_json).unwrap();
    let refused = json!([parcel.lines[1].channel_line_id]);
    assert_eq!(evidence["refused_lines"], refused);
    assert_eq!(evidence["unsettled_lines"], json!([]));

    // Nothing of it can be cancelled: the body's code says so while the status does not.
    let request = cancel(&topics, &parcel, &[first + 5]);
    let result = topics
        .claims
        .cancel_lines(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    assert_ne!(result.unwrap().outcome(), pb::WriteOutcome::Confirmed);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_needs_somebody_who_works_at_the_vendor(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(1).await;
    for nobody in ["", "stranger"] {
        let mut request = cancel(&topics, &parcel, &[1]);
        let told = request.lines_cancellation.as_mut().unwrap();
        nobody.clone_into(&mut told.cancelled_by);
        let result = topics
            .claims
            .cancel_lines(request)
            .await
            .unwrap()
            .into_inner()
            .result;
        expect(&result, pb::WriteOutcome::RefusedFinal, "ANSWERER_UNKNOWN");
    }
}
