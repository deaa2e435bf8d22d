use moa_service::EnvReader;

/// What can be set.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `MOA_STORE_SECURE_COOKIES`: cookies over HTTPS only, default false. Set it wherever the store is reached by
    /// HTTPS; set without HTTPS, nobody can log in.
    pub secure_cookies: bool,
}

impl Config {
    /// Reads `MOA_STORE_*`.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        Self {
            secure_cookies: env.flag("MOA_STORE_SECURE_COOKIES", false),
        }
    }
}
