use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Admin, Look, Place, Port, Process, Within, binary, repository, until};
use moa_service::ServiceName;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

use crate::steps::tracking_number;

/// Nine processes start on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_order_gets_through_one_process_per_service() -> Result<()> {
    let database = FreshDatabase::create().await?;
    let story = story(&database.url).await;
    database.remove().await?;
    story
}

async fn story(database: &Url) -> Result<()> {
    let place = Place::new()?;
    let sandbox = place.sandbox(&[]).await?;
    let mut services = start_services(&place, database)?;
    until(Within(START, "every service is ready"), async || {
        services.must_run()?;
        let said = services.log()?;
        Ok(Look::holds(said.contains("Every service is ready"), || {
            services.log_end()
        }))
    })
    .await?;
    let mut demo = place.command(&["demo"])?;
    demo.envs(addresses(&place));
    let mut demo = Process::spawn("the demo", demo, &place.file("demo.log"))?;

    let placed = sandbox.place_order("physical").await?;
    let status = demo.until_ended(STEP).await?;
    ensure!(
        status.success(),
        "the demo ended with {status}{}{}",
        demo.log_end(),
        logs(&place)
    );
    let admin = Admin::log_in(
        &place.ports.url(Port::Admin),
        &place.home().join("admin.json"),
    )
    .await?;
    let order = until(Within(STEP, "the order is acknowledged"), async || {
        let order = admin.order(&placed.channel_order_id).await?;
        let seen = format!("{order:?}");
        Ok(Look::at(
            order.filter(|order| order.state == "ACKNOWLEDGED"),
            || seen,
        ))
    });
    let order = order.await.with_context(|| logs(&place))?;
    let shipment = admin.ship(&order, &tracking_number(5)).await?;
    admin.dispatch(&shipment.id).await?;
    let dispatched = until(Within(STEP, "the shipment is dispatched"), async || {
        let shipment = admin.shipment(&shipment.id).await?;
        Ok(Look::holds(shipment.state == "DISPATCHED", || {
            format!("{shipment:?}")
        }))
    });
    dispatched.await.with_context(|| logs(&place))?;
    let verdict = sandbox.verdict().await?;
    assert_eq!(
        (verdict.orders_acknowledged, verdict.dispatches_accepted),
        (1, 1)
    );
    assert!(verdict.is_clean(), "{verdict:?}");

    services.stop().await?;
    for port in [
        Port::Admin,
        Port::Store,
        Port::OrderSync,
        Port::ChannelProxy,
    ] {
        let address = ("127.0.0.1", place.ports.number(port));
        assert!(
            std::net::TcpStream::connect(address).is_err(),
            "{port:?} still answers after the stop"
        );
    }
    Ok(())
}

fn start_services(place: &Place, database: &Url) -> Result<Process> {
    let mut command = Command::new(repository().join("deploy/start-services.sh"));
    command
        .envs(place.variables())
        .env_remove("MOA_OPS_ADDR")
        .env("OPS_PORT", place.ports.number(Port::Ops).to_string())
        .env("MOA_DATABASE_URL", database.as_str())
        .env("MOA_DATABASE_CONNECTIONS", "6")
        // The channels of this story are on this machine.
        .env("MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES", "true")
        .env("MOA_BIN", binary()?);
    Process::spawn(
        "deploy/start-services.sh",
        command,
        &place.file("services.log"),
    )
}

/// Where the services are, for a process that is not one of them.
fn addresses(place: &Place) -> Vec<(String, String)> {
    let ports = [
        (ServiceName::ChannelProxy, Port::ChannelProxy),
        (ServiceName::Catalog, Port::Catalog),
        (ServiceName::Notification, Port::Notification),
    ];
    ports
        .map(|(name, port)| {
            (
                format!("MOA_{}_URL", name.variable_part()),
                place.ports.url(port),
            )
        })
        .into()
}

/// The end of every service's log.
fn logs(place: &Place) -> String {
    let mut text = String::new();
    let files = std::fs::read_dir(place.home().join("log"))
        .into_iter()
        .flatten()
        .flatten();
    for file in files {
        let log = std::fs::read_to_string(file.path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(15)..].join("\n");
        text.push_str(&format!("\n--- {}\n{end}", file.path().display()));
    }
    text
}

/// A database of this test's own in the server of `DATABASE_URL`.
///
/// The services' roles belong to the whole server, with passwords of one keys file: only one test may do this there.
struct FreshDatabase {
    server: String,
    name: String,
    url: Url,
}

impl FreshDatabase {
    async fn create() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "what sqlx's own tests read, too; no variable of the hub")]
        let server = std::env::var("DATABASE_URL")
            .context("DATABASE_URL is not set; `make test` sets it, or scripts/with-postgres.sh before a command")?;
        let name = format!("moa_e2e_{}", std::process::id());
        let mut url = Url::parse(&server)?;
        url.set_path(&name);
        let mut connection = PgConnection::connect(&server).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(Self { server, name, url })
    }

    async fn remove(self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.server).await?;
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await?;
        Ok(connection.close().await?)
    }
}
