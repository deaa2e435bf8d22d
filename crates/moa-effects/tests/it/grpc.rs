//! `moa.effects.v1` over the generated client.

use moa_effects::{EffectState, EffectsServer};
use moa_proto::moa::effects::v1 as pb;
use pb::effects_service_client::EffectsServiceClient;
use pb::effects_service_server::EffectsServiceServer;
use sqlx::PgPool;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::stage::Stage;

fn client(stage: &Stage) -> EffectsServiceClient<EffectsServiceServer<EffectsServer>> {
    EffectsServiceClient::new(EffectsServer::new(stage.pool.clone(), stage.ledger.clone()))
}

fn reason(status: &Status) -> (String, String) {
    let info = status
        .get_details_error_info()
        .expect("a refusal has a reason");
    (info.reason, info.domain)
}

#[sqlx::test]
async fn pages_hold_every_effect_once_newest_first(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effects: Vec<_> = (0..5).map(|_| stage.dispatch()).collect();
    stage.intend(&effects).await;
    let mut client = client(&stage);
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListEffectsRequest {
            merchant_id: stage.merchant_id.to_string(),
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = client.list_effects(request).await.unwrap().into_inner();
        assert!(page.effects.len() <= 2);
        seen.extend(page.effects.into_iter().map(|effect| effect.effect_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = effects
        .iter()
        .rev()
        .map(|effect| effect.effect_id.to_string())
        .collect();
    assert_eq!(seen, expected);
}

#[sqlx::test]
async fn an_effect_is_shown_with_its_evidence_and_redriven(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect_id = stage.intend_one().await;
    stage.stop(effect_id).await;
    let mut client = client(&stage);
    let get = pb::GetEffectRequest {
        merchant_id: stage.merchant_id.to_string(),
        effect_id: effect_id.to_string(),
    };
    let shown = client.get_effect(get.clone()).await.unwrap().into_inner();
    let effect = shown.effect.unwrap();
    assert_eq!(effect.state(), pb::EffectState::Blocked);
    assert_eq!(effect.reason, "ORDER_CANCELLED");
    assert_eq!(effect.next_attempt_at, None);
    assert_eq!(shown.attempts.len(), 1);
    assert_eq!(shown.attempts[0].to_state(), pb::EffectState::Blocked);

    let redrive = pb::RedriveEffectRequest {
        merchant_id: stage.merchant_id.to_string(),
        effect_id: effect_id.to_string(),
        operator: "owner@example.com".to_owned(),
        reason: "cancelled by mistake".to_owned(),
    };
    let redriven = client
        .redrive_effect(redrive.clone())
        .await
        .unwrap()
        .into_inner()
        .effect
        .unwrap();
    assert_eq!(redriven.state(), pb::EffectState::Pending);
    assert_eq!(stage.state(effect_id).await, EffectState::Pending);
    let attempts = client.get_effect(get).await.unwrap().into_inner().attempts;
    assert!(attempts[1].evidence_json.contains("owner@example.com"));

    let refused = client.redrive_effect(redrive).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        reason(&refused),
        ("EFFECT_NOT_REDRIVABLE".to_owned(), "house.moa".to_owned())
    );
}

#[sqlx::test]
async fn another_merchants_effect_does_not_exist(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect_id = stage.intend_one().await;
    let get = pb::GetEffectRequest {
        merchant_id: stage.ids.next::<moa_id::MerchantId>().to_string(),
        effect_id: effect_id.to_string(),
    };
    let refused = client(&stage).get_effect(get).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(reason(&refused).0, "EFFECT_NOT_FOUND");
}

#[sqlx::test]
async fn a_bad_field_is_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let good = pb::ListEffectsRequest {
        merchant_id: stage.merchant_id.to_string(),
        ..Default::default()
    };
    let bad = [
        (
            "merchant_id",
            pb::ListEffectsRequest {
                merchant_id: "17".to_owned(),
                ..good.clone()
            },
        ),
        (
            "state",
            pb::ListEffectsRequest {
                state: 99,
                ..good.clone()
            },
        ),
        (
            "kind",
            pb::ListEffectsRequest {
                kind: 99,
                ..good.clone()
            },
        ),
        (
            "subject_id",
            pb::ListEffectsRequest {
                subject_id: "17".to_owned(),
                ..good.clone()
            },
        ),
        (
            "page_size",
            pb::ListEffectsRequest {
                page_size: 201,
                ..good.clone()
            },
        ),
        (
            "page_token",
            pb::ListEffectsRequest {
                page_token: "17".to_owned(),
                ..good
            },
        ),
    ];
    let mut client = client(&stage);
    for (field, request) in bad {
        let refused = client.list_effects(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
        let details = refused.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field);
    }
}
