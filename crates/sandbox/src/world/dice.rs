//! Randomness that repeats: the same seed, stream and index always throw the same.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64, stream: &str, index: u64) -> Self {
        Self(ChaCha8Rng::from_seed(digest(seed, stream, index)))
    }

    /// A number from 0 up to, not including, `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.next_u64() % n }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether an event of this many percent happens.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A fraction from 0 up to, not including, 1.
    pub fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.0.next_u64() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// One of the items of a table, which must not be empty.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is below the table's length; tables are constants"
    )]
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        &items[index]
    }
}

/// Lower-case hexadecimal text of a wanted length (up to 64), for keys and secrets.
pub fn hex_text(seed: u64, stream: &str, index: u64, length: usize) -> String {
    let mut text = hex::encode(digest(seed, stream, index));
    text.truncate(length);
    text
}

fn digest(seed: u64, stream: &str, index: u64) -> [u8; 32] {
    Sha256::digest(format!("moa-sandbox/{seed}/{stream}/{index}")).into()
}
