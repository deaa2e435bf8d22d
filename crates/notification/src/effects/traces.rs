//! What is remembered of a sent message: keyed hashes that say "the same" and nothing else.

use moa_effects::ClaimedEffect;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::phone::PhoneNumber;
use crate::domain::sender::{Credentials, Sender};

/// The member of evidence that tells the recipient again.
pub(crate) const RECIPIENT: &str = "recipient_hash";
const ACCOUNT: &str = "account_hash";

/// Whom a message went to, and through which account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traces {
    recipient: Option<String>,
    account: Option<String>,
}

impl Traces {
    pub(crate) fn of(app: &App, sender: &Sender, to: &PhoneNumber) -> Self {
        Self {
            recipient: Some(recipient_hash(app, sender, to)),
            account: account_hash(app, sender),
        }
    }

    /// Those of the last attempt.
    pub(crate) fn read(effect: &ClaimedEffect) -> Self {
        let text = |name: &str| effect.evidence.get(name)?.as_str().map(str::to_owned);
        Self {
            recipient: text(RECIPIENT),
            account: text(ACCOUNT),
        }
    }

    /// Whether it went to this number.
    pub(crate) fn is_recipient(&self, app: &App, sender: &Sender, to: &PhoneNumber) -> bool {
        self.recipient.as_deref() == Some(&*recipient_hash(app, sender, to))
    }

    /// Whether it certainly went through another account than the one that can be asked now.
    pub(crate) fn is_other_account(&self, app: &App, sender: &Sender) -> bool {
        self.account.is_some() && self.account != account_hash(app, sender)
    }

    pub(crate) fn evidence(&self) -> Value {
        self.evidence_with([])
    }

    /// With more beside them; what is null is left out.
    pub(crate) fn evidence_with(
        &self,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Value {
        let traces = [
            (RECIPIENT, json!(self.recipient)),
            (ACCOUNT, json!(self.account)),
        ];
        let evidence: Map<String, Value> = traces
            .into_iter()
            .chain(more)
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        Value::Object(evidence)
    }
}

fn recipient_hash(app: &App, sender: &Sender, to: &PhoneNumber) -> String {
    hash(app, sender, "message recipient", to.reveal())
}

fn account_hash(app: &App, sender: &Sender) -> Option<String> {
    match &sender.credentials {
        Credentials::Solapi(solapi) => {
            let account = format!("{} {}", sender.base_url, solapi.api_key);
            Some(hash(app, sender, "solapi account", &account))
        }
        Credentials::Slack { .. } => None,
    }
}

fn hash(app: &App, sender: &Sender, purpose: &str, value: &str) -> String {
    let ring = app.vault.key_ring();
    hex::encode(ring.blind_index(sender.merchant_id, purpose, value))
}

#[cfg(test)]
impl Traces {
    pub(crate) fn for_tests() -> Self {
        Self {
            recipient: Some("ab".to_owned()),
            account: Some("cd".to_owned()),
        }
    }
}
