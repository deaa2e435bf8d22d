use std::path::PathBuf;

use moa_service::EnvReader;
use url::Url;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `MOA_MERCHANT_NAME`, default "내 상점": the name of the merchant that the first start makes. Without effect later.
    pub merchant_name: String,
    /// `MOA_ADMIN_PUBLIC_URL`, e.g. `https://moa.example.kr`: where browsers reach this service when a proxy stands before
    /// it. With https the session cookie is sent over TLS only. Set wrongly, log-in by browser is refused with
    /// ORIGIN_REFUSED, or the cookie is not kept. Unset: browsers come directly.
    pub public_url: Option<Url>,
    /// `$MOA_HOME/admin.json`: where the first start writes the owner's log-in.
    pub login_file: PathBuf,
}

impl Config {
    /// Reads `MOA_MERCHANT_NAME`, `MOA_ADMIN_PUBLIC_URL` and `MOA_HOME`.
    pub fn read(env: &mut EnvReader<'_>) -> Self {
        let merchant_name = env.string("MOA_MERCHANT_NAME", "내 상점");
        let length = merchant_name.trim().chars().count();
        if !(1..=80).contains(&length) {
            env.problem("MOA_MERCHANT_NAME", "must have 1 to 80 characters");
        }
        let home = env.string("MOA_HOME", ".moa");
        Self {
            merchant_name: merchant_name.trim().to_owned(),
            public_url: read_public_url(env),
            login_file: PathBuf::from(home).join("admin.json"),
        }
    }

    /// Whether browsers come by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https")
    }
}

fn read_public_url(env: &mut EnvReader<'_>) -> Option<Url> {
    const NAME: &str = "MOA_ADMIN_PUBLIC_URL";
    let text = env.optional(NAME)?;
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            env.problem(NAME, "is no address such as https://moa.example.kr");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use moa_service::Env;

    use super::*;

    #[test]
    fn mistakes_are_reported_by_name() {
        let env = Env::from_map([
            ("MOA_MERCHANT_NAME", " "),
            ("MOA_ADMIN_PUBLIC_URL", "moa.example.kr"),
        ]);
        let mut reader = env.reader();
        let config = Config::read(&mut reader);
        assert!(!config.is_https());
        let text = reader.finish().unwrap_err().to_string();
        assert!(text.contains("MOA_MERCHANT_NAME"), "{text}");
        assert!(text.contains("MOA_ADMIN_PUBLIC_URL"), "{text}");
    }

    #[test]
    fn the_defaults_are_fine() {
        let env = Env::default();
        let mut reader = env.reader();
        let config = Config::read(&mut reader);
        assert!(reader.finish().is_ok());
        assert_eq!(config.merchant_name, "내 상점");
        assert_eq!(config.login_file, PathBuf::from(".moa/admin.json"));
    }
}
