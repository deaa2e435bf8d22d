//! Writing intents down and reading them.

use moa_effects::{EffectFilter, EffectState, Intended};
use moa_id::MerchantId;
use sqlx::PgPool;

use crate::stage::Stage;

#[sqlx::test]
async fn the_same_intent_twice_is_one_effect(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let first = stage.dispatch();
    let mut again = stage.dispatch();
    again.dedupe_key.clone_from(&first.dedupe_key);
    let other = stage.dispatch();

    let in_one = stage.intend(&[first.clone(), again.clone(), other]).await;
    assert_eq!(
        in_one,
        [
            Intended::Created,
            Intended::Existing(EffectState::Pending),
            Intended::Created
        ]
    );
    assert_eq!(
        stage.intend(&[again]).await,
        [Intended::Existing(EffectState::Pending)]
    );
    assert_eq!(stage.intend(&[]).await, []);
    assert_eq!(
        stage.get(first.effect_id).await.subject_id,
        first.subject_id
    );
}

#[sqlx::test]
async fn two_merchants_may_use_the_same_key(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let mine = stage.dispatch();
    let mut theirs = stage.dispatch();
    theirs.dedupe_key.clone_from(&mine.dedupe_key);
    theirs.merchant_id = stage.ids.next::<MerchantId>();
    assert_eq!(
        stage.intend(&[mine, theirs]).await,
        [Intended::Created, Intended::Created]
    );
}

#[sqlx::test]
async fn an_intent_rolled_back_leaves_nothing(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effect = stage.dispatch();
    let mut tx = moa_service::begin(&stage.pool).await.unwrap();
    stage
        .ledger
        .intend(&mut tx, std::slice::from_ref(&effect))
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    let mut conn = stage.pool.acquire().await.unwrap();
    assert_eq!(
        stage
            .ledger
            .get(&mut conn, stage.merchant_id, effect.effect_id)
            .await
            .unwrap(),
        None
    );
}

#[sqlx::test]
async fn effects_are_listed_newest_first_by_state_subject_or_order(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let effects: Vec<_> = (0..3).map(|_| stage.dispatch()).collect();
    stage.intend(&effects).await;
    let mut foreign = stage.dispatch();
    foreign.merchant_id = stage.ids.next();
    stage.intend(&[foreign]).await;
    stage.stop(effects[1].effect_id).await;

    let list = async |filter: EffectFilter| {
        let mut conn = stage.pool.acquire().await.unwrap();
        let listed = stage
            .ledger
            .list(&mut conn, stage.merchant_id, filter, 50)
            .await
            .unwrap();
        listed
            .iter()
            .map(|effect| effect.effect_id)
            .collect::<Vec<_>>()
    };
    let newest_first: Vec<_> = effects
        .iter()
        .rev()
        .map(|effect| effect.effect_id)
        .collect();
    assert_eq!(list(EffectFilter::default()).await, newest_first);
    let blocked = EffectFilter {
        state: Some(EffectState::Blocked),
        ..EffectFilter::default()
    };
    assert_eq!(list(blocked).await, [effects[1].effect_id]);
    for subject in [effects[2].subject_id, effects[2].order_id.unwrap()] {
        let about = EffectFilter {
            subject_id: Some(subject),
            ..EffectFilter::default()
        };
        assert_eq!(list(about).await, [effects[2].effect_id]);
    }
}
