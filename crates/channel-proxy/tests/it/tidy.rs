//! The domain names no database, network, runtime or wall clock.

use std::path::Path;

#[test]
fn the_domain_is_pure() {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    let mut files = 0;
    for entry in std::fs::read_dir(domain).unwrap() {
        let path = entry.unwrap().path();
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
        files += 1;
    }
    assert!(files > 5);
}
