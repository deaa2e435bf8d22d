//! What the channels have, as the sandbox's desk tells it.

use std::collections::HashMap;

use anyhow::{Context, Result};
use e2e::Hub;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::Happened;
use super::judge::{ClaimStanding, Key, Truth, TruthClaim, TruthOrder};

/// Orders that are asked for at once.
const AT_ONCE: usize = 16;

/// Reads every order that was placed.
pub async fn read(hub: &Hub, happened: &Happened) -> Result<Truth> {
    let orders: Vec<(Key, Value)> = stream::iter(happened.placed.keys().cloned())
        .map(|key| async {
            let order = hub.sandbox.order(&key.0, &key.1).await?;
            Ok::<_, anyhow::Error>((key, order))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut truth = Truth {
        questions: happened.questions.iter().cloned().collect(),
        ..Truth::default()
    };
    for (key, order) in orders {
        let read = match key.0.as_str() {
            "coupang" => coupang(&key, &order, &mut truth.claims),
            _ => smartstore(&key, &order, &mut truth.claims),
        };
        let order = read.with_context(|| format!("{key:?} is told otherwise than expected"))?;
        truth.orders.insert(key, order);
    }
    Ok(truth)
}

fn coupang(key: &Key, order: &Value, claims: &mut HashMap<Key, TruthClaim>) -> Result<TruthOrder> {
    let mut lines = HashMap::new();
    for parcel in list(order, "parcels")? {
        let id = text(parcel, "channel_parcel_id")?;
        let shown = match text(parcel, "status")?.as_str() {
            "ACCEPT" => "PLACED",
            "INSTRUCT" => "ACKNOWLEDGED",
            other => other,
        }
        .to_owned();
        for line in list(parcel, "lines")? {
            let (quantity, cancelled) = (number(line, "quantity")?, number(line, "cancelled")?);
            let state = match cancelled >= quantity {
                true => "CANCELLED".to_owned(),
                false => shown.clone(),
            };
            let item = number(line, "vendor_item_id")?.to_string();
            lines.insert((id.clone(), item), state);
        }
    }
    for receipt in list(order, "receipts")? {
        let status = text(receipt, "status")?;
        let standing = match (text(receipt, "kind")?.as_str(), status.as_str()) {
            (_, "WITHDRAWN") => ClaimStanding::Withdrawn,
            ("CANCEL", _) | (_, "RETURNS_COMPLETED") => ClaimStanding::Completed,
            _ => ClaimStanding::Open,
        };
        let id = number(receipt, "receipt_id")?.to_string();
        note_claim(key, id, standing, claims);
    }
    Ok(TruthOrder { lines })
}

fn smartstore(
    key: &Key,
    order: &Value,
    claims: &mut HashMap<Key, TruthClaim>,
) -> Result<TruthOrder> {
    let mut lines = HashMap::new();
    for parcel in list(order, "parcels")? {
        let id = text(parcel, "channel_parcel_id")?;
        let status = text(parcel, "status")?;
        let placed = parcel.get("place_status").and_then(Value::as_str);
        let state = match (status.as_str(), placed) {
            ("PAYED", Some("OK")) => "ACKNOWLEDGED",
            ("PAYED", _) => "PLACED",
            ("CANCELED" | "CANCELED_BY_NOPAYMENT", _) => "CANCELLED",
            (other, _) => other,
        };
        lines.insert((id.clone(), id.clone()), state.to_owned());
        let Some(claim) = parcel.get("claim_id").and_then(Value::as_str) else {
            continue;
        };
        // A claim may span product orders; Moa has one of each.
        let claim = format!("{id}-{claim}");
        let standing = match text(parcel, "claim_status")?.as_str() {
            done if done.ends_with("_DONE") => ClaimStanding::Completed,
            over if over.ends_with("_REJECT") => ClaimStanding::Withdrawn,
            _ => ClaimStanding::Open,
        };
        note_claim(key, claim, standing, claims);
    }
    Ok(TruthOrder { lines })
}

fn note_claim(
    order: &Key,
    id: String,
    standing: ClaimStanding,
    claims: &mut HashMap<Key, TruthClaim>,
) {
    let claim = TruthClaim {
        channel_order_id: order.1.clone(),
        standing,
    };
    claims.insert((order.0.clone(), id), claim);
}

fn list<'a>(value: &'a Value, member: &str) -> Result<&'a [Value]> {
    let list = value.get(member).and_then(Value::as_array);
    list.map(Vec::as_slice)
        .with_context(|| format!("it has no {member}"))
}

fn text(value: &Value, member: &str) -> Result<String> {
    let text = value.get(member).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("it has no {member}"))
}

fn number(value: &Value, member: &str) -> Result<i64> {
    value
        .get(member)
        .and_then(Value::as_i64)
        .with_context(|| format!("it has no {member}"))
}
