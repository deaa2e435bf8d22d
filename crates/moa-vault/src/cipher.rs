//! AES-256-GCM-SIV and HMAC-SHA256, each with one way to be used.

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _};
use hmac::{Hmac, KeyInit as _, Mac};
use rand::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

pub(crate) const KEY_LEN: usize = 32;
pub(crate) const NONCE_LEN: usize = 12;

/// Key bytes, zeroed when dropped.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<[u8; KEY_LEN]>);

impl Key {
    pub(crate) fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        rand::rng().fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Appends nonce and ciphertext to `header`.
    #[expect(
        clippy::expect_used,
        reason = "refused is only a plaintext of more than 64 GiB, and no such value fits a row"
    )]
    pub(crate) fn encrypt(&self, header: Vec<u8>, associated: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plaintext,
            aad: associated,
        };
        let ciphertext = Aes256GcmSiv::new((&*self.0).into())
            .encrypt((&nonce).into(), payload)
            .expect("a plaintext that fits a row is encrypted");
        let mut sealed = header;
        sealed.reserve_exact(NONCE_LEN + ciphertext.len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        sealed
    }

    /// Opens nonce and ciphertext; none when either, the key or `associated` differs.
    pub(crate) fn decrypt(
        &self,
        associated: &[u8],
        nonce_and_ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = nonce_and_ciphertext.split_first_chunk::<NONCE_LEN>()?;
        let payload = Payload {
            msg: ciphertext,
            aad: associated,
        };
        Aes256GcmSiv::new((&*self.0).into())
            .decrypt(nonce.into(), payload)
            .ok()
            .map(Zeroizing::new)
    }

    pub(crate) fn hmac(&self, message: &[u8]) -> [u8; KEY_LEN] {
        // HMAC fills a short key with zeros up to the block itself; a whole block cannot be refused.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        let mut hmac = Hmac::<Sha256>::new((&*block).into());
        hmac.update(message);
        hmac.finalize().into_bytes().into()
    }
}

/// Joins parts so that no other parts give the same bytes.
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len() + 8).sum();
    let mut joined = Vec::with_capacity(length);
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_the_one_everybody_computes() {
        // RFC 4231 keys are shorter or longer than ours, so this one was computed with OpenSSL.
        let key = Key::from_slice(&[0x0b; 32]).unwrap();
        assert_eq!(
            hex::encode(key.hmac(b"Hi There")),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"
        );
    }

    #[test]
    fn encryption_is_the_one_everybody_computes() {
        // RFC 8452, appendix C.2: key 01 00…, nonce 03 00…, plaintext 01 00… (8 bytes), no associated data.
        let mut key = [0; 32];
        key[0] = 1;
        let mut sealed = vec![0; 12];
        sealed[0] = 3;
        sealed.extend(hex::decode("c2ef328e5c71c83b843122130f7364b761e0b97427e3df28").unwrap());
        let opened = Key::from_slice(&key)
            .unwrap()
            .decrypt(b"", &sealed)
            .unwrap();
        assert_eq!(opened.as_slice(), [1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn parts_cannot_lend_each_other_bytes() {
        assert_ne!(join(&[b"ab", b"c"]), join(&[b"a", b"bc"]));
        assert_ne!(join(&[b"abc"]), join(&[b"abc", b""]));
    }
}
