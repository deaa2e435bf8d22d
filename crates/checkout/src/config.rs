use moa_service::EnvReader;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `MOA_CHECKOUT_CONCURRENT_HASHES`: passwords hashed at once, default 2. Each takes 19 MiB and a core for some
    /// 20 ms; more than there are cores makes log-ins slower, not faster.
    pub concurrent_hashes: usize,
}

impl Config {
    /// Reads `MOA_CHECKOUT_*`.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        Self {
            concurrent_hashes: env.number_in("MOA_CHECKOUT_CONCURRENT_HASHES", 2, 1..=64),
        }
    }
}
