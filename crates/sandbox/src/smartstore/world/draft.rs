//! Makes orders up: who buys what, and to where it goes. The same seed and number make the same order.

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};

use super::goods::{self, Place};
use super::model::{Hope, Order, ProductOrder, Recipient};
use super::words::{GiftStatus, PlaceStatus, Status};
use crate::smartstore::accounts::text;
use crate::smartstore::kst;
use crate::world::{
    Address, Dice, Discounts, GoodsKind, Listing, Looks, Person, Purchase, Wish, World, draw_note,
};

/// An order somebody is about to place.
#[derive(Debug, Clone, Copy)]
pub struct Shopping {
    pub purchase: Purchase,
    /// By transfer, which has to arrive first.
    pub unpaid: bool,
    /// To somebody who has yet to say where it should go.
    pub gift: bool,
    /// On a day the buyer chose.
    pub hope: bool,
}

const MEANS: [&str; 6] = [
    "신용카드",
    "신용카드 간편결제",
    "신용카드 간편결제",
    "계좌 간편결제",
    "포인트/머니결제",
    "휴대폰",
];
const SHIPPING_PRICE: i64 = 3_000;
const FREE_SHIPPING_FROM: i64 = 30_000;
const REMOTE_PRICE: i64 = 5_000;
/// How long the seller has to ship.
const SHIP_WITHIN: TimeDelta = TimeDelta::days(3);
/// How long a transfer may take.
const PAY_WITHIN: TimeDelta = TimeDelta::days(2);
/// Product orders of one order have their numbers to themselves.
const MOST_LINES: u64 = 8;

/// Sixteen digits: the Korean day, and a number inside it.
pub fn day_number(now: DateTime<Utc>, number: u64, first: i64, step: i64) -> i64 {
    let day = now.with_timezone(&kst());
    let date = i64::from(day.year()) * 10_000 + i64::from(day.month() * 100 + day.day());
    let number = i64::try_from(number).unwrap_or_default();
    date * 100_000_000 + (first + number * step).rem_euclid(100_000_000)
}

struct Pick {
    listing: usize,
    place: Place,
    digital: bool,
    quantity: i64,
    unit_price: i64,
    option_price: i64,
}

/// The next order of this world; none when nothing that was wished for is on sale.
pub fn draft(world: &World, shopping: Shopping) -> Option<(Order, Vec<ProductOrder>)> {
    let purchase = shopping.purchase;
    let number = world.smartstore.order_count();
    let now = purchase.now.trunc_subsecs(3);
    let mut dice = Dice::new(world.seed, "smartstore-order", number);
    let picks = pick_goods(world, &mut dice, purchase);
    if picks.is_empty() {
        return None;
    }
    let receiver = Person::draw(&mut dice);
    // Most people buy for themselves; the safe number is the receiver's in either case.
    let mut orderer = receiver.clone();
    if shopping.gift || dice.percent(15) {
        orderer.name = Person::draw(&mut dice).name;
    }
    let recipient = Recipient {
        person: receiver,
        address: Address::draw(&mut dice),
    };
    let ordered_at = now - TimeDelta::seconds(i64::try_from(dice.between(4, 40)).unwrap_or(4));
    let means = if shopping.unpaid {
        "무통장입금"
    } else {
        dice.pick(&MEANS)
    };
    let mut order = Order {
        id: day_number(now, number, 11, 3),
        account: purchase.account,
        ordered_at: if shopping.unpaid { now } else { ordered_at },
        paid_at: (!shopping.unpaid).then_some(now),
        payment_due_at: shopping.unpaid.then_some(now + PAY_WITHIN),
        orderer,
        orderer_id: text(&mut dice, b"abcdefghijklmnopqrstuvwxyz0123456789", 9),
        orderer_no: i64::try_from(dice.between(100_000_000, 999_999_999)).unwrap_or_default(),
        payment_means: means.to_owned(),
        location: (*dice.pick(&["PC", "MOBILE", "MOBILE", "MOBILE"])).to_owned(),
        membership: dice.percent(40),
        gift: shopping.gift.then_some(GiftStatus::WaitForReceiving),
        note: draw_note(&mut dice),
        product_orders: Vec::new(),
    };
    let hope = shopping.hope.then(|| Hope {
        day: (now + TimeDelta::days(4))
            .with_timezone(&kst())
            .format("%Y%m%d")
            .to_string(),
        time: Some("1400".to_owned()),
        region: None,
        change_reason: None,
        changed_at: None,
    });
    let delay = TimeDelta::from_std(purchase.visibility_delay).unwrap_or_default();
    let scene = Scene {
        number,
        now,
        visible_at: now + delay,
        recipient: (!shopping.gift).then_some(recipient),
        hope,
    };
    let mut product_orders = pack(&mut dice, &mut order, picks, &scene);
    let mut coupons = Dice::new(world.seed, "smartstore-discounts", number);
    for product_order in &mut product_orders {
        product_order.discounts = Discounts::draw(&mut coupons, product_order.amount());
    }
    Some((order, product_orders))
}

fn pick_goods(world: &World, dice: &mut Dice, purchase: Purchase) -> Vec<Pick> {
    let accounts = world.accounts();
    let listings: &[Listing] = world
        .account(purchase.account)
        .map_or(&[], |account| &account.listings);
    let mut offered: Vec<Pick> = Vec::new();
    for (index, listing) in listings.iter().enumerate() {
        let wished = match purchase.wish {
            Wish::Physical => listing.kind == GoodsKind::Physical,
            Wish::Digital => listing.kind == GoodsKind::Digital,
            Wish::Mixed => true,
        };
        if !wished {
            continue;
        }
        let Some(place) = goods::place(purchase.account, listings, index) else {
            continue;
        };
        let Some(product) = world.smartstore.product(accounts, place.origin_no) else {
            continue;
        };
        let option = product
            .options
            .iter()
            .find(|option| Some(option.id) == place.option_id);
        offered.push(Pick {
            listing: index,
            place,
            digital: listing.kind == GoodsKind::Digital,
            quantity: product.available(place.option_id),
            unit_price: product.sale_price,
            option_price: option.map_or(0, |option| option.price),
        });
    }
    offered.retain(|pick| pick.quantity > 0);
    let wanted = purchase.lines.unwrap_or_else(|| match dice.below(10) {
        0..=6 => 1,
        7 | 8 => 2,
        _ => 3,
    });
    let mut picks = Vec::new();
    while picks.len() < wanted && !offered.is_empty() {
        let place = usize::try_from(dice.below(offered.len() as u64)).unwrap_or(0);
        let mut pick = offered.remove(place.min(offered.len() - 1));
        let quantity = match (pick.digital, dice.below(10)) {
            (true, _) | (_, 0..=6) => 1,
            (_, 7 | 8) => 2,
            _ => 3,
        };
        pick.quantity = pick.quantity.min(quantity);
        picks.push(pick);
    }
    picks
}

/// What all product orders of an order have in common.
struct Scene {
    number: u64,
    now: DateTime<Utc>,
    visible_at: DateTime<Utc>,
    recipient: Option<Recipient>,
    hope: Option<Hope>,
}

/// Puts goods into packages: digital ones apart, and now and then some from a second warehouse.
fn pack(dice: &mut Dice, order: &mut Order, picks: Vec<Pick>, scene: &Scene) -> Vec<ProductOrder> {
    let (digital, mut goods): (Vec<_>, Vec<_>) = picks.into_iter().partition(|pick| pick.digital);
    let second = if goods.len() > 1 && dice.percent(25) {
        goods.split_off(1)
    } else {
        Vec::new()
    };
    let remote = scene
        .recipient
        .as_ref()
        .is_some_and(|recipient| recipient.address.remote);
    let mut product_orders = Vec::new();
    for group in [goods, second, digital] {
        let total: i64 = group
            .iter()
            .map(|pick| (pick.unit_price + pick.option_price) * pick.quantity)
            .sum();
        let package = numbered(scene, product_orders.len(), 80_000_000, 1);
        for (place, pick) in group.into_iter().enumerate() {
            let carries = place == 0 && !pick.digital;
            let product_order = ProductOrder {
                id: numbered(scene, product_orders.len(), 41, 7),
                order_id: order.id,
                account: order.account,
                package,
                listing: pick.listing,
                origin_no: pick.place.origin_no,
                option_id: pick.place.option_id,
                digital: pick.digital,
                quantity: pick.quantity,
                remaining: pick.quantity,
                unit_price: pick.unit_price,
                option_price: pick.option_price,
                discounts: Discounts::default(),
                delivery_fee: i64::from(carries && total < FREE_SHIPPING_FROM) * SHIPPING_PRICE,
                section_fee: i64::from(carries && remote) * REMOTE_PRICE,
                visible_at: scene.visible_at,
                status: if order.paid_at.is_some() {
                    Status::Payed
                } else {
                    Status::PaymentWaiting
                },
                place_status: PlaceStatus::NotYet,
                confirmed_at: None,
                due_at: scene.now + SHIP_WITHIN,
                delay: None,
                hope: scene.hope.clone(),
                recipient: scene.recipient.clone(),
                address_changed: false,
                gift_received_at: None,
                shipment: None,
                decided_at: None,
                claim: None,
                before: None,
                completed: Vec::new(),
                rows: Vec::new(),
                indexed: Vec::new(),
                staged: Vec::new(),
                withdrawn_at: None,
                looks: Looks::default(),
            };
            order.product_orders.push(product_order.id);
            product_orders.push(product_order);
        }
    }
    product_orders
}

fn numbered(scene: &Scene, place: usize, first: i64, step: i64) -> i64 {
    let serial = scene.number * MOST_LINES + place as u64;
    day_number(scene.now, serial, first, step)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    fn shopping(wish: Wish, lines: Option<usize>) -> Shopping {
        Shopping {
            purchase: Purchase {
                account: 0,
                wish,
                lines,
                now: DateTime::UNIX_EPOCH,
                visibility_delay: Duration::ZERO,
            },
            unpaid: false,
            gift: false,
            hope: false,
        }
    }

    #[test]
    fn the_same_seed_and_number_make_the_same_order() {
        let text = |seed| {
            let drafted = draft(&World::new(seed, 1), shopping(Wish::Mixed, None)).unwrap();
            serde_json::to_string(&drafted).unwrap()
        };
        assert_eq!(text(5), text(5));
        assert_ne!(text(5), text(6));
    }

    #[test]
    fn numbers_have_sixteen_digits_and_digital_goods_a_package_of_their_own() {
        for seed in 0..60 {
            let world = World::new(seed, 1);
            let (order, parts) = draft(&world, shopping(Wish::Mixed, Some(4))).unwrap();
            assert_eq!(order.id.to_string().len(), 16);
            let ids: HashSet<i64> = parts.iter().map(|part| part.id).collect();
            assert_eq!(ids.len(), 4);
            for part in &parts {
                assert_eq!(part.id.to_string().len(), 16);
                let mates = parts.iter().filter(|other| other.package == part.package);
                assert!(mates.clone().all(|other| other.digital == part.digital));
                assert!(mates.filter(|other| other.delivery_fee > 0).count() <= 1);
            }
        }
    }
}
