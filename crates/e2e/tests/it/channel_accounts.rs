use anyhow::Result;
use e2e::{ChannelAccount, ChannelAccountTest, Hub, HubOptions, Vendor};
use serde_json::{Value, json};

#[tokio::test]
async fn wrong_credentials_of_a_channel_are_said_by_the_test_and_right_ones_pass() -> Result<()> {
    let hub = Hub::start(
        HubOptions::default()
            .without_demo()
            .with_sandbox("MOA_SANDBOX_ACCOUNTS", 2),
    )
    .await?;
    let vendors = hub.sandbox.vendors().await?;

    let wrong = Vendor {
        secret_key: "0".repeat(vendors[0].secret_key.len()),
        ..vendors[0].clone()
    };
    let wrong: ChannelAccount = hub
        .admin
        .post("/api/v1/channel-accounts", &registration(&wrong))
        .await?
        .ok()?;
    let said = test(&hub, &wrong).await?;
    assert!(!said.ok);
    assert_eq!(said.reason.as_deref(), Some("CHANNEL_SIGNATURE_REFUSED"));
    assert!(said.detail.is_some_and(|detail| !detail.is_empty()));
    assert!(
        hub.sandbox.verdict().await?.bad_signatures > 0,
        "the channel was really asked"
    );

    let right: ChannelAccount = hub
        .admin
        .post("/api/v1/channel-accounts", &registration(&vendors[1]))
        .await?
        .ok()?;
    let said = test(&hub, &right).await?;
    assert!(said.ok, "{said:?}");

    let again = hub
        .admin
        .post("/api/v1/channel-accounts", &registration(&vendors[1]))
        .await?
        .problem()?;
    assert_eq!(
        (again.status, again.reason.as_str()),
        (409, "CHANNEL_ACCOUNT_EXISTS")
    );
    let nobody = Vendor {
        vendor_id: "seller".to_owned(),
        ..vendors[1].clone()
    };
    let malformed = hub
        .admin
        .post("/api/v1/channel-accounts", &registration(&nobody))
        .await?
        .problem()?;
    assert_eq!(malformed.status, 400, "{malformed:?}");
    assert!(
        malformed
            .fields
            .iter()
            .any(|named| named.field.contains("vendor_id")),
        "{malformed:?}"
    );

    let listed = hub.admin.channel_accounts().await?;
    let tests: Vec<(&str, Option<bool>)> = [&wrong, &right]
        .map(|account| {
            let listed = listed.iter().find(|other| other.id == account.id).unwrap();
            (
                listed.channel_seller_id.as_str(),
                listed.last_test.as_ref().map(|test| test.ok),
            )
        })
        .into();
    let expected = [
        (vendors[0].vendor_id.as_str(), Some(false)),
        (vendors[1].vendor_id.as_str(), Some(true)),
    ];
    assert_eq!(tests, expected);
    Ok(())
}

fn registration(vendor: &Vendor) -> Value {
    json!({
        "channel": "coupang",
        "name": "쿠팡",
        "base_url": vendor.base_url,
        "credentials": {
            "vendor_id": vendor.vendor_id,
            "access_key": vendor.access_key,
            "secret_key": vendor.secret_key,
        },
    })
}

async fn test(hub: &Hub, account: &ChannelAccount) -> Result<ChannelAccountTest> {
    hub.admin
        .post(
            &format!("/api/v1/channel-accounts/{}/test", account.id),
            &json!({}),
        )
        .await?
        .ok()
}
