use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
use moa_testkit::eventually;
use sqlx::{AssertSqlSafe, PgPool};

use crate::stage::{NAME, PHONE, Stage, TOKEN};

/// Every row of every table of this service, as text, with binary columns as their readable characters.
async fn dump(pool: &PgPool) -> Vec<(String, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text
         FROM information_schema.tables
         WHERE table_schema = 'notification' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let binary: Vec<String> = sqlx::query_scalar(
            "SELECT column_name::text
             FROM information_schema.columns
             WHERE table_schema = 'notification' AND table_name = $1 AND data_type = 'bytea'",
        )
        .bind(&table)
        .fetch_all(pool)
        .await
        .unwrap();
        let columns: Vec<String> = binary
            .iter()
            .map(|column| format!("|| ' ' || COALESCE(encode(r.{column}, 'escape'), '')"))
            .collect();
        let sql = format!(
            "SELECT r::text {} FROM notification.{table} r",
            columns.join(" ")
        );
        let texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(pool)
            .await
            .unwrap();
        rows.extend(texts.into_iter().map(|text| (table.clone(), text)));
    }
    rows
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn no_table_holds_a_number_a_name_a_link_or_a_credential(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage
        .world
        .spoil("solapi", "reset_after", "send-many", 1)
        .await;
    let lost = stage.sell(PHONE);
    stage.grant(&lost).await;
    stage.effect_in(EffectState::Unknown).await;
    let sent = stage.sell(PHONE);
    stage.grant(&sent).await;
    stage
        .message_in(sent.order, pb::MessageState::Delivered)
        .await;
    stage
        .place(&[stage.order("머그컵", 9_500, chrono::TimeDelta::zero())])
        .await;
    moa_testkit::eventually(|| async {
        stage.let_time_pass().await;
        let effects = stage.effects().await;
        let settled = effects
            .iter()
            .filter(|e| e.state() == EffectState::Confirmed)
            .count();
        (settled == 3).then_some(())
    })
    .await;

    let secrets = [
        "75318642".to_owned(),
        "7531-8642".to_owned(),
        NAME.to_owned(),
        TOKEN.to_owned(),
        stage.world.credential("solapi", 0, "api_key"),
        stage.world.credential("solapi", 0, "api_secret"),
        stage
            .world
            .credential("slack", 0, "webhook_url")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned(),
    ];
    let rows = dump(&stage.pool).await;
    for table in [
        "messages",
        "effects",
        "effect_attempts",
        "outbox",
        "senders",
    ] {
        assert!(
            rows.iter().any(|(name, _)| name.starts_with(table)),
            "{table} is empty"
        );
    }
    for (table, row) in rows {
        for secret in &secrets {
            assert!(!row.contains(secret), "{table} holds {secret}: {row}");
        }
    }
}

/// The keyed hash of the number that the only message went to.
async fn recipient_hash(stage: &Stage) -> String {
    let hash: Option<String> =
        sqlx::query_scalar("SELECT evidence ->> 'recipient_hash' FROM notification.effects")
            .fetch_one(&stage.pool)
            .await
            .unwrap();
    hash.expect("what was sent is remembered by a hash")
}

/// The tables that show it.
async fn tables_with(stage: &Stage, hash: &str) -> Vec<String> {
    let rows = dump(&stage.pool).await.into_iter();
    let mut tables: Vec<String> = rows
        .filter(|(_, row)| row.contains(hash))
        .map(|(table, _)| table)
        .collect();
    tables.dedup();
    tables
}

async fn nothing_shows(stage: &Stage, hash: &str) {
    eventually(|| async { tables_with(stage, hash).await.is_empty().then_some(()) }).await;
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn an_erased_contact_takes_the_hashes_of_its_number_with_it(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage
        .message_in(sold.order, pb::MessageState::Delivered)
        .await;
    let hash = recipient_hash(&stage).await;
    let mut shown = tables_with(&stage, &hash).await;
    shown.sort();
    assert_eq!(shown, ["effect_attempts", "effects", "messages"]);

    stage.erase_contact(sold.order).await;
    nothing_shows(&stage, &hash).await;
    let message = stage.messages(sold.order).await.remove(0);
    assert_eq!(
        message.state(),
        pb::MessageState::Delivered,
        "that it left stays"
    );
}

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn a_send_under_way_at_the_erasure_does_not_bring_the_hash_back(pool: PgPool) {
    let stage = Stage::with_senders(pool).await;
    stage
        .world
        .spoil("solapi", "reset_after", "send-many", 1)
        .await;
    let sold = stage.sell(PHONE);
    stage.grant(&sold).await;
    stage.effect_in(EffectState::Unknown).await;
    let hash = recipient_hash(&stage).await;
    stage.erase_contact(sold.order).await;
    nothing_shows(&stage, &hash).await;

    // What a look that began before the erasure may still write.
    sqlx::query(
        "UPDATE notification.effects SET evidence = jsonb_build_object('recipient_hash', $1::text)",
    )
    .bind(&hash)
    .execute(&stage.pool)
    .await
    .unwrap();
    stage.let_time_pass().await;
    stage
        .message_in(sold.order, pb::MessageState::Accepted)
        .await;
    nothing_shows(&stage, &hash).await;
}
