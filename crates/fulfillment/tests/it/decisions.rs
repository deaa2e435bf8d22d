//! Claims are decided one step at a time, each once, and only as long as they are what was decided about.

use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::probe_effect_request::Intended;
use moa_proto::moa::channel_proxy::v1::{ClaimAction, WriteOutcome};
use moa_proto::moa::effects::v1::{self as effects, EffectState};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::claim_decisions_service_client::ClaimDecisionsServiceClient;
use moa_proto::moa::order_sync::v1 as order_sync;
use moa_service::{ServiceChannel, ServiceName, metadata_of, reason_of, timestamp};
use moa_testkit::{a_friday, eventually, identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use crate::world::{MUG, World};

const CLAIM: Uuid = Uuid::from_u128(88);

impl World {
    async fn decisions(&self) -> ClaimDecisionsServiceClient<ServiceChannel> {
        let server = fulfillment::grpc::server(
            self.app.clone(),
            identity(ServiceName::Fulfillment),
            CancellationToken::new(),
        );
        let channel = serve(server, ServiceName::Fulfillment, ServiceName::AdminGateway);
        ClaimDecisionsServiceClient::new(channel.await)
    }

    /// A buyer demands something about two pieces, and the channel offers these steps.
    fn is_demanded(&self, kind: order_sync::ClaimKind, offered: &[ClaimAction]) {
        let offered: Vec<i32> = offered.iter().map(|action| (*action).into()).collect();
        let parcel = channel::ClaimParcel {
            channel_parcel_id: "box-9".to_owned(),
            ..channel::ClaimParcel::default()
        };
        let mut asked = self.desk.0.lock().unwrap();
        asked.stored_claim = Some(order_sync::ShownClaim {
            claim: Some(order_sync::Claim {
                claim_id: CLAIM.to_string(),
                channel_claim_id: "c-1".to_owned(),
                kind: kind.into(),
                state: order_sync::ClaimState::Requested.into(),
                requested_at: Some(timestamp(a_friday())),
                ..order_sync::Claim::default()
            }),
            channel_account_id: self.account_id.to_string(),
            channel_order_id: "9001".to_owned(),
            actions: offered.clone(),
            quantity: 2,
            reshipments: vec![parcel.clone()],
            ..order_sync::ShownClaim::default()
        });
        asked.shown_claim = Some(channel::ChannelClaim {
            channel_claim_id: "c-1".to_owned(),
            state: channel::ClaimState::Requested.into(),
            actions: offered,
            lines: vec![channel::ChannelClaimLine {
                channel_line_id: "a".to_owned(),
                quantity: 2,
                ..channel::ChannelClaimLine::default()
            }],
            reshipments: vec![parcel],
            ..channel::ChannelClaim::default()
        });
    }

    fn is_of_order(&self, order_id: &str) {
        let mut asked = self.desk.0.lock().unwrap();
        let shown = asked.stored_claim.as_mut().unwrap();
        order_id.clone_into(&mut shown.order_id);
    }

    fn step(&self, action: ClaimAction) -> pb::DecideClaimRequest {
        pb::DecideClaimRequest {
            merchant_id: self.merchant_id.to_string(),
            request_id: self.app.ids.uuid().to_string(),
            claim_id: CLAIM.to_string(),
            action: action.into(),
            operator_id: Uuid::from_u128(7).to_string(),
            ..pb::DecideClaimRequest::default()
        }
    }

    async fn decide(&self, request: pb::DecideClaimRequest) -> Result<pb::ClaimDecision, Status> {
        let decided = self.decisions().await.decide_claim(request).await?;
        Ok(decided.into_inner().decision.unwrap())
    }

    async fn redrive(&self, effect_id: &str) -> Result<effects::Effect, Status> {
        let server = fulfillment::grpc::server(
            self.app.clone(),
            identity(ServiceName::Fulfillment),
            CancellationToken::new(),
        );
        let channel = serve(server, ServiceName::Fulfillment, ServiceName::AdminGateway);
        let request = effects::RedriveEffectRequest {
            merchant_id: self.merchant_id.to_string(),
            effect_id: effect_id.to_owned(),
            operator: "op".to_owned(),
            reason: "try it again".to_owned(),
        };
        let mut client = effects::effects_service_client::EffectsServiceClient::new(channel.await);
        let answer = client.redrive_effect(request).await?;
        Ok(answer.into_inner().effect.unwrap())
    }

    async fn decision_is(&self, effect_id: &str, state: EffectState) -> pb::ClaimDecision {
        let client = self.decisions().await;
        eventually(|| async {
            let request = pb::ListClaimDecisionsRequest {
                merchant_id: self.merchant_id.to_string(),
                claim_ids: vec![CLAIM.to_string()],
            };
            let listed = client.clone().list_claim_decisions(request).await.unwrap();
            let mut decisions = listed.into_inner().decisions.into_iter();
            decisions.find(|one| one.effect_id == effect_id && one.state() == state)
        })
        .await
    }

    fn told(&self) -> Vec<(&'static str, Intended)> {
        self.desk.0.lock().unwrap().told.clone()
    }
}

/// `ClaimDecided`: emitted when the channel took a step. Consumer: order-sync.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_return_is_approved_once_after_a_look(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Approve]);
    let request = world.step(ClaimAction::Approve);
    let decided = world.decide(request.clone()).await.unwrap();
    world
        .decision_is(&decided.effect_id, EffectState::Confirmed)
        .await;
    let told = world.told();
    assert_eq!(told.len(), 1);
    let ("approve_claim", Intended::ClaimApproval(approval)) = &told[0] else {
        panic!("{} was told", told[0].0);
    };
    assert_eq!(approval.quantity, 2);
    let claim = approval.claim.as_ref().unwrap();
    assert_eq!(
        (&*claim.channel_claim_id, claim.kind()),
        ("c-1", channel::ClaimKind::Return)
    );
    assert!(world.desk.0.lock().unwrap().looks > 0);
    assert_eq!(world.events::<pb::ClaimDecided>().await.len(), 1);

    // The same request again answers the first result; another one is refused.
    assert_eq!(
        world.decide(request).await.unwrap().effect_id,
        decided.effect_id
    );
    let again = world
        .decide(world.step(ClaimAction::Approve))
        .await
        .unwrap_err();
    assert_eq!(reason_of(&again).as_deref(), Some("CLAIM_ALREADY_DECIDED"));
    assert_eq!(world.told().len(), 1);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn two_operators_who_disagree_make_one_decision(pool: PgPool) {
    let world = World::start(pool).await;
    let offered = [ClaimAction::Approve, ClaimAction::Reject];
    world.is_demanded(order_sync::ClaimKind::Return, &offered);
    // Nobody answers until both have decided.
    world.desk.0.lock().unwrap().reply = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    let rejection = pb::DecideClaimRequest {
        reject_reason: channel::ClaimRejectReason::OutOfStock.into(),
        ..world.step(ClaimAction::Reject)
    };
    let (approved, rejected) = tokio::join!(
        world.decide(world.step(ClaimAction::Approve)),
        world.decide(rejection)
    );
    let refused = match (&approved, &rejected) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert_eq!(
        reason_of(refused).as_deref(),
        Some("CLAIM_DECISION_UNDER_WAY")
    );
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_failed_step_is_not_redriven_while_another_one_is_on_its_way(pool: PgPool) {
    let world = World::start(pool).await;
    let offered = [ClaimAction::Approve, ClaimAction::Reject];
    world.is_demanded(order_sync::ClaimKind::Return, &offered);
    world.desk.0.lock().unwrap().reply = (WriteOutcome::RefusedFinal, "CHANNEL_REFUSED");
    let approved = world.decide(world.step(ClaimAction::Approve)).await;
    let approved = approved.unwrap().effect_id;
    world.decision_is(&approved, EffectState::Rejected).await;

    world.desk.0.lock().unwrap().reply = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    let rejection = pb::DecideClaimRequest {
        reject_reason: channel::ClaimRejectReason::OutOfStock.into(),
        ..world.step(ClaimAction::Reject)
    };
    let rejected = world.decide(rejection).await.unwrap().effect_id;
    world.decision_is(&rejected, EffectState::Unknown).await;
    let refused = world.redrive(&approved).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CLAIM_DECISION_UNDER_WAY")
    );
    assert_eq!(metadata_of(&refused)["action"], "REJECT");
    world.decision_is(&approved, EffectState::Rejected).await;

    // Once it is known what became of the other one, the step itself decides whether it can be taken.
    world.time_of_effects_has_come().await;
    world.decision_is(&rejected, EffectState::Confirmed).await;
    let redriven = world.redrive(&approved).await.unwrap();
    assert_eq!(redriven.effect_id, approved);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_lost_approval_is_asked_about_and_not_given_again(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Approve]);
    world.desk.0.lock().unwrap().reply = (WriteOutcome::Unclear, "CHANNEL_TIMED_OUT");
    let decided = world
        .decide(world.step(ClaimAction::Approve))
        .await
        .unwrap();
    world
        .decision_is(&decided.effect_id, EffectState::Unknown)
        .await;
    world.time_of_effects_has_come().await;
    world
        .decision_is(&decided.effect_id, EffectState::Confirmed)
        .await;
    assert_eq!(world.told().len(), 1);
    let probed = world.channel.0.lock().unwrap().probed.clone();
    assert!(matches!(
        probed[0].intended,
        Some(Intended::ClaimApproval(_))
    ));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn no_money_moves_for_a_claim_that_was_taken_back_or_grew(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Approve]);
    world.desk.0.lock().unwrap().shown_claim = None;
    let decided = world
        .decide(world.step(ClaimAction::Approve))
        .await
        .unwrap();
    let blocked = world
        .decision_is(&decided.effect_id, EffectState::Blocked)
        .await;
    assert_eq!(blocked.reason, "CLAIM_WITHDRAWN");

    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Approve]);
    {
        let mut asked = world.desk.0.lock().unwrap();
        asked.shown_claim.as_mut().unwrap().lines[0].quantity = 3;
    }
    let again = world
        .decide(world.step(ClaimAction::Approve))
        .await
        .unwrap();
    assert_eq!(
        again.effect_id, decided.effect_id,
        "the same effect is tried again"
    );
    eventually(|| async {
        let blocked = world
            .decision_is(&decided.effect_id, EffectState::Blocked)
            .await;
        (blocked.reason == "QUANTITY_CHANGED").then_some(())
    })
    .await;
    assert!(world.told().is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_exchange_is_collected_and_goes_out_under_a_number(pool: PgPool) {
    let world = World::start(pool).await;
    let kind = order_sync::ClaimKind::Exchange;
    world.is_demanded(kind, &[ClaimAction::ConfirmCollected]);
    let early = world.decide(pb::DecideClaimRequest {
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: "680405450931".to_owned(),
        ..world.step(ClaimAction::Reship)
    });
    let refused = early.await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CLAIM_ACTION_NOT_POSSIBLE")
    );
    assert_eq!(metadata_of(&refused)["offered"], "CONFIRM_COLLECTED");

    let collected = world
        .decide(world.step(ClaimAction::ConfirmCollected))
        .await
        .unwrap();
    world
        .decision_is(&collected.effect_id, EffectState::Confirmed)
        .await;
    world.is_demanded(kind, &[ClaimAction::Reship]);
    let mut reship = pb::DecideClaimRequest {
        carrier: "CJ_LOGISTICS".to_owned(),
        tracking_number: "6804".to_owned(),
        ..world.step(ClaimAction::Reship)
    };
    let malformed = world.decide(reship.clone()).await.unwrap_err();
    assert_eq!(
        reason_of(&malformed).as_deref(),
        Some("TRACKING_NUMBER_MALFORMED")
    );
    reship.tracking_number = "6804-0545-0931".to_owned();
    let (own, other) = (
        world.accepted(&[(MUG, "box-1")]).await,
        world.accepted(&[(MUG, "box-2")]).await,
    );
    world.is_of_order(&own.order_id);
    let theirs = world.pack(&other).await;
    let refused = world.decide(reship.clone()).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("TRACKING_NUMBER_IN_USE")
    );
    assert_eq!(metadata_of(&refused)["shipment_id"], theirs.shipment_id);
    reship.accept_duplicate_number = true;
    let left = world.decide(reship).await.unwrap();
    world
        .decision_is(&left.effect_id, EffectState::Confirmed)
        .await;
    let told = world.told();
    assert_eq!(told[0].0, "confirm_collected");
    let Intended::ExchangeReshipment(reshipment) = &told[1].1 else {
        panic!("{} was told", told[1].0);
    };
    assert_eq!(
        reshipment.channel_parcel_id, "box-9",
        "the only parcel there is"
    );
    assert_eq!(reshipment.tracking_number, "680405450931");
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_note_to_the_buyer_stands_nowhere_in_the_open(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Hold]);
    let bare = world
        .decide(world.step(ClaimAction::Hold))
        .await
        .unwrap_err();
    assert_eq!(moa_service::status::fields_of(&bare)[0].0, "hold_reason");
    let hold = pb::DecideClaimRequest {
        hold_reason: channel::ClaimHoldReason::ShippingFee.into(),
        note: "카나리아님, 배송비를 보내 주세요".to_owned(),
        ..world.step(ClaimAction::Hold)
    };
    let decided = world.decide(hold).await.unwrap();
    world
        .decision_is(&decided.effect_id, EffectState::Confirmed)
        .await;
    let Intended::ClaimHold(told) = &world.told()[0].1 else {
        panic!("another thing was told");
    };
    assert!(told.note.starts_with("카나리아"));
    for table in ["claim_decisions", "effects", "effect_attempts", "outbox"] {
        for trace in ["카나리아", "ecb9b4eb8298"] {
            let sql = format!(
                "SELECT count(*) FROM fulfillment.{table} t WHERE t::text LIKE '%{trace}%'"
            );
            let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .fetch_one(&world.pool)
                .await
                .unwrap();
            assert_eq!(found, 0, "{table}");
        }
    }
    world.stop().await;
}

/// `OrderChanged` with `contact_erased`: what was decided about the order's claims keeps its facts and loses its words.
#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn terms_that_were_not_taken_go_with_the_contact_of_their_order(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.place(&[(crate::world::MUG, "box-1")]);
    world.has_planned_everything().await;
    for _ in 0..2 {
        world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Hold]);
        {
            let mut asked = world.desk.0.lock().unwrap();
            let stored = asked.stored_claim.as_mut().unwrap();
            stored.channel_order_id.clone_from(&order.channel_order_id);
            // Taken back meanwhile: the step is blocked, its words wait for another try.
            let shown = asked.shown_claim.as_mut().unwrap();
            shown.state = channel::ClaimState::Withdrawn.into();
        }
        let hold = pb::DecideClaimRequest {
            hold_reason: channel::ClaimHoldReason::ShippingFee.into(),
            note: "카나리아님, 배송비를 보내 주세요".to_owned(),
            ..world.step(ClaimAction::Hold)
        };
        let decided = world.decide(hold).await.unwrap();
        world
            .decision_is(&decided.effect_id, EffectState::Blocked)
            .await;
    }
    let living = "SELECT count(*) FROM fulfillment.data_keys WHERE wrapped IS NOT NULL";
    let count = || async {
        let count: i64 = sqlx::query_scalar(living)
            .fetch_one(&world.pool)
            .await
            .unwrap();
        count
    };
    assert_eq!(count().await, 1, "the terms of the last try");
    world.change(&mut order, |order| order.contact_erased = true);
    world.has_heard_everything().await;
    assert_eq!(count().await, 0);
    let sealed: i64 =
        sqlx::query_scalar("SELECT count(*) FROM fulfillment.claim_decisions WHERE sealed <> ''")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(sealed, 0);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_note_with_an_open_gap_of_a_template_does_not_leave(pool: PgPool) {
    let world = World::start(pool).await;
    world.is_demanded(order_sync::ClaimKind::Return, &[ClaimAction::Reject]);
    let request = pb::DecideClaimRequest {
        reject_reason: channel::ClaimRejectReason::Other.into(),
        note: "{buyer}님, 사용하신 상품입니다".to_owned(),
        ..world.step(ClaimAction::Reject)
    };
    let refused = world.decide(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("PLACEHOLDER_UNFILLED"));
    assert_eq!(metadata_of(&refused)["field"], "note");
}
