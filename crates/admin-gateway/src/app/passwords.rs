//! Passwords: argon2id with 19 MiB and two passes, a few at a time so that a flood of log-ins cannot take the memory.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OnceCell, Semaphore};

use crate::error::Error;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes at a time, 19 MiB each.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords.
pub struct Passwords {
    seats: Arc<Semaphore>,
    /// The hash of nobody's password: an unknown address must take as long as a known one.
    decoy: OnceCell<String>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            seats: Arc::new(Semaphore::new(AT_ONCE)),
            decoy: OnceCell::new(),
        }
    }
}

impl Passwords {
    /// A password's hash as PHC text, with a salt of its own.
    pub async fn hash(&self, password: &SecretString) -> Result<String, Error> {
        let password = password.clone();
        self.run(move || {
            let hash = argon2()?
                .hash_password(password.expose_secret().as_bytes())
                .map_err(failed)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed.
    pub async fn verify(&self, password: &SecretString, hash: &str) -> Result<bool, Error> {
        let (password, hash) = (password.clone(), hash.to_owned());
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(failed)?;
            let password = password.expose_secret().as_bytes();
            Ok(argon2()?.verify_password(password, &hash).is_ok())
        })
        .await
    }

    /// Takes as long as [`Self::verify`], for an address nobody has.
    pub async fn verify_nobody(&self, password: &SecretString) -> Result<(), Error> {
        let decoy = self
            .decoy
            .get_or_try_init(async || self.hash(&SecretString::from("nobody's")).await)
            .await?;
        self.verify(password, decoy).await.map(|_| ())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let seat = Arc::clone(&self.seats)
            .acquire_owned()
            .await
            .map_err(failed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself: it goes on when the request is dropped.
            let _seat = seat;
            work()
        });
        done.await.map_err(failed)?
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Password(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::default();
        let right = SecretString::from("모아 correct horse");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(passwords.verify(&right, &hash).await.unwrap());
        let wrong = SecretString::from("모아 correct hors");
        assert!(!passwords.verify(&wrong, &hash).await.unwrap());
    }
}
