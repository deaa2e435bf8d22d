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
