//! The sandbox, seen from its control desk.

use serde_json::{Value, json};
use std::time::Duration;

pub struct World {
    sandbox: sandbox::Running,
    http: reqwest::Client,
    accounts: Value,
}

impl World {
    pub async fn start() -> Self {
        let config = sandbox::Config {
            accounts: 2,
            message_sent_after: Duration::from_millis(20),
            message_delivered_after: Duration::from_millis(50),
            ..sandbox::Config::on_free_ports()
        };
        let sandbox = sandbox::start(config).await.unwrap();
        let http = reqwest::Client::builder().build().unwrap();
        let url = format!("{}/control/accounts", sandbox.control_url);
        let accounts = http.get(url).send().await.unwrap().json().await.unwrap();
        Self {
            sandbox,
            http,
            accounts,
        }
    }

    /// A member of an account's credentials at a provider.
    pub fn credential(&self, provider: &str, account: usize, name: &str) -> String {
        self.accounts[provider][account][name]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Entries of the ledger of one kind.
    pub async fn ledger(&self, kind: &str) -> Vec<Value> {
        let url = format!("{}/control/ledger?after=0", self.sandbox.control_url);
        let page: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let entries = page["entries"].as_array().unwrap().iter();
        entries
            .filter(|entry| entry["kind"] == kind)
            .cloned()
            .collect()
    }

    /// Texts that went out to phones.
    pub async fn texts(&self) -> Vec<String> {
        let entries = self.ledger("message_accepted").await;
        let text = |entry: &Value| entry["detail"]["text"].as_str().unwrap().to_owned();
        entries.iter().map(text).collect()
    }

    /// Posts in Slack.
    pub async fn posts(&self) -> Vec<String> {
        let entries = self.ledger("slack_posted").await;
        let text = |entry: &Value| entry["detail"]["text"].as_str().unwrap().to_owned();
        entries.iter().map(text).collect()
    }

    pub async fn verdict(&self, name: &str) -> u64 {
        let url = format!("{}/control/verdict", self.sandbox.control_url);
        let verdict: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        verdict[name].as_u64().unwrap()
    }

    /// The next calls to `path` go wrong in this way, so many times.
    pub async fn spoil(&self, channel: &str, kind: &str, path: &str, times: u32) {
        let url = format!("{}/control/faults", self.sandbox.control_url);
        let fault = json!({ "channel": channel, "kind": kind, "path": path, "times": times });
        let answer = self
            .http
            .put(url)
            .json(&json!({ "faults": [fault] }))
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }
}
