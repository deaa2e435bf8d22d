//! What must stay so although no compiler checks it.

use std::path::{Path, PathBuf};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_domain_knows_no_database_no_network_and_no_clock() {
    let mut files = 0;
    for entry in std::fs::read_dir(folder("src/domain")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        files += 1;
        for word in ["sqlx", "tonic", "tokio", "moa_proto", "Utc::now", "serde"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
    assert!(files > 5);
}

#[test]
fn the_migrations_carry_the_shared_tables_as_they_are() {
    let migration = |name: &str| {
        std::fs::read_to_string(folder("../../migrations/fulfillment").join(name)).unwrap()
    };
    assert_eq!(
        migration("20261120000100_outbox.sql"),
        moa_outbox::DDL.replace("{{schema}}", "fulfillment")
    );
    assert_eq!(
        migration("20261120000200_effects.sql"),
        moa_effects::ddl("fulfillment")
    );
    assert_eq!(
        migration("20261120000300_data_keys.sql"),
        moa_vault::data_keys_ddl("fulfillment")
    );
}
