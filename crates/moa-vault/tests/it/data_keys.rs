use std::sync::Arc;

use moa_vault::{KeyRing, Vault, VaultError, data_keys_exist};
use sqlx::PgPool;

use crate::{SCHEMA, World, refused_by};

fn new_vault() -> Vault {
    Vault::new(SCHEMA, Arc::new(KeyRing::generate()))
}

#[sqlx::test(migrations = false)]
async fn hundreds_of_keys_are_made_and_read_at_once(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let vault = new_vault();
    let ids = world.key_ids(300);
    let made = vault
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    let read = vault
        .data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    assert_eq!((made.len(), read.len()), (300, 300));
    for id in &ids {
        let sealed = made.get(id).unwrap().seal(&world.aad(), b"010-0000-0000");
        let opened = read.get(id).unwrap().open(&world.aad(), &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"010-0000-0000");
    }
    assert!(!read.needs_rewrap());
}

#[sqlx::test(migrations = false)]
async fn a_destroyed_key_is_gone_for_good(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let vault = new_vault();
    let ids = world.key_ids(2);
    vault
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();

    let destroyed = vault
        .destroy_data_keys(&mut world.conn, world.merchant_id, &ids[..1])
        .await;
    assert_eq!(destroyed.unwrap(), 1);

    let left = vault
        .data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    assert!(left.get(&ids[0]).is_none() && left.get(&ids[1]).is_some());
    let kept: i64 = world
        .scalar("SELECT count(wrapped) FROM order_sync.data_keys")
        .await;
    assert_eq!(kept, 1);
    let again = vault
        .destroy_data_keys(&mut world.conn, world.merchant_id, &ids[..1])
        .await;
    assert_eq!(again.unwrap(), 0);
    let reborn = vault
        .create_data_keys(&mut world.conn, world.merchant_id, &ids[..1])
        .await;
    assert!(matches!(reborn, Err(VaultError::DataKeyExists)));
}

#[sqlx::test(migrations = false)]
async fn another_merchant_neither_reads_nor_destroys_a_key(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let vault = new_vault();
    let other = world.ids.next();
    let ids = world.key_ids(1);
    vault
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    assert!(
        vault
            .data_keys(&mut world.conn, other, &ids)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        vault
            .destroy_data_keys(&mut world.conn, other, &ids)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        vault
            .data_keys(&mut world.conn, world.merchant_id, &ids)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[sqlx::test(migrations = false)]
async fn a_wrapped_key_moved_to_another_row_is_refused(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let vault = new_vault();
    let ids = world.key_ids(2);
    vault
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    sqlx::query(
        "UPDATE order_sync.data_keys SET wrapped = (SELECT wrapped FROM order_sync.data_keys WHERE data_key_id = $1)",
    )
    .bind(ids[0].as_uuid())
    .execute(&mut *world.conn)
    .await
    .unwrap();
    let refused = vault
        .data_keys(&mut world.conn, world.merchant_id, &ids[1..])
        .await;
    assert!(
        matches!(refused, Err(VaultError::DataKeyRefused { data_key_id, .. }) if data_key_id == ids[1])
    );
}

#[sqlx::test(migrations = false)]
async fn no_keys_are_asked_for_without_a_statement(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let vault = new_vault();
    assert!(
        vault
            .create_data_keys(&mut world.conn, world.merchant_id, &[])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        vault
            .data_keys(&mut world.conn, world.merchant_id, &[])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        vault
            .destroy_data_keys(&mut world.conn, world.merchant_id, &[])
            .await
            .unwrap(),
        0
    );
}

#[sqlx::test(migrations = false)]
async fn whether_anything_was_sealed_is_known_before_and_after_migration(pool: PgPool) {
    let mut fresh = pool.acquire().await.unwrap();
    assert!(!data_keys_exist(&mut fresh, SCHEMA).await.unwrap());
    let mut world = World::new(&pool).await;
    assert!(!data_keys_exist(&mut fresh, SCHEMA).await.unwrap());
    let ids = world.key_ids(1);
    new_vault()
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    assert!(data_keys_exist(&mut fresh, SCHEMA).await.unwrap());
}

#[sqlx::test(migrations = false)]
async fn a_key_is_either_wrapped_or_destroyed(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let ids = world.key_ids(1);
    new_vault()
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    refused_by(
        &mut world.conn,
        "UPDATE order_sync.data_keys SET wrapped = NULL",
        "data_keys_destroyed_check",
    )
    .await;
    refused_by(
        &mut world.conn,
        "UPDATE order_sync.data_keys SET destroyed_at = now()",
        "data_keys_destroyed_check",
    )
    .await;
}
