use std::sync::{Arc, OnceLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::Error;

/// Hashes passwords beside the runtime's threads, a bounded number at once: argon2id, 19 MiB, two passes.
#[derive(Clone)]
pub struct PasswordHashing {
    places: Arc<Semaphore>,
}

fn argon2() -> Argon2<'static> {
    // 19 MiB and two passes are the library's defaults; written out because design depends on them.
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, Error> {
    argon2()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Hashing(error.to_string()))
}

impl PasswordHashing {
    /// So many at once.
    pub fn new(at_once: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// The hash to store.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = Zeroizing::new(password.to_owned());
        self.aside(move || hash_now(&password)).await
    }

    /// Whether the password fits. Without a stored hash one is compared all the same, so that the time tells nothing.
    pub(crate) async fn verify(
        &self,
        password: &str,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        static NOBODYS: OnceLock<String> = OnceLock::new();
        let password = Zeroizing::new(password.to_owned());
        self.aside(move || {
            let known = stored.is_some();
            let text = match stored {
                Some(stored) => stored,
                None => match NOBODYS.get() {
                    Some(hash) => hash.clone(),
                    None => {
                        let hash = hash_now("nobody has this password")?;
                        NOBODYS.get_or_init(|| hash).clone()
                    }
                },
            };
            let hash =
                PasswordHash::new(&text).map_err(|error| Error::Hashing(error.to_string()))?;
            let fits = argon2().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(known && fits)
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let closed = |_| Error::Hashing("the service stops".to_owned());
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(closed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself: it goes on when the request is dropped.
            let _place = place;
            work()
        });
        done.await
            .map_err(|error| Error::Hashing(error.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_dropped_request_keeps_its_place_until_the_work_ends() {
        let hashing = PasswordHashing::new(1);
        let (began, has_begun) = oneshot::channel();
        let (end, may_end) = mpsc::channel::<()>();
        let request = tokio::spawn({
            let hashing = hashing.clone();
            async move {
                hashing
                    .aside(move || {
                        began.send(()).unwrap();
                        may_end.recv().unwrap();
                        Ok(())
                    })
                    .await
            }
        });
        has_begun.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(hashing.places.available_permits(), 0);
        end.send(()).unwrap();
        hashing.aside(|| Ok(())).await.unwrap();
    }
}
