use anyhow::Result;
use e2e::{Hub, HubOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Each role, and a table of its own schema.
const ROLES: [(&str, &str); 7] = [
    ("moa_channel_proxy", "channel_proxy.channel_accounts"),
    ("moa_order_sync", "order_sync.orders"),
    ("moa_fulfillment", "fulfillment.shipments"),
    ("moa_notification", "notification.senders"),
    ("moa_catalog", "catalog.listings"),
    ("moa_checkout", "checkout.customers"),
    ("moa_admin_gateway", "admin_gateway.operators"),
];

#[tokio::test]
async fn a_service_reads_its_own_tables_and_no_other_service_s() -> Result<()> {
    let hub = Hub::start(HubOptions::default().without_demo()).await?;
    for (role, own) in ROLES {
        let mut connection = PgConnection::connect(&hub.cluster().url_as(role)?).await?;
        for (_, table) in ROLES {
            let sql = format!("SELECT count(*) FROM {table}");
            let read = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
                .fetch_one(&mut connection)
                .await;
            let code = read
                .as_ref()
                .err()
                .and_then(|error| error.as_database_error()?.code());
            if table == own {
                assert!(read.is_ok(), "{role} must read {table}: {read:?}");
            } else {
                // insufficient_privilege
                assert_eq!(
                    code.as_deref(),
                    Some("42501"),
                    "{role} must not read {table}: {read:?}"
                );
            }
        }
        connection.close().await?;
    }
    Ok(())
}
