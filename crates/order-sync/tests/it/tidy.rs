//! The shape of the crate.

use std::fs;
use std::path::Path;

#[test]
fn the_domain_knows_no_input_and_no_output() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for word in ["sqlx", "tonic", "tokio", "moa_proto", "serde", "Utc::now"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn the_shared_tables_are_those_of_their_crates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/order_sync");
    let migration = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let outbox = moa_outbox::DDL.replace("{{schema}}", order_sync::SCHEMA);
    assert_eq!(migration("20261120100000_outbox.sql").trim(), outbox.trim());
    assert_eq!(
        migration("20261120100100_data_keys.sql").trim(),
        moa_vault::data_keys_ddl(order_sync::SCHEMA).trim()
    );
    assert_eq!(
        migration("20261120100200_leases.sql").trim(),
        moa_jobs::leases_ddl(order_sync::SCHEMA).trim()
    );
    assert_eq!(
        migration("20261128003100_job_schedules.sql").trim(),
        moa_jobs::job_schedules_ddl(order_sync::SCHEMA).trim()
    );
    assert_eq!(
        migration("20261128100200_job_results.sql").trim(),
        moa_jobs::job_results_ddl(order_sync::SCHEMA).trim()
    );
}
