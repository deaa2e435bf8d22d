use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use moa_id::MerchantId;
use serde_json::{Value, json};

use crate::KeyRingError;
use crate::cipher::{Key, join};
use crate::key_file::{self, Keys};

/// The keys that are not in the database: key-encryption keys by id, one of them active, and the key of blind indexes.
pub struct KeyRing {
    active: (Arc<str>, Key),
    by_id: BTreeMap<Arc<str>, Key>,
    index_key: Key,
}

impl KeyRing {
    /// Reads the `vault` member of a keys file, which nobody but its owner may be able to read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, KeyRingError> {
        Self::from_json(&key_file::read(path.as_ref())?)
    }

    /// Reads the `vault` member of a keys file's text:
    /// `{"vault": {"active": "k1", "keys": {"k1": "<base64 of 32 bytes>"}, "index_key": "<base64 of 32 bytes>"}}`.
    /// Other members belong to others.
    pub fn from_json(json: &str) -> Result<Self, KeyRingError> {
        let Keys {
            active,
            by_id,
            index_key,
        } = key_file::parse(json)?;
        let by_id: BTreeMap<Arc<str>, Key> = by_id
            .into_iter()
            .map(|(id, key)| (id.into(), key))
            .collect();
        let active = by_id
            .get_key_value(active.as_str())
            .map(|(id, key)| (id.clone(), key.clone()))
            .ok_or(KeyRingError::NoActive { active })?;
        Ok(Self {
            active,
            by_id,
            index_key,
        })
    }

    /// A ring of new random keys that is written nowhere.
    pub fn generate() -> Self {
        let active: (Arc<str>, Key) = ("k1".into(), Key::generate());
        Self {
            by_id: BTreeMap::from([active.clone()]),
            active,
            index_key: Key::generate(),
        }
    }

    /// The `vault` member of a new keys file, for whoever makes that file.
    pub fn generate_section() -> Value {
        let ring = Self::generate();
        let (id, key) = &ring.active;
        json!({
            "active": **id,
            "keys": { &**id: key_file::encode(key) },
            "index_key": key_file::encode(&ring.index_key),
        })
    }

    /// What equal values of one merchant and purpose have in common, for exact search over sealed columns.
    ///
    /// The caller brings the value into one form first (digits of a phone number, a name without spaces). Without the
    /// keys file nobody can guess values against it, and other merchants' or purposes' equal values differ.
    pub fn blind_index(
        &self,
        merchant_id: MerchantId,
        purpose: &str,
        normalized: &str,
    ) -> [u8; 32] {
        self.index_key.hmac(&join(&[
            b"moa-vault blind index 1",
            merchant_id.as_uuid().as_bytes(),
            purpose.as_bytes(),
            normalized.as_bytes(),
        ]))
    }

    pub(crate) fn active(&self) -> (&Arc<str>, &Key) {
        (&self.active.0, &self.active.1)
    }

    pub(crate) fn get(&self, kek_id: &str) -> Option<(&Arc<str>, &Key)> {
        self.by_id.get_key_value(kek_id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(|id| &**id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("active", &self.active.0)
            .field("ids", &self.by_id.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use moa_id::Ids;
    use proptest::prelude::*;

    use super::*;

    fn file_with(vault: &Value) -> String {
        json!({ "services": { "order-sync": "belongs to others" }, "vault": vault }).to_string()
    }

    #[test]
    fn a_generated_section_loads_from_a_file_that_holds_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.json");
        std::fs::write(&path, file_with(&KeyRing::generate_section())).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(&**KeyRing::load(&path).unwrap().active().0, "k1");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.json");
        std::fs::write(&path, file_with(&KeyRing::generate_section())).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let message = KeyRing::load(&path).unwrap_err().to_string();
        assert!(
            message.contains("mode 0640") && message.contains("chmod 600"),
            "{message}"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = KeyRing::load("/nowhere/keys.json").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the keys file /nowhere/keys.json cannot be read"
        );
    }

    #[test]
    fn what_is_wrong_in_the_section_is_named() {
        let good = KeyRing::generate_section();
        let with = |member: &str, value: Value| {
            let mut section = good.clone();
            section[member] = value;
            KeyRing::from_json(&file_with(&section))
                .unwrap_err()
                .to_string()
        };
        assert!(with("active", json!("k9")).contains("names `k9`"));
        assert!(with("index_key", json!("c2hvcnQ=")).contains("`vault.index_key`"));
        assert!(with("keys", json!({ "k1": "not base64" })).contains("`vault.keys.k1`"));
        assert!(with("keys", json!({ "a b": "" })).contains("`a b` cannot name a key"));
        assert!(matches!(
            KeyRing::from_json("{}"),
            Err(KeyRingError::NoVault)
        ));
    }

    #[test]
    fn an_error_never_quotes_a_key() {
        let mut section = KeyRing::generate_section();
        section["keys"] = json!("c2VjcmV0IGtleQ==");
        let error = KeyRing::from_json(&file_with(&section)).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("c2VjcmV0"),
            "{error:?}"
        );
    }

    #[test]
    fn printing_a_ring_shows_names_only() {
        assert_eq!(
            format!("{:?}", KeyRing::generate()),
            r#"KeyRing { active: "k1", ids: ["k1"], .. }"#
        );
    }

    #[test]
    fn a_blind_index_is_equal_for_equal_values_of_one_merchant_and_purpose_only() {
        let ids = Ids::seeded(5);
        let (merchant, other): (MerchantId, MerchantId) = (ids.next(), ids.next());
        let ring = KeyRing::generate();
        let index = ring.blind_index(merchant, "phone", "01000000000");
        assert_eq!(index, ring.blind_index(merchant, "phone", "01000000000"));
        assert_ne!(index, ring.blind_index(merchant, "phone", "01000000001"));
        assert_ne!(index, ring.blind_index(merchant, "name", "01000000000"));
        assert_ne!(index, ring.blind_index(other, "phone", "01000000000"));
        assert_ne!(index, ring.blind_index(merchant, "phone0", "1000000000"));
        assert_ne!(
            index,
            KeyRing::generate().blind_index(merchant, "phone", "01000000000")
        );
    }

    proptest! {
        #[test]
        fn an_arbitrary_file_is_refused_without_a_panic(text in ".{0,200}") {
            prop_assert!(KeyRing::from_json(&text).is_err());
        }
    }
}
