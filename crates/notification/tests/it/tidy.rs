/// The domain decides without the world.
#[test]
fn the_domain_names_neither_database_nor_network_nor_clock() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "sqlx",
            "tonic",
            "tokio",
            "moa_proto",
            "reqwest",
            "serde",
            "Utc::now",
        ] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn the_tables_of_jobs_are_those_of_their_crate() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/notification");
    for (name, ddl) in [
        (
            "20261128062200_leases.sql",
            moa_jobs::leases_ddl(notification::SCHEMA),
        ),
        (
            "20261128062210_job_schedules.sql",
            moa_jobs::job_schedules_ddl(notification::SCHEMA),
        ),
        (
            "20261128100200_job_results.sql",
            moa_jobs::job_results_ddl(notification::SCHEMA),
        ),
    ] {
        let migration = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
        assert_eq!(migration.trim(), ddl.trim(), "{name}");
    }
}
