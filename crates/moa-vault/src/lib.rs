//! Sealed values, their keys, and personal data that does not print.
//!
//! - A value is sealed with AES-256-GCM-SIV under its subject's *data key*, and bound to its place: merchant, table,
//!   column, row and key ([`Aad`]). A value moved to another place does not open.
//! - A data key lies in `<schema>.data_keys`, wrapped by a *key-encryption key* from the keys file ([`KeyRing`]). The
//!   database alone reads nothing, and destroying a data key erases its subject's data in every copy.
//! - Rotation: put a new key into the file and make it active. New data keys use it at once, older ones move over when
//!   they are read ([`Vault::rewrap`]) or swept ([`Vault::rewrap_batch`]); sealed values are not touched.
//! - Exact search goes by [`KeyRing::blind_index`], which differs per merchant and purpose.
//! - Opened values live in buffers that are zeroed, and [`Pii`] prints as `***`.
//!
//! ```
//! use moa_id::{DataKeyId, Ids, MerchantId};
//! use moa_vault::{Aad, DataKey};
//!
//! let ids = Ids::system();
//! let aad = Aad {
//!     merchant_id: ids.next::<MerchantId>(),
//!     table: "order_contacts",
//!     column: "sealed",
//!     row: ids.uuid(),
//! };
//! let key = DataKey::generate(ids.next::<DataKeyId>());
//! let sealed = key.seal(&aad, b"010-0000-0000");
//! assert_eq!(key.open(&aad, &sealed)?.as_slice(), b"010-0000-0000");
//!
//! let elsewhere = Aad { column: "note", ..aad };
//! assert!(key.open(&elsewhere, &sealed).is_err());
//! # Ok::<(), moa_vault::VaultError>(())
//! ```

mod cipher;
mod data_key;
mod error;
mod key_file;
mod key_ring;
mod pii;
mod schema;
mod vault;

pub use data_key::{Aad, DataKey, DataKeys, sealed_under};
pub use error::{KeyRingError, VaultError};
pub use key_ring::KeyRing;
pub use pii::Pii;
pub use schema::{data_keys_ddl, data_keys_exist};
pub use vault::Vault;
pub use zeroize::Zeroizing;
