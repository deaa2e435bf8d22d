//! Who calls: each service signs short-lived tokens with its own Ed25519 key and knows everybody's public key.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{Clock, ServiceName};

/// How long a token is good for, in seconds.
const LIFETIME_S: i64 = 60;
/// A token with less than this left is made anew.
const RENEW_BELOW_S: i64 = 20;
/// Clocks of two machines may differ by this much.
const LEEWAY_S: u64 = 30;
/// Verified tokens remembered, so that a signature is checked once a minute and not once a call.
const REMEMBERED: usize = 256;

/// The `services` member of the keys file: each service's key pair. In an installation of several machines, a machine's
/// file holds the private keys of its own services and the public keys of all.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServiceKeys(HashMap<String, KeyPairFile>);

#[derive(Clone, Serialize, Deserialize)]
struct KeyPairFile {
    /// Base64 of the raw 32 bytes.
    public: String,
    /// Base64 of PKCS#8; absent where only the public key may be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private: Option<String>,
}

/// Why an identity could not be had.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The keys file cannot be read.
    #[error(
        "the keys file {path} cannot be read; set MOA_KEYS_FILE to it, or run `moa up`, which makes one"
    )]
    Unreadable {
        /// Where it was looked for.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The keys file is not what it should be.
    #[error("the keys file's member \"services\" cannot be used: {0}")]
    Malformed(String),
    /// A key could not be made.
    #[error("a service key could not be made")]
    NotMade,
}

impl ServiceKeys {
    /// New keys for everybody.
    pub fn generate() -> Result<Self, IdentityError> {
        let mut keys = HashMap::new();
        for name in ServiceName::ALL {
            let pair = Ed25519KeyPair::generate().map_err(|_| IdentityError::NotMade)?;
            let document = pair.to_pkcs8v1().map_err(|_| IdentityError::NotMade)?;
            keys.insert(
                name.as_str().to_owned(),
                KeyPairFile {
                    public: STANDARD.encode(pair.public_key().as_ref()),
                    private: Some(STANDARD.encode(document.as_ref())),
                },
            );
        }
        Ok(Self(keys))
    }

    /// Reads the `services` member of a keys file; the other members belong to others.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        #[derive(Deserialize)]
        struct File {
            services: ServiceKeys,
        }
        let text = std::fs::read_to_string(path).map_err(|source| IdentityError::Unreadable {
            path: path.display().to_string(),
            source,
        })?;
        let file: File = serde_json::from_str(&text)
            .map_err(|error| IdentityError::Malformed(error.to_string()))?;
        Ok(file.services)
    }

    /// The identity of one service.
    pub fn identity(&self, name: ServiceName) -> Result<Identity, IdentityError> {
        let decode = |text: &str| {
            STANDARD
                .decode(text)
                .map_err(|_| IdentityError::Malformed("a key is not base64".to_owned()))
        };
        let mut public = HashMap::new();
        for (text, pair) in &self.0 {
            if let Ok(name) = text.parse::<ServiceName>() {
                public.insert(name, DecodingKey::from_ed_der(&decode(&pair.public)?));
            }
        }
        let private = self
            .0
            .get(name.as_str())
            .and_then(|pair| pair.private.as_ref())
            .ok_or_else(|| IdentityError::Malformed(format!("no private key for {name}")))?;
        Ok(Identity(Arc::new(Inner {
            name,
            private: EncodingKey::from_ed_der(&decode(private)?),
            public,
            clock: Clock::system(),
            made: Mutex::default(),
            verified: Mutex::default(),
        })))
    }
}

/// Who a service is: its name, its signing key and everybody's public key.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    name: ServiceName,
    private: EncodingKey,
    public: HashMap<ServiceName, DecodingKey>,
    clock: Clock,
    made: Mutex<HashMap<ServiceName, (String, i64)>>,
    verified: Mutex<HashMap<String, (ServiceName, i64)>>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl Identity {
    /// Who this is.
    pub fn name(&self) -> ServiceName {
        self.0.name
    }

    /// A token that proves to `callee` who calls.
    pub fn token_for(&self, callee: ServiceName) -> Result<String, IdentityError> {
        let now = self.0.clock.now().timestamp();
        let mut made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires)) = made.get(&callee)
            && expires - now > RENEW_BELOW_S
        {
            return Ok(token.clone());
        }
        let claims = Claims {
            iss: self.0.name.as_str().to_owned(),
            aud: callee.as_str().to_owned(),
            iat: now,
            exp: now + LIFETIME_S,
        };
        let header = Header::new(Algorithm::EdDSA);
        let token = jsonwebtoken::encode(&header, &claims, &self.0.private)
            .map_err(|error| IdentityError::Malformed(error.to_string()))?;
        made.insert(callee, (token.clone(), claims.exp));
        Ok(token)
    }

    /// Who signed this token, if it was made for us and is still good.
    pub fn verify(&self, token: &str) -> Option<ServiceName> {
        let now = self.0.clock.now().timestamp();
        {
            let verified = self
                .0
                .verified
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some((caller, expires)) = verified.get(token)
                && *expires > now
            {
                return Some(*caller);
            }
        }
        // The issuer is read first only to choose the key; the signature then proves it.
        let unproven = jsonwebtoken::dangerous::insecure_decode::<Claims>(token).ok()?;
        let caller: ServiceName = unproven.claims.iss.parse().ok()?;
        let key = self.0.public.get(&caller)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY_S;
        validation.set_audience(&[self.0.name.as_str()]);
        validation.set_issuer(&[caller.as_str()]);
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .ok()?
            .claims;
        let mut verified = self
            .0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, (_, expires)| *expires > now);
        }
        if verified.len() < REMEMBERED {
            verified.insert(token.to_owned(), (caller, claims.exp));
        }
        Some(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_caller_to_its_callee_only() {
        let keys = ServiceKeys::generate().unwrap();
        let sync = keys.identity(ServiceName::OrderSync).unwrap();
        let proxy = keys.identity(ServiceName::ChannelProxy).unwrap();
        let catalog = keys.identity(ServiceName::Catalog).unwrap();
        let token = sync.token_for(ServiceName::ChannelProxy).unwrap();
        assert_eq!(proxy.verify(&token), Some(ServiceName::OrderSync));
        assert_eq!(proxy.verify(&token), Some(ServiceName::OrderSync));
        assert_eq!(catalog.verify(&token), None);
        assert_eq!(proxy.verify("nonsense"), None);
    }

    #[test]
    fn a_key_of_another_installation_is_refused() {
        let ours = ServiceKeys::generate().unwrap();
        let theirs = ServiceKeys::generate().unwrap();
        let stranger = theirs.identity(ServiceName::AdminGateway).unwrap();
        let proxy = ours.identity(ServiceName::ChannelProxy).unwrap();
        let token = stranger.token_for(ServiceName::ChannelProxy).unwrap();
        assert_eq!(proxy.verify(&token), None);
    }
}
