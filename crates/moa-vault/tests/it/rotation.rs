use moa_vault::{KeyRing, VaultError};
use serde_json::json;
use sqlx::PgPool;

use crate::{World, rotated, vault};

#[sqlx::test(migrations = false)]
async fn keys_read_under_an_older_key_move_to_the_active_one(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let section = KeyRing::generate_section();
    let ids = world.key_ids(3);
    let made = vault(&section)
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    let sealed = made.get(&ids[0]).unwrap().seal(&world.aad(), b"kept");

    let section = rotated(&section, "k2");
    let after = vault(&section);
    let read = after
        .data_keys(&mut world.conn, world.merchant_id, &ids[..2])
        .await
        .unwrap();
    assert!(read.needs_rewrap());
    assert_eq!(
        after
            .rewrap(&mut world.conn, world.merchant_id, &read)
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        after
            .rewrap(&mut world.conn, world.merchant_id, &read)
            .await
            .unwrap(),
        0
    );

    let read = after
        .data_keys(&mut world.conn, world.merchant_id, &ids[..2])
        .await
        .unwrap();
    assert!(!read.needs_rewrap());
    assert_eq!(
        read.get(&ids[0])
            .unwrap()
            .open(&world.aad(), &sealed)
            .unwrap()
            .as_slice(),
        b"kept"
    );
    let moved: i64 = world
        .scalar("SELECT count(*) FROM order_sync.data_keys WHERE kek_id = 'k2'")
        .await;
    assert_eq!(moved, 2);
}

#[sqlx::test(migrations = false)]
async fn a_sweep_moves_the_rest_so_that_the_older_key_can_go(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let section = KeyRing::generate_section();
    let (ours, theirs) = (world.key_ids(3), world.key_ids(2));
    let other = world.ids.next();
    let before = vault(&section);
    before
        .create_data_keys(&mut world.conn, world.merchant_id, &ours)
        .await
        .unwrap();
    before
        .create_data_keys(&mut world.conn, other, &theirs)
        .await
        .unwrap();
    before
        .destroy_data_keys(&mut world.conn, other, &theirs[..1])
        .await
        .unwrap();

    let mut section = rotated(&section, "k2");
    let after = vault(&section);
    assert_eq!(after.rewrap_batch(&mut world.conn, 3).await.unwrap(), 3);
    assert_eq!(after.rewrap_batch(&mut world.conn, 3).await.unwrap(), 1);
    assert_eq!(after.rewrap_batch(&mut world.conn, 3).await.unwrap(), 0);

    section["keys"].as_object_mut().unwrap().remove("k1");
    let without = vault(&section);
    without.check(&mut world.conn).await.unwrap();
    assert_eq!(
        without
            .data_keys(&mut world.conn, world.merchant_id, &ours)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        without
            .data_keys(&mut world.conn, other, &theirs)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[sqlx::test(migrations = false)]
async fn a_key_taken_out_too_early_is_named(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let section = KeyRing::generate_section();
    let ids = world.key_ids(1);
    vault(&section)
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();

    let mut section = rotated(&section, "k2");
    section["keys"].as_object_mut().unwrap().remove("k1");
    let without = vault(&section);
    let checked = without.check(&mut world.conn).await;
    assert!(matches!(checked, Err(VaultError::UnknownKek { kek_id }) if kek_id == "k1"));
    let read = without
        .data_keys(&mut world.conn, world.merchant_id, &ids)
        .await;
    assert!(matches!(read, Err(VaultError::UnknownKek { kek_id }) if kek_id == "k1"));
}

#[sqlx::test(migrations = false)]
async fn another_key_under_the_same_name_is_refused(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let section = KeyRing::generate_section();
    let ids = world.key_ids(1);
    vault(&section)
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();

    let mut swapped = section.clone();
    swapped["keys"] = json!({ "k1": section["index_key"] });
    let read = vault(&swapped)
        .data_keys(&mut world.conn, world.merchant_id, &ids)
        .await;
    assert!(matches!(read, Err(VaultError::DataKeyRefused { .. })));
    let checked = vault(&swapped).check(&mut world.conn).await;
    assert!(
        matches!(checked, Err(VaultError::DataKeyRefused { .. })),
        "at start, too"
    );
    vault(&section).check(&mut world.conn).await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn a_key_destroyed_after_it_was_read_is_not_brought_back(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let section = KeyRing::generate_section();
    let ids = world.key_ids(1);
    vault(&section)
        .create_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    let after = vault(&rotated(&section, "k2"));
    let read = after
        .data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    after
        .destroy_data_keys(&mut world.conn, world.merchant_id, &ids)
        .await
        .unwrap();
    assert_eq!(
        after
            .rewrap(&mut world.conn, world.merchant_id, &read)
            .await
            .unwrap(),
        0
    );
    assert!(
        after
            .data_keys(&mut world.conn, world.merchant_id, &ids)
            .await
            .unwrap()
            .is_empty()
    );
}
