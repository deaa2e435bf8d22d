//! A customer at the store gateway, with the link of a message.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::admin::first_cookie;
use crate::sandbox::client;
use crate::{Answer, Sandbox};

/// The page that a link leads to.
pub struct Store {
    http: reqwest::Client,
    origin: String,
    /// The page without its fragment.
    pub page: String,
    merchant_id: String,
    token: String,
}

/// Someone with an account at the store.
pub struct Customer {
    cookie: String,
}

impl Store {
    /// The store behind the one link in a text.
    pub fn of_message(text: &str) -> Result<Self> {
        let link = text
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        let link = link.with_context(|| format!("no link in: {text}"))?;
        let (page, token) = link
            .split_once('#')
            .with_context(|| format!("no fragment in {link}"))?;
        let (origin, merchant_id) = page
            .split_once("/a/")
            .with_context(|| format!("no activation page: {link}"))?;
        Ok(Self {
            http: client()?,
            origin: origin.to_owned(),
            page: page.to_owned(),
            merchant_id: merchant_id.to_owned(),
            token: token.to_owned(),
        })
    }

    /// The store behind the link of the only message that was sent.
    pub async fn of_only_message(sandbox: &Sandbox) -> Result<Option<Self>> {
        let messages = sandbox.seen("message_accepted").await?;
        let Some(message) = messages.first() else {
            return Ok(None);
        };
        anyhow::ensure!(messages.len() == 1, "{} messages were sent", messages.len());
        let text = message
            .detail
            .get("text")
            .and_then(Value::as_str)
            .context("a message without text")?;
        Ok(Some(Self::of_message(text)?))
    }

    /// Opens the page as a browser does.
    pub async fn open(&self) -> Result<Answer> {
        Answer::read(self.http.get(&self.page).send().await?).await
    }

    /// What the link would give.
    pub async fn preview(&self) -> Result<Answer> {
        self.post("/api/v1/activations/preview", self.link(), None)
            .await
    }

    /// Makes an account.
    pub async fn register(&self, email: &str) -> Result<Customer> {
        let body = json!({"merchant_id": self.merchant_id, "email": email, "password": "a long enough one"});
        let request = self
            .http
            .post(format!("{}/api/v1/customers", self.origin))
            .json(&body);
        Ok(Customer {
            cookie: first_cookie(&request.send().await?)?,
        })
    }

    /// Uses the link.
    pub async fn redeem(&self, customer: Option<&Customer>) -> Result<Answer> {
        self.post("/api/v1/activations/redeem", self.link(), customer)
            .await
    }

    fn link(&self) -> Value {
        json!({"merchant_id": self.merchant_id, "token": self.token})
    }

    async fn post(&self, path: &str, body: Value, customer: Option<&Customer>) -> Result<Answer> {
        let mut request = self.http.post(format!("{}{path}", self.origin)).json(&body);
        if let Some(customer) = customer {
            request = request.header("cookie", &customer.cookie);
        }
        Answer::read(request.send().await?).await
    }
}
