//! The operator's desk for SmartStore: its accounts, its orders, what their buyers do, how strict it is.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ControlError;
use super::fields::Fields;
use super::inquiries::USUAL_QUESTION;
use super::orders::{BATCH, MOST, read_wish, short_text};
use crate::shared::Shared;
use crate::smartstore::buyer::{self, Asking, Demand, Refusal, Wanted};
use crate::smartstore::buying;
use crate::smartstore::rules::Rules;
use crate::smartstore::world::{
    Order, ProductOrder, Shopping, SmartFact, What, Word, place as place_of,
};
use crate::world::{Account, Channel, Purchase, WishedReceiver, World};

/// An entry of `GET /control/accounts`.
pub fn account(shared: &Shared, world: &World, index: u32, account: &Account) -> Value {
    let base_url = shared.addresses().smartstore;
    let listings: Vec<Value> = account
        .listings
        .iter()
        .enumerate()
        .filter_map(|(number, listing)| {
            let place = place_of(index, &account.listings, number)?;
            let product = world
                .smartstore
                .product(world.accounts(), place.origin_no)?;
            Some(json!({
                "origin_product_no": place.origin_no.to_string(),
                "channel_product_no": place.channel_no.to_string(),
                "option_id": place.option_id.map(|id| id.to_string()),
                "product_name": product.name,
                "option_name": place.option_id.map(|_| listing.item_name),
                "sku": listing.sku,
                "kind": listing.kind,
                "price": listing.price,
                "stock": product.available(place.option_id),
            }))
        })
        .collect();
    let known = &account.smartstore;
    json!({
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "account_id": known.account_id,
        "login_id": known.login_id,
        "base_url": base_url,
        "api_url": format!("{base_url}/external"),
        "calls_per_second": shared.settings().smartstore_calls_per_second,
        "listings": listings,
    })
}

/// `POST /control/orders` for SmartStore, the channel read already.
pub async fn place(shared: &Shared, mut fields: Fields) -> Result<Json<Value>, ControlError> {
    let count = fields.whole("count", 1..=MOST)?.unwrap_or(1);
    let wish = read_wish(&mut fields)?;
    let account = fields.text("account")?;
    let lines = fields
        .whole("lines", 1..=4)?
        .and_then(|lines| usize::try_from(lines).ok());
    let unpaid = fields.truth("unpaid")?.unwrap_or(false);
    let gift = fields.truth("gift")?.unwrap_or(false);
    let hope = fields.truth("hope")?.unwrap_or(false);
    let late = fields.whole("late_seconds", 0..=86_400)?.unwrap_or(0);
    fields.finish()?;
    let accounts = which_accounts(shared, account.as_deref())?;
    let turns: Vec<u32> = accounts
        .iter()
        .copied()
        .cycle()
        .take(usize::try_from(count).unwrap_or(0))
        .collect();
    let mut orders = Vec::new();
    for turn in turns.chunks(BATCH) {
        let shoppings: Vec<Shopping> = turn
            .iter()
            .map(|account| Shopping {
                purchase: Purchase {
                    account: *account,
                    wish,
                    lines,
                    now: shared.clock.world(),
                    visibility_delay: shared.settings().visibility_delay
                        + Duration::from_secs(late)
                        + shared.faults.late_arrival(Channel::SmartStore),
                },
                unpaid,
                gift,
                hope,
            })
            .collect();
        let rules = shared.smartstore.rules();
        let placed = buying::place(&mut shared.store(), shared.clock.real(), &shoppings, &rules)?;
        orders.extend(placed.iter().map(|order| json!({
            "channel_order_id": order.id.to_string(),
            "channel_parcel_ids": order.product_orders.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })));
        tokio::task::yield_now().await;
    }
    if orders.is_empty() {
        let reason = "nothing that was wished for is on sale";
        return Err(ControlError::plain(StatusCode::CONFLICT, reason));
    }
    shared.wake.notify_one();
    Ok(Json(json!({"orders": orders})))
}

fn which_accounts(shared: &Shared, id: Option<&str>) -> Result<Vec<u32>, ControlError> {
    let store = shared.store();
    let all = (0_u32..).zip(store.world.accounts());
    let Some(id) = id else {
        return Ok(all.map(|(index, _)| index).collect());
    };
    let found = all.into_iter().find(|(_, account)| {
        let known = &account.smartstore;
        known.account_id == id || known.client_id == id
    });
    let reason = || format!("\"{id}\" is no account id of GET /control/accounts");
    found
        .map(|(index, _)| vec![index])
        .ok_or_else(|| ControlError::field("account", reason()))
}

/// `GET /control/orders/smartstore/{order}`.
pub async fn get(
    State(shared): State<Shared>,
    Path(order): Path<String>,
) -> Result<Json<Value>, ControlError> {
    let store = shared.store();
    let found = order
        .parse()
        .ok()
        .and_then(|id| store.world.smartstore.order(id));
    let found = found.ok_or_else(|| unknown(&order))?;
    Ok(Json(describe(&store.world, found)))
}

/// The latest orders with the time of each.
pub fn latest(world: &World, limit: usize) -> impl Iterator<Item = (DateTime<Utc>, Value)> {
    world
        .smartstore
        .latest_orders(limit)
        .map(|order| (order.ordered_at, describe(world, order)))
}

/// `POST /control/orders/smartstore/{order}/{action}`: what the buyer does.
pub async fn act(
    State(shared): State<Shared>,
    Path((order, action)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let id: i64 = order.parse().map_err(|_| unknown(&order))?;
    let mut fields = Fields::read(&bytes)?;
    let items = match fields.take("items") {
        None => None,
        Some(value) => Some(read_items(&value)?),
    };
    let reason = fields.text("reason")?;
    let mut receiver = WishedReceiver::default();
    if action == "address" {
        receiver.name = short_text(&mut fields, "receiver_name")?;
        receiver.address_detail = short_text(&mut fields, "address_detail")?;
    }
    fields.finish()?;
    let rules = shared.smartstore.rules();
    let now = shared.clock.world();
    let mut store = shared.store();
    let (world, items) = (&store.world, items.as_deref());
    let known = &world.smartstore;
    let demand = Demand {
        order: id,
        items,
        reason: read_reason(reason.as_deref())?,
    };
    let facts = match action.as_str() {
        "cancel" => buyer::cancel(known, demand, &rules, now),
        "stop" => buyer::stop(known, demand, &rules, now),
        "return" => buyer::send_back(known, demand, &rules, now),
        "exchange" => buyer::exchange(known, demand, &rules, now),
        "withdraw" => buyer::withdraw(known, demand, &rules, now),
        "collect" => buyer::collect(known, demand, &rules, now),
        "confirm" => buyer::decide(world, id, items, &rules, now),
        "pay" => buyer::pay(world, id, &rules, now),
        "address" => buyer::change_address(world, id, &receiver, &rules, now),
        "accept" => buyer::accept_gift(world, id, &rules, now),
        other => {
            let reason = format!(
                "\"{other}\" is not one of cancel, stop, return, exchange, withdraw, collect, confirm, pay, \
                 address, accept"
            );
            return Err(ControlError::plain(StatusCode::NOT_FOUND, reason));
        }
    };
    let facts = facts.map_err(|refusal| refused(&order, "items", &refusal))?;
    store.record(shared.clock.real(), &facts)?;
    shared.wake.notify_one();
    let order = store.world.smartstore.order(id);
    let order = order.map(|order| describe(&store.world, order));
    Ok(Json(json!({"order": order})))
}

fn refused(order: &str, field: &str, refusal: &Refusal) -> ControlError {
    match refusal {
        Refusal::UnknownOrder => unknown(order),
        Refusal::UnknownProductOrder(_) | Refusal::NotEnough(..) => {
            ControlError::field(field, refusal.to_string())
        }
        Refusal::TooLate(..) | Refusal::NotNow(_) => {
            ControlError::plain(StatusCode::CONFLICT, refusal.to_string())
        }
    }
}

/// `POST /control/orders/smartstore/{order}/ask` `{"kind"?:"product"|"order","text"?,"product_order_id"?}`.
pub async fn ask(
    State(shared): State<Shared>,
    Path(order): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let kind = fields.text("kind")?.unwrap_or_else(|| "product".to_owned());
    let text = fields.text("text")?;
    let text = text.unwrap_or_else(|| USUAL_QUESTION.to_owned());
    let product_order = match fields.text("product_order_id")? {
        None => None,
        Some(id) => Some(id.parse().map_err(|_| {
            ControlError::field("product_order_id", format!("\"{id}\" is no number"))
        })?),
    };
    fields.finish()?;
    if !(1..=1_000).contains(&text.chars().count()) {
        return Err(ControlError::field("text", "must have 1 to 1000 letters"));
    }
    let asking = Asking {
        order: order.parse().map_err(|_| unknown(&order))?,
        product_order,
        text,
    };
    let now = shared.clock.world();
    let mut store = shared.store();
    let asked = match kind.as_str() {
        "product" => buyer::about_goods(&store.world, asking, now),
        "order" => buyer::about_order(&store.world, asking, now),
        other => {
            let reason = format!("\"{other}\" is not one of product, order");
            return Err(ControlError::field("kind", reason));
        }
    };
    let (id, fact) = asked.map_err(|refusal| refused(&order, "product_order_id", &refusal))?;
    store.record(shared.clock.real(), &[fact])?;
    Ok(Json(json!({"result": "asked", "inquiry_id": id})))
}

/// A buyer's reason, in the words that every channel's desk takes.
fn read_reason(text: Option<&str>) -> Result<&'static str, ControlError> {
    match text {
        None | Some("changed_mind") => Ok("INTENT_CHANGED"),
        Some("defect") => Ok("BROKEN"),
        Some("different_option") => Ok("WRONG_OPTION"),
        Some("missing_parts") => Ok("DROPPED_DELIVERY"),
        Some(other) => {
            let reason = format!(
                "\"{other}\" is not one of changed_mind, defect, different_option, missing_parts"
            );
            Err(ControlError::field("reason", reason))
        }
    }
}

fn read_items(value: &Value) -> Result<Vec<Wanted>, ControlError> {
    let wrong = || {
        ControlError::field(
            "items",
            "must be a list of {\"product_order_id\", \"count\"?}",
        )
    };
    let list = value.as_array().filter(|items| !items.is_empty());
    list.ok_or_else(wrong)?
        .iter()
        .map(|item| {
            let id = item.get("product_order_id").and_then(Value::as_str);
            let product_order = id.and_then(|id| id.parse().ok()).ok_or_else(wrong)?;
            let count = match item.get("count") {
                None => None,
                Some(count) => Some(
                    count
                        .as_i64()
                        .filter(|count| *count > 0)
                        .ok_or_else(wrong)?,
                ),
            };
            Ok(Wanted {
                product_order,
                count,
            })
        })
        .collect()
}

fn unknown(order: &str) -> ControlError {
    ControlError::plain(
        StatusCode::NOT_FOUND,
        format!("smartstore has no order {order}"),
    )
}

/// `PUT /control/smartstore`: how strict it is where the real one is not known to be. What is left out is as it was.
pub async fn set_rules(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let mut value = serde_json::to_value(shared.smartstore.rules())
        .map_err(|error| ControlError::field("body", error.to_string()))?;
    for (name, known) in value.as_object_mut().into_iter().flatten() {
        if let Some(wanted) = fields.take(name) {
            *known = wanted;
        }
    }
    fields.finish()?;
    let rules: Rules = serde_json::from_value(value)
        .map_err(|error| ControlError::field("body", error.to_string()))?;
    if !(60..=86_400).contains(&rules.token_seconds) {
        let reason = format!("{} is outside 60 to 86400", rules.token_seconds);
        return Err(ControlError::field("token_seconds", reason));
    }
    shared.smartstore.set_rules(rules.clone());
    Ok(Json(json!(rules)))
}

/// `GET /control/smartstore`.
pub async fn show_rules(State(shared): State<Shared>) -> Json<Value> {
    Json(json!(shared.smartstore.rules()))
}

/// `POST /control/smartstore/revoke-tokens`: every token ends now.
pub async fn revoke_tokens(State(shared): State<Shared>) -> Result<Json<Value>, ControlError> {
    record(&shared, What::TokensRevoked)
}

/// `POST /control/smartstore/lift-penalties`: nobody is throttled for earlier token calls any more.
pub async fn lift_penalties(State(shared): State<Shared>) -> Result<Json<Value>, ControlError> {
    record(&shared, What::PenaltiesLifted)
}

fn record(shared: &Shared, what: What) -> Result<Json<Value>, ControlError> {
    let fact = SmartFact::of(shared.clock.world(), what);
    shared.store().record(shared.clock.real(), &[fact])?;
    Ok(Json(json!({})))
}

fn describe(world: &World, order: &Order) -> Value {
    let parcels: Vec<Value> = world
        .smartstore
        .parts(order)
        .map(|row| describe_part(world, row))
        .collect();
    let receiver = world
        .smartstore
        .parts(order)
        .find_map(|row| row.recipient.as_ref())
        .map(|to| json!({"name": to.person.name, "phone": to.person.safe_number}));
    json!({
        "channel": "smartstore",
        "channel_order_id": order.id.to_string(),
        "account": world.account(order.account).map(|account| &account.smartstore.account_id),
        "ordered_at": order.ordered_at,
        "paid_at": order.paid_at,
        "gift": order.gift,
        "receiver": receiver,
        "parcels": parcels,
    })
}

fn describe_part(world: &World, row: &ProductOrder) -> Value {
    let listing = world
        .account(row.account)
        .and_then(|account| account.listings.get(row.listing));
    let claim = row.claim.as_ref();
    json!({
        "channel_parcel_id": row.id.to_string(),
        "status": row.status,
        "place_status": row.place_status,
        "claim_id": claim.map(|claim| claim.id.to_string()),
        "claim_type": claim.map(|claim| claim.kind),
        "claim_status": claim.map(|claim| claim.status),
        "carrier": row.shipment.as_ref().map(|sent| sent.company.as_deref().unwrap_or(sent.method.as_str())),
        "tracking_number": row.shipment.as_ref().and_then(|sent| sent.number.as_ref()),
        "lines": [{
            "origin_product_no": row.origin_no.to_string(),
            "option_id": row.option_id.map(|id| id.to_string()),
            "sku": listing.map(|listing| listing.sku),
            "name": listing.map(|listing| format!("{}, {}", listing.product_name, listing.item_name)),
            "quantity": row.quantity,
            "remaining": row.remaining,
        }],
    })
}
