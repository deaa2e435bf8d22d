use moa_service::EnvReader;

/// What can be set. Nothing yet: the catalogue has no outside and no schedule.
#[derive(Debug, Clone, Default)]
pub struct Config {}

impl Config {
    /// Reads `MOA_CATALOG_*`.
    pub fn read(_env: &mut EnvReader<'_>) -> Self {
        Self {}
    }
}
