//! `moa demo`: a merchant whose accounts point at the sandbox, registered by public calls only, again and again alike.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::catalog::v1::catalog_service_client::CatalogServiceClient;
use moa_proto::moa::channel_proxy::v1 as proxy;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_proto::moa::notification::v1 as notification;
use moa_proto::moa::notification::v1::notification_service_client::NotificationServiceClient;
use moa_service::{ClientFactory, Env, Identity, ServiceChannel, ServiceName, reason_of};
use serde::Deserialize;

use crate::home::Home;
use crate::keys::Keys;

/// Where the two are unless something else is said.
pub const ADMIN: &str = "http://127.0.0.1:8080";
pub const SANDBOX: &str = "http://127.0.0.1:9100";
/// How long the hub and the sandbox may take to come up.
const PATIENCE: Duration = Duration::from_secs(120);
const TELL_EVERY: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// What the sandbox accepts (`GET /control/accounts`).
#[derive(Deserialize)]
struct Accounts {
    coupang: Vec<Coupang>,
    #[serde(default)]
    smartstore: Vec<SmartStore>,
    solapi: Vec<Solapi>,
    slack: Vec<Slack>,
}

#[derive(Deserialize)]
struct Coupang {
    vendor_id: String,
    wing_user_id: String,
    access_key: String,
    secret_key: String,
    base_url: String,
    calls_per_second: i32,
    #[serde(default)]
    listings: Vec<Listing>,
}

#[derive(Deserialize)]
struct Listing {
    vendor_item_id: String,
    seller_product_name: String,
    item_name: String,
    sku: String,
    kind: String,
}

#[derive(Deserialize)]
struct SmartStore {
    client_id: String,
    client_secret: String,
    base_url: String,
    calls_per_second: i32,
    #[serde(default)]
    listings: Vec<SmartStoreListing>,
}

#[derive(Deserialize)]
struct SmartStoreListing {
    channel_product_no: String,
    /// Absent for goods without a choice.
    option_id: Option<String>,
    product_name: String,
    option_name: Option<String>,
    sku: String,
    kind: String,
}

/// Something that is sold, in the words of the catalogue.
struct Goods {
    /// Unique per merchant: two accounts of one sandbox may sell the same goods.
    sku: String,
    name: String,
    option: String,
    kind: String,
    /// The content's address, of digital goods.
    content: String,
}

#[derive(Deserialize)]
struct Solapi {
    api_key: String,
    api_secret: String,
    base_url: String,
    from: String,
}

#[derive(Deserialize)]
struct Slack {
    webhook_url: String,
}

#[derive(Deserialize)]
struct Login {
    merchant: Merchant,
}

#[derive(Deserialize)]
struct Merchant {
    id: String,
}

#[derive(Deserialize)]
struct Board {
    orders: Vec<serde_json::Value>,
}

/// The subcommand: the hub and the sandbox run elsewhere.
pub async fn run(env: Env) -> Result<()> {
    let mut reader = env.reader();
    for (variable, default) in [("MOA_ADMIN_URL", ADMIN), ("MOA_SANDBOX_URL", SANDBOX)] {
        reader.address(variable, default);
    }
    reader.finish()?;
    let home = Home::open(&env)?;
    let keys = Keys::load(&Keys::path(&home, &env))?;
    let identity = keys.identity(ServiceName::Demo)?;
    register_and_wait(&env, identity, &home.join("admin.json"), Instant::now()).await
}

/// Registers everything, then tells when the first order is on the board.
pub async fn register_and_wait(
    env: &Env,
    identity: Identity,
    admin_file: &Path,
    started: Instant,
) -> Result<()> {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()?;
    let sandbox = env.get("MOA_SANDBOX_URL").unwrap_or(SANDBOX).to_owned();
    let admin = env.get("MOA_ADMIN_URL").unwrap_or(ADMIN).to_owned();
    let accounts: Accounts = patiently("the sandbox", || async {
        let answer = http
            .get(format!("{sandbox}/control/accounts"))
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    })
    .await?;
    let (merchant_id, cookie) =
        patiently("the admin gateway", || log_in(&http, &admin, admin_file)).await?;
    register(env, identity, &merchant_id, &accounts).await?;
    tracing::info!(
        "the demo merchant is registered: {} Coupang and {} SmartStore account(s)",
        accounts.coupang.len(),
        accounts.smartstore.len()
    );
    loop {
        let answer = http
            .get(format!("{admin}/api/v1/orders?page_size=1"))
            .header("cookie", &cookie)
            .send()
            .await?;
        let board: Board = answer.error_for_status()?.json().await?;
        if !board.orders.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    println!(
        "  The first order is on the board, {:.1} s after the start.\n",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Tries until it works or patience ends: services come up in any order.
async fn patiently<T, F, Fut>(what: &str, mut attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let started = Instant::now();
    let mut told = started;
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) if started.elapsed() > PATIENCE => {
                return Err(error.context(format!("{what} did not answer")));
            }
            Err(error) => {
                if told.elapsed() > TELL_EVERY {
                    tracing::info!("waiting for {what}: {error:#}");
                    told = Instant::now();
                }
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
    }
}

async fn log_in(http: &reqwest::Client, admin: &str, file: &Path) -> Result<(String, String)> {
    let login = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let answer = http
        .post(format!("{admin}/api/v1/session"))
        .header("content-type", "application/json")
        .body(login)
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .context("the log-in set no cookie")?
        .to_owned();
    let login: Login = answer.json().await?;
    Ok((login.merchant.id, cookie))
}

async fn register(
    env: &Env,
    identity: Identity,
    merchant_id: &str,
    accounts: &Accounts,
) -> Result<()> {
    let mut reader = env.reader();
    let clients = ClientFactory::read(identity, &mut reader);
    reader.finish()?;
    let mut proxy = ChannelProxyServiceClient::new(clients.channel(ServiceName::ChannelProxy));
    let mut catalogue = CatalogServiceClient::new(clients.channel(ServiceName::Catalog));
    let mut messages = NotificationServiceClient::new(clients.channel(ServiceName::Notification));

    register_senders(&mut messages, merchant_id, accounts).await?;
    let mut stores = accounts.smartstore.iter();
    for account in &accounts.coupang {
        // Products and mapping come first, so that the first order finds them.
        let account_id = register_coupang(&mut proxy, merchant_id, account).await?;
        let mut variants = HashMap::new();
        for listing in &account.listings {
            let goods = coupang_goods(account, listing);
            let request_id = format!("demo:{}:{}", account.vendor_id, listing.vendor_item_id);
            let variant = create(&mut catalogue, merchant_id, request_id, &goods).await?;
            let named = (
                account_id.as_str(),
                "coupang",
                listing.vendor_item_id.as_str(),
            );
            map(&mut catalogue, merchant_id, named, &variant).await?;
            variants.insert(listing.sku.as_str(), variant);
        }
        // The same seller offers the same goods at both channels.
        let Some(store) = stores.next() else { continue };
        let account_id = register_smartstore(&mut proxy, merchant_id, store).await?;
        for listing in &store.listings {
            let listing_id = match &listing.option_id {
                Some(option) => format!("{}-{option}", listing.channel_product_no),
                None => listing.channel_product_no.clone(),
            };
            let variant = match variants.get(listing.sku.as_str()) {
                Some(variant) => variant.clone(),
                None => {
                    let goods = smartstore_goods(store, listing);
                    let request_id = format!("demo:{}:{listing_id}", store.client_id);
                    create(&mut catalogue, merchant_id, request_id, &goods).await?
                }
            };
            let named = (account_id.as_str(), "smartstore", listing_id.as_str());
            map(&mut catalogue, merchant_id, named, &variant).await?;
        }
    }
    Ok(())
}

fn coupang_goods(account: &Coupang, listing: &Listing) -> Goods {
    Goods {
        sku: format!("{}-{}", account.vendor_id, listing.sku),
        name: listing.seller_product_name.clone(),
        option: listing.item_name.clone(),
        kind: listing.kind.clone(),
        content: format!("https://books.example.com/{}", listing.sku),
    }
}

fn smartstore_goods(account: &SmartStore, listing: &SmartStoreListing) -> Goods {
    let option = listing.option_name.as_ref();
    Goods {
        sku: format!("{}-{}", account.client_id, listing.sku),
        name: listing.product_name.clone(),
        option: option.unwrap_or(&listing.product_name).clone(),
        kind: listing.kind.clone(),
        content: format!("https://books.example.com/{}", listing.sku),
    }
}

async fn register_senders(
    messages: &mut NotificationServiceClient<ServiceChannel>,
    merchant_id: &str,
    accounts: &Accounts,
) -> Result<()> {
    use notification::put_sender_request::Credentials;
    let mut senders = Vec::new();
    if let Some(solapi) = accounts.solapi.first() {
        let credentials = Credentials::Solapi(notification::SolapiCredentials {
            api_key: solapi.api_key.clone(),
            api_secret: solapi.api_secret.clone(),
            from: solapi.from.clone(),
        });
        senders.push((solapi.base_url.clone(), credentials));
    }
    if let Some(slack) = accounts.slack.first() {
        let credentials = Credentials::Slack(notification::SlackCredentials {
            webhook_url: slack.webhook_url.clone(),
        });
        senders.push((String::new(), credentials));
    }
    for (base_url, credentials) in senders {
        messages
            .put_sender(notification::PutSenderRequest {
                merchant_id: merchant_id.to_owned(),
                base_url,
                credentials: Some(credentials),
            })
            .await?;
    }
    Ok(())
}

async fn register_coupang(
    proxy: &mut ChannelProxyServiceClient<ServiceChannel>,
    merchant_id: &str,
    account: &Coupang,
) -> Result<String> {
    let credentials = proxy::credentials::Channel::Coupang(proxy::CoupangCredentials {
        vendor_id: account.vendor_id.clone(),
        access_key: account.access_key.clone(),
        secret_key: account.secret_key.clone(),
    });
    let request = proxy::RegisterChannelAccountRequest {
        merchant_id: merchant_id.to_owned(),
        request_id: format!("demo:{}", account.vendor_id),
        // Answering a question takes the WING id, which nothing else tells.
        name: format!(
            "쿠팡 데모 {} (WING ID {})",
            account.vendor_id, account.wing_user_id
        ),
        base_url: account.base_url.clone(),
        credentials: Some(proxy::Credentials {
            channel: Some(credentials),
        }),
        quota_per_second: account.calls_per_second,
    };
    registered(proxy, request).await
}

async fn register_smartstore(
    proxy: &mut ChannelProxyServiceClient<ServiceChannel>,
    merchant_id: &str,
    account: &SmartStore,
) -> Result<String> {
    let credentials = proxy::credentials::Channel::Smartstore(proxy::SmartStoreCredentials {
        client_id: account.client_id.clone(),
        client_secret: account.client_secret.clone(),
        account_type: proxy::SmartStoreAccountType::Self_.into(),
        account_id: String::new(),
    });
    let request = proxy::RegisterChannelAccountRequest {
        merchant_id: merchant_id.to_owned(),
        request_id: format!("demo:{}", account.client_id),
        name: format!("스마트스토어 데모 {}", account.client_id),
        base_url: account.base_url.clone(),
        credentials: Some(proxy::Credentials {
            channel: Some(credentials),
        }),
        quota_per_second: account.calls_per_second,
    };
    registered(proxy, request).await
}

async fn registered(
    proxy: &mut ChannelProxyServiceClient<ServiceChannel>,
    request: proxy::RegisterChannelAccountRequest,
) -> Result<String> {
    let registered = proxy.register_channel_account(request).await?.into_inner();
    let account = registered.channel_account.context("no account came back")?;
    Ok(account.channel_account_id)
}

/// Puts goods into the catalogue and gives their variant.
async fn create(
    catalogue: &mut CatalogServiceClient<ServiceChannel>,
    merchant_id: &str,
    request_id: String,
    goods: &Goods,
) -> Result<String> {
    let kind = match goods.kind.as_str() {
        "digital" => catalog::VariantKind::Digital,
        "physical" => catalog::VariantKind::Physical,
        other => bail!("the sandbox offers a listing of the unknown kind {other}"),
    };
    let digital_content = match kind {
        catalog::VariantKind::Digital => goods.content.clone(),
        _ => String::new(),
    };
    let request = catalog::CreateProductRequest {
        merchant_id: merchant_id.to_owned(),
        request_id,
        name: goods.name.clone(),
        variants: vec![catalog::Variant {
            variant_id: String::new(),
            sku: goods.sku.clone(),
            name: goods.option.clone(),
            kind: kind.into(),
            digital_content,
            ..catalog::Variant::default()
        }],
    };
    let created = match catalogue.create_product(request).await {
        Ok(created) => created.into_inner(),
        Err(status) => {
            let reason = reason_of(&status).unwrap_or_default();
            bail!(
                "the product {} was refused: {reason} {}",
                goods.sku,
                status.message()
            )
        }
    };
    let variant = created
        .product
        .and_then(|product| product.variants.into_iter().next());
    Ok(variant.context("no variant came back")?.variant_id)
}

/// Says which variant an account's listing is, if nobody ever said so: what a person decided since stays.
async fn map(
    catalogue: &mut CatalogServiceClient<ServiceChannel>,
    merchant_id: &str,
    (account_id, channel, listing_id): (&str, &str, &str),
    variant_id: &str,
) -> Result<()> {
    let request = catalog::MapListingRequest {
        merchant_id: merchant_id.to_owned(),
        channel_account_id: account_id.to_owned(),
        channel_listing_id: listing_id.to_owned(),
        variant_id: variant_id.to_owned(),
        quantity_multiplier: 1,
        operator: "demo".to_owned(),
        channel: channel.to_owned(),
        expected_version: Some(0),
        ..catalog::MapListingRequest::default()
    };
    match catalogue.map_listing(request).await {
        Err(status) if reason_of(&status).as_deref() == Some("LISTING_CHANGED") => Ok(()),
        mapped => Ok(mapped.map(drop)?),
    }
}
