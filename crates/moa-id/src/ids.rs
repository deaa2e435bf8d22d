use std::sync::{Arc, Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, ContextV7, Timestamp, Uuid};

use crate::TypedId;

/// Makes identifiers. Clones share one source.
#[derive(Clone)]
pub struct Ids(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Seeded>>),
}

struct Seeded {
    random: ChaCha8Rng,
    millis: u64,
}

impl Ids {
    /// UUIDv7 from the system's clock and randomness, growing inside the process.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same identifiers for the same seed: for tests and reproducible worlds.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(Seeded {
            random: ChaCha8Rng::seed_from_u64(seed),
            // 2026-01-01T00:00:00Z; each identifier is one millisecond later, so that they sort.
            millis: 1_767_225_600_000,
        }))))
    }

    /// The next identifier of a kind.
    pub fn next<T: TypedId>(&self) -> T {
        T::from_uuid(self.uuid())
    }

    /// The next identifier as a plain UUID.
    pub fn uuid(&self) -> Uuid {
        match &self.0 {
            Source::System => system_uuid(),
            Source::Seeded(seeded) => {
                let mut seeded = seeded.lock().unwrap_or_else(PoisonError::into_inner);
                seeded.millis += 1;
                let mut bytes = [0; 10];
                seeded.random.fill_bytes(&mut bytes);
                Builder::from_unix_timestamp_millis(seeded.millis, &bytes).into_uuid()
            }
        }
    }
}

fn system_uuid() -> Uuid {
    static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());
    Uuid::new_v7(Timestamp::now(&CONTEXT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrderId;

    #[test]
    fn system_identifiers_grow() {
        let ids = Ids::system();
        let made: Vec<OrderId> = (0..1000).map(|_| ids.next()).collect();
        assert!(made.is_sorted());
    }

    #[test]
    fn a_seed_gives_the_same_identifiers_again() {
        let first: Vec<OrderId> = (0..3).map(|_| Ids::seeded(7).next()).collect();
        assert!(first.iter().all(|id| *id == first[0]));
        assert_ne!(Ids::seeded(7).next::<OrderId>(), Ids::seeded(8).next());
    }
}
