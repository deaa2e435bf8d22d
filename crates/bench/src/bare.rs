//! Coupang read by a bare HTTP client: the calls that channel-proxy makes, and nothing around them.

use anyhow::{Context, Result, bail};
use channel_proxy::signatures;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use e2e::Vendor;
use moa_service::Clock;
use secrecy::SecretString;
use serde_json::Value;

/// How far lists are read back, by channel-proxy as well: by day, in pages of 50.
pub const BACK: TimeDelta = TimeDelta::hours(2);
const KOREA_SECONDS: i32 = 9 * 3600;

/// One seller's log-in.
pub struct Bare {
    http: reqwest::Client,
    vendor_id: String,
    base_url: String,
    access_key: SecretString,
    secret_key: SecretString,
}

impl Bare {
    pub fn new(http: reqwest::Client, vendor: &Vendor) -> Self {
        Self {
            http,
            vendor_id: vendor.vendor_id.clone(),
            base_url: vendor.base_url.clone(),
            access_key: vendor.access_key.clone().into(),
            secret_key: vendor.secret_key.clone().into(),
        }
    }

    /// How many order sheets the list of prepared parcels shows, page by page.
    pub async fn count_prepared(&self, now: DateTime<Utc>) -> Result<u64> {
        let korea = FixedOffset::east_opt(KOREA_SECONDS).context("no such offset")?;
        let day = |at: DateTime<Utc>| at.with_timezone(&korea).date_naive();
        let (from, to) = (day(now - BACK), day(now));
        let mut count = 0;
        let mut token = String::new();
        loop {
            let next = match token.as_str() {
                "" => String::new(),
                token => format!("&nextToken={token}"),
            };
            let query = format!(
                "createdAtFrom={from}%2B09:00&createdAtTo={to}%2B09:00&status=INSTRUCT&maxPerPage=50{next}"
            );
            let page = self.get("ordersheets", &query).await?;
            let rows = page.get("data").and_then(Value::as_array);
            count += rows.context("a page without rows")?.len() as u64;
            token = page
                .get("nextToken")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            if token.is_empty() {
                return Ok(count);
            }
        }
    }

    /// Reads one parcel's order sheet.
    pub async fn read_parcel(&self, parcel: &str) -> Result<()> {
        let sheet = self.get(&format!("ordersheets/{parcel}"), "").await?;
        sheet.get("data").context("an answer without a sheet")?;
        Ok(())
    }

    /// The `Authorization` header of a typical read.
    pub fn sign(&self, path: &str, query: &str) -> String {
        signatures::coupang(
            &self.access_key,
            &self.secret_key,
            "GET",
            path,
            query,
            Clock::system().now(),
        )
    }

    /// The path of a vendor's resource.
    pub fn path(&self, resource: &str) -> String {
        format!(
            "/v2/providers/openapi/apis/api/v5/vendors/{}/{resource}",
            self.vendor_id
        )
    }

    async fn get(&self, resource: &str, query: &str) -> Result<Value> {
        let path = self.path(resource);
        let signed = self.sign(&path, query);
        let mark = if query.is_empty() { "" } else { "?" };
        let request = self
            .http
            .get(format!("{}{path}{mark}{query}", self.base_url))
            .header("authorization", signed)
            .header("x-requested-by", &self.vendor_id)
            .header("x-market", "KR");
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path} was refused with {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }
}
