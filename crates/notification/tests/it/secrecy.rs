use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::notification::v1 as pb;
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
