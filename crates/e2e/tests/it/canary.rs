//! Erasing an order's contact leaves no readable trace: not in a table, a dump, a log, nor under any key that is left.
//!
//! The keys file is at hand here, as it would be to whoever steals the whole installation: every sealed value of every
//! schema is opened with every key that still unwraps, and keyed hashes are made anew. The same search finds all canaries
//! before the erasure, so that it is known to look where they are.

mod buyers;
mod search;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Look};
use serde_json::{Value, json};

use buyers::{Buyer, reveal};
use search::{Canary, Findings, Searcher};

fn erase(buyer: &Buyer) -> String {
    format!("/api/v1/orders/{}/contact/erase", buyer.order.id)
}

/// The keyed hashes by which a message may remember the number it went to, as a dump shows them.
fn marks_of(hub: &Hub, searcher: &Searcher, buyer: &Buyer) -> Result<Vec<Canary>> {
    let merchant_id = hub.admin.merchant_id.parse()?;
    let ring = &searcher.key_ring;
    let marks = buyer.phones.iter().map(|phone| {
        let hash = ring.blind_index(merchant_id, "message recipient", phone);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Canary::new(&hex)
    });
    Ok(marks.collect())
}

/// Each canary is where it is known to be, nowhere in the open; and a message that was sent is marked.
fn all_is_kept_sealed(mut found: Findings, erased: &[Buyer]) {
    for (text, place) in erased.iter().flat_map(|buyer| &buyer.left) {
        let place = (*place).to_owned();
        assert!(
            found.contains(&(text.clone(), place.clone())),
            "{text} is not in {place}: {found:?}"
        );
    }
    found.retain(|(_, place)| !place.ends_with(", sealed"));
    let marked: BTreeSet<&str> = found.iter().map(|(_, place)| place.as_str()).collect();
    let places = [
        "notification.effect_attempts",
        "notification.effects",
        "notification.messages",
    ];
    assert_eq!(marked, BTreeSet::from(places), "{found:?}");
}

#[tokio::test]
async fn erased_orders_leave_no_readable_trace_of_their_buyers() -> Result<()> {
    let options = HubOptions::default()
        .with("MOA_ORDER_SYNC_INQUIRIES", 1)
        .with("MOA_LOG", "debug");
    let hub = Hub::start(options).await?;
    let stays = buyers::who_stays(&hub).await?;
    let erased = [
        buyers::at_coupang(&hub).await?,
        buyers::at_smartstore(&hub).await?,
    ];
    let texts = erased.iter().flat_map(Buyer::canaries);
    let mut canaries: Vec<Canary> = texts.map(|text| Canary::new(&text)).collect();
    let searcher = Searcher::of(&hub).await?;
    let [link, goods] = &erased;
    canaries.extend(marks_of(&hub, &searcher, link)?);
    all_is_kept_sealed(searcher.find(&canaries).await?, &erased);

    let wish = json!({"reason": "BUYER_REQUEST"});
    let open = hub.admin.post(&erase(goods), &wish).await?.problem()?;
    assert_eq!(open.reason, "ORDER_STILL_OPEN");
    for buyer in &erased {
        let wish = json!({"reason": "BUYER_REQUEST", "even_if_open": true});
        let answer: Value = hub.admin.post(&erase(buyer), &wish).await?.ok()?;
        assert_eq!(answer["inquiries"], 1, "{answer}");
    }

    let gone = async |what: &str| {
        hub.soon(what, async |_| {
            let found = searcher.find(&canaries).await?;
            let seen = format!("{found:?}");
            Ok(Look::at(found.is_empty().then_some(()), || seen))
        })
        .await
    };
    gone("nothing of the buyers is readable").await?;
    // The channels go on showing the orders; a sweep reads all of them again.
    let sweep = hub
        .admin
        .post("/api/v1/jobs/sweep-24h/run", &json!({}))
        .await?;
    let _run: Value = sweep.ok()?;
    gone("nor after the channels showed them again").await?;
    // The log of all of it, since before the erasure.
    let logged = searcher.find_in_log(&hub, &canaries).await?;
    assert!(logged.is_empty(), "{logged:?}");
    for buyer in &erased {
        let shown = reveal(&hub, &buyer.order).await?;
        assert_eq!(
            (&shown["erased"], &shown["receiver_name"]),
            (&json!(true), &json!(""))
        );
    }

    let blind: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.order_contacts
         WHERE erased_at IS NOT NULL
           AND coalesce(orderer_name_index, orderer_phone_index, orderer_last_digits_index, receiver_name_index,
                        receiver_phone_index, receiver_last_digits_index, receiver_place, receiver_name) IS NOT NULL",
    )
    .fetch_one(&searcher.pool)
    .await?;
    assert_eq!(blind, 0, "nor is anybody found by a guess");

    let (name, place) = stays.left.first().context("somebody stays")?;
    let kept = searcher.find(&[Canary::new(name)]).await?;
    assert!(
        kept.contains(&(name.clone(), (*place).to_owned())),
        "{kept:?}"
    );
    let shown = reveal(&hub, &stays.order).await?;
    assert_eq!(shown["receiver_name"], *name, "others are not touched");
    Ok(())
}
