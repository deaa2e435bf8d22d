use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use moa_id::{DataKeyId, MerchantId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::cipher::{Key, join};

/// The layout of a sealed value: version, data key id, nonce, ciphertext with its tag.
const SEALED_VERSION: u8 = 1;
const ID_LEN: usize = 16;

/// The place a sealed value belongs to. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad {
    /// Whose row it is.
    pub merchant_id: MerchantId,
    /// The table, without its schema.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub row: Uuid,
}

impl Aad {
    fn bytes(&self, data_key_id: DataKeyId) -> Vec<u8> {
        join(&[
            b"moa-vault sealed value",
            &[SEALED_VERSION],
            self.merchant_id.as_uuid().as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
            data_key_id.as_uuid().as_bytes(),
        ])
    }
}

/// A key that seals one subject's data.
#[derive(Clone)]
pub struct DataKey {
    id: DataKeyId,
    key: Key,
}

impl DataKey {
    /// A new random key that is stored nowhere; [`Vault::create_data_keys`](crate::Vault::create_data_keys) makes
    /// stored ones.
    pub fn generate(id: DataKeyId) -> Self {
        Self {
            id,
            key: Key::generate(),
        }
    }

    pub(crate) fn from_key(id: DataKeyId, key: Key) -> Self {
        Self { id, key }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Its id, to be stored beside what it seals.
    pub fn id(&self) -> DataKeyId {
        self.id
    }

    /// Seals a value for one place. The same value sealed twice gives different bytes.
    pub fn seal(&self, aad: &Aad, plaintext: &[u8]) -> Vec<u8> {
        let mut header = Vec::with_capacity(1 + ID_LEN);
        header.push(SEALED_VERSION);
        header.extend_from_slice(self.id.as_uuid().as_bytes());
        self.key.encrypt(header, &aad.bytes(self.id), plaintext)
    }

    /// Opens a value that was sealed under this key for this place.
    pub fn open(&self, aad: &Aad, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (sealed_under, body) = parse(sealed)?;
        if sealed_under != self.id {
            return Err(VaultError::WrongKey {
                sealed_under,
                used: self.id,
            });
        }
        self.key
            .decrypt(&aad.bytes(self.id), body)
            .ok_or(VaultError::Refused)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The data key that a sealed value asks for.
pub fn sealed_under(sealed: &[u8]) -> Result<DataKeyId, VaultError> {
    parse(sealed).map(|(id, _)| id)
}

fn parse(sealed: &[u8]) -> Result<(DataKeyId, &[u8]), VaultError> {
    let (version, rest) = sealed
        .split_first()
        .ok_or(VaultError::Malformed("it is empty"))?;
    if *version != SEALED_VERSION {
        return Err(VaultError::Malformed(
            "its version is not known to this build",
        ));
    }
    let (id, body) = rest
        .split_first_chunk::<ID_LEN>()
        .ok_or(VaultError::Malformed("it is too short"))?;
    Ok((DataKeyId::from_uuid(Uuid::from_bytes(*id)), body))
}

/// Data keys of one merchant, by id.
#[derive(Debug, Clone, Default)]
pub struct DataKeys {
    keys: HashMap<DataKeyId, DataKey>,
    /// Those that were read wrapped under a key-encryption key other than the active one.
    stale: Vec<DataKeyId>,
}

impl DataKeys {
    /// The key, unless it is unknown or destroyed.
    pub fn get(&self, id: &DataKeyId) -> Option<&DataKey> {
        self.keys.get(id)
    }

    /// All keys, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &DataKey> {
        self.keys.values()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether some were read under an older key-encryption key; [`Vault::rewrap`](crate::Vault::rewrap) moves them.
    pub fn needs_rewrap(&self) -> bool {
        !self.stale.is_empty()
    }

    pub(crate) fn insert(&mut self, key: DataKey, freshness: Freshness) {
        if freshness == Freshness::Stale {
            self.stale.push(key.id);
        }
        self.keys.insert(key.id, key);
    }

    pub(crate) fn stale(&self) -> impl Iterator<Item = &DataKey> {
        self.stale.iter().filter_map(|id| self.keys.get(id))
    }
}

/// Whether a data key is wrapped under the active key-encryption key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    Stale,
}

/// The place a wrapped data key belongs to.
#[derive(Clone)]
pub(crate) struct WrapPlace {
    pub(crate) schema: &'static str,
    pub(crate) merchant_id: MerchantId,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) kek_id: Arc<str>,
}

/// The layout of a wrapped data key: version, nonce, ciphertext with its tag. The key-encryption key's id stands in the
/// row and is authenticated.
const WRAPPED_VERSION: u8 = 1;

impl WrapPlace {
    fn bytes(&self) -> Vec<u8> {
        join(&[
            b"moa-vault data key",
            &[WRAPPED_VERSION],
            self.schema.as_bytes(),
            self.merchant_id.as_uuid().as_bytes(),
            self.data_key_id.as_uuid().as_bytes(),
            self.kek_id.as_bytes(),
        ])
    }

    pub(crate) fn wrap(&self, kek: &Key, data_key: &DataKey) -> Vec<u8> {
        kek.encrypt(
            vec![WRAPPED_VERSION],
            &self.bytes(),
            data_key.key().as_bytes(),
        )
    }

    pub(crate) fn unwrap(&self, kek: &Key, wrapped: &[u8]) -> Option<DataKey> {
        let (version, body) = wrapped.split_first()?;
        if *version != WRAPPED_VERSION {
            return None;
        }
        let opened = kek.decrypt(&self.bytes(), body)?;
        Some(DataKey::from_key(
            self.data_key_id,
            Key::from_slice(&opened)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;
    use proptest::prelude::*;

    use super::*;

    const KEY: DataKeyId = DataKeyId::from_uuid(Uuid::from_u128(7));

    fn aad() -> Aad {
        Aad {
            merchant_id: MerchantId::from_uuid(Uuid::from_u128(1)),
            table: "order_contacts",
            column: "sealed",
            row: Uuid::from_u128(2),
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(plaintext in proptest::collection::vec(any::<u8>(), 0..300)) {
            let key = DataKey::generate(KEY);
            let sealed = key.seal(&aad(), &plaintext);
            prop_assert_eq!(sealed.len(), plaintext.len() + 1 + 16 + 12 + 16);
            prop_assert_eq!(sealed_under(&sealed).unwrap(), KEY);
            let opened = key.open(&aad(), &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plaintext);
        }

        #[test]
        fn any_flipped_bit_is_refused(
            plaintext in proptest::collection::vec(any::<u8>(), 0..60),
            bit in any::<prop::sample::Index>(),
        ) {
            let key = DataKey::generate(KEY);
            let mut sealed = key.seal(&aad(), &plaintext);
            let bit = bit.index(sealed.len() * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(key.open(&aad(), &sealed).is_err());
        }

        #[test]
        fn a_shortened_value_is_refused(
            plaintext in proptest::collection::vec(any::<u8>(), 0..60),
            keep in any::<prop::sample::Index>(),
        ) {
            let key = DataKey::generate(KEY);
            let sealed = key.seal(&aad(), &plaintext);
            prop_assert!(key.open(&aad(), &sealed[..keep.index(sealed.len())]).is_err());
        }

        #[test]
        fn arbitrary_bytes_are_refused(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            looks_right in any::<bool>(),
        ) {
            if looks_right && bytes.len() > 17 {
                bytes[0] = SEALED_VERSION;
                bytes[1..17].copy_from_slice(KEY.as_uuid().as_bytes());
            }
            prop_assert!(DataKey::generate(KEY).open(&aad(), &bytes).is_err());
        }

        #[test]
        fn a_value_opens_in_its_own_place_only(merchant in any::<u128>(), row in any::<u128>()) {
            prop_assume!(merchant != 1 && row != 2);
            let key = DataKey::generate(KEY);
            let sealed = key.seal(&aad(), b"010-0000-0000");
            let elsewhere = [
                Aad { merchant_id: MerchantId::from_uuid(Uuid::from_u128(merchant)), ..aad() },
                Aad { row: Uuid::from_u128(row), ..aad() },
                Aad { table: "order_contact", ..aad() },
                Aad { column: "note", ..aad() },
                Aad { table: "order_contactss", column: "ealed", ..aad() },
            ];
            for place in elsewhere {
                prop_assert!(matches!(key.open(&place, &sealed), Err(VaultError::Refused)));
            }
        }
    }

    #[test]
    fn another_key_is_named_when_it_is_tried() {
        let ids = Ids::seeded(3);
        let (first, second) = (DataKey::generate(ids.next()), DataKey::generate(ids.next()));
        let sealed = first.seal(&aad(), b"secret");
        let error = second.open(&aad(), &sealed).unwrap_err();
        assert!(matches!(error, VaultError::WrongKey { sealed_under, used }
            if sealed_under == first.id() && used == second.id()));
    }

    #[test]
    fn another_key_under_the_same_id_is_refused() {
        let sealed = DataKey::generate(KEY).seal(&aad(), b"secret");
        let refused = DataKey::generate(KEY).open(&aad(), &sealed);
        assert!(matches!(refused, Err(VaultError::Refused)));
    }

    #[test]
    fn the_same_value_twice_does_not_look_the_same() {
        let key = DataKey::generate(KEY);
        assert_ne!(key.seal(&aad(), b"secret"), key.seal(&aad(), b"secret"));
    }

    #[test]
    fn a_data_key_prints_its_id_only() {
        let printed = format!("{:?}", DataKey::generate(KEY));
        assert_eq!(
            printed,
            "DataKey { id: DataKeyId(00000000-0000-0000-0000-000000000007), .. }"
        );
    }
}
