use std::path::Path;

#[test]
fn the_domain_knows_nothing_of_the_world() {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    for file in std::fs::read_dir(domain).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "sqlx",
            "tonic",
            "tokio",
            "moa_proto",
            "axum",
            "serde",
            "Utc::now",
        ] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}
