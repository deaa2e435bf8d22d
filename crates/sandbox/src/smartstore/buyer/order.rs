//! Buyers who pay, move, accept gifts, and are content.

use chrono::{DateTime, Utc};

use super::{Refusal, Wanted, choose};
use crate::smartstore::rules::Rules;
use crate::smartstore::world::{GiftStatus, Recipient, SmartFact, Status, What};
use crate::world::{Address, Dice, Fact, Person, WishedReceiver, World};

/// The transfer for an order arrives.
pub fn pay(
    world: &World,
    order_id: i64,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (order, _) = choose(&world.smartstore, order_id, None, |row| {
        if row.status == Status::PaymentWaiting {
            Ok(())
        } else {
            Err("it waits for no payment")
        }
    })?;
    let what = What::Paid { order: order.id };
    Ok(vec![SmartFact::of(now, what).late(rules)])
}

/// The buyer wants it sent somewhere else, or to somebody else; what is not wished is drawn.
pub fn change_address(
    world: &World,
    order_id: i64,
    wished: &WishedReceiver,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let known = &world.smartstore;
    let (order, chosen) = choose(known, order_id, None, |row| {
        if row.status == Status::Payed && row.recipient.is_some() {
            Ok(())
        } else {
            Err("it has left, or is not on its way to be sent")
        }
    })?;
    if chosen.len() < order.product_orders.len() {
        return Err(Refusal::NotNow("was sent in part already"));
    }
    let person = chosen
        .iter()
        .find_map(|(row, _)| row.recipient.as_ref())
        .map(|recipient| recipient.person.clone());
    let mut person = person.ok_or(Refusal::NotNow("has no recipient yet"))?;
    let mut dice = dice(world, "smartstore-address", order.id, now);
    let mut address = Address::draw(&mut dice);
    if let Some(name) = &wished.name {
        person.name.clone_from(name);
    }
    if let Some(detail) = &wished.address_detail {
        address.detail.clone_from(detail);
    }
    let what = What::AddressChanged {
        order: order.id,
        recipient: Recipient { person, address },
    };
    Ok(vec![SmartFact::of(now, what).late(rules)])
}

/// The recipient of a gift says where it should go.
pub fn accept_gift(
    world: &World,
    order_id: i64,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let order = world
        .smartstore
        .order(order_id)
        .ok_or(Refusal::UnknownOrder)?;
    if order.gift != Some(GiftStatus::WaitForReceiving) {
        return Err(Refusal::NotNow("is no gift that waits to be accepted"));
    }
    choose(&world.smartstore, order_id, None, |row| {
        if row.status == Status::Payed {
            Ok(())
        } else {
            Err("it is not paid, or cancelled")
        }
    })?;
    let mut dice = dice(world, "smartstore-gift", order.id, now);
    let what = What::GiftAccepted {
        order: order.id,
        recipient: Recipient {
            person: Person::draw(&mut dice),
            address: Address::draw(&mut dice),
        },
    };
    Ok(vec![SmartFact::of(now, what).late(rules)])
}

/// The buyer is content (구매확정).
pub fn decide(
    world: &World,
    order_id: i64,
    items: Option<&[Wanted]>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(&world.smartstore, order_id, items, |row| match row.status {
        _ if row.running_claim().is_some() => Err("a claim is running"),
        Status::Delivering | Status::Delivered => Ok(()),
        _ => Err("it has not left the seller, or is over"),
    })?;
    let decided = chosen.into_iter().map(|(row, _)| {
        let product_order = row.id;
        SmartFact::of(now, What::PurchaseDecided { product_order }).late(rules)
    });
    Ok(decided.collect())
}

fn dice(world: &World, stream: &str, order_id: i64, now: DateTime<Utc>) -> Dice {
    let moment = now.timestamp_millis();
    Dice::new(
        world.seed,
        &format!("{stream}-{order_id}"),
        moment.unsigned_abs(),
    )
}
