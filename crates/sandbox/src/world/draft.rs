//! Makes orders up: who buys what, and to where it goes. The same seed and number make the same order.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::dice::Dice;
use super::listings::GoodsKind;
use super::model::{Discounts, Line, Looks, Order, Parcel, ParcelStatus};
use super::people::{Person, draw_note};
use super::places::Address;
use super::{Fact, World};

/// What kind of goods an order should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    Physical,
    Digital,
    Mixed,
}

/// An order somebody is about to place.
#[derive(Debug, Clone, Copy)]
pub struct Purchase {
    pub account: u32,
    pub wish: Wish,
    /// Exactly so many lines; otherwise one to three.
    pub lines: Option<usize>,
    /// World time.
    pub now: DateTime<Utc>,
    pub visibility_delay: Duration,
}

/// Whom an order is for, where it matters to a story.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WishedReceiver {
    pub name: Option<String>,
    pub address_detail: Option<String>,
    pub note: Option<String>,
}

impl WishedReceiver {
    /// Nothing was said.
    pub fn is_anybody(&self) -> bool {
        *self == Self::default()
    }
}

const DEVICES: [&str; 4] = ["아이폰앱", "안드로이드앱", "PC웹", "모바일웹"];
const SHIPPING_PRICE: i64 = 3_000;
const FREE_SHIPPING_FROM: i64 = 30_000;
const REMOTE_PRICE: i64 = 5_000;

impl World {
    /// The order number `number` of this world, when nothing before it waits to be placed.
    #[cfg(test)]
    pub fn draft(&self, number: u64, purchase: Purchase) -> (Order, Vec<Parcel>) {
        self.draft_after(number, purchase, &mut HashMap::new())
    }

    /// The order number `number` of this world, when others before it are drafted but not placed yet: `taken` is what
    /// they take of each option. Without parcels, nothing that was wished for is to be had.
    pub fn draft_after(
        &self,
        number: u64,
        purchase: Purchase,
        taken: &mut HashMap<i64, i64>,
    ) -> (Order, Vec<Parcel>) {
        let mut dice = Dice::new(self.seed, "order", number);
        let id = 31_000_000_000_000 + i64::try_from(number).unwrap_or_default() * 137 + 101;
        let mut lines = self.draw_lines(&mut dice, purchase, taken);
        let mut coupons = Dice::new(self.seed, "discounts", number);
        for (_, line) in &mut lines {
            line.discounts = Discounts::draw(&mut coupons, line.price * line.quantity);
        }
        for (_, line) in &lines {
            *taken.entry(line.vendor_item_id).or_default() += line.quantity;
        }
        let receiver = Person::draw(&mut dice);
        // Most people buy for themselves; the safe number is the receiver's in either case.
        let mut buyer = receiver.clone();
        if dice.percent(15) {
            buyer.name = Person::draw(&mut dice).name;
        }
        let address = Address::draw(&mut dice);
        let delay = TimeDelta::from_std(purchase.visibility_delay).unwrap_or_default();
        let ordered_at =
            purchase.now - TimeDelta::seconds(i64::try_from(dice.between(4, 40)).unwrap_or(4));
        let order = Order {
            id,
            account: purchase.account,
            ordered_at,
            paid_at: purchase.now,
            visible_at: purchase.now + delay,
            buyer,
            receiver,
            note: draw_note(&mut dice),
            device: (*dice.pick(&DEVICES)).to_owned(),
            address,
            parcel_ids: Vec::new(),
            moves: 0,
        };
        self.pack(&mut dice, number, order, lines)
    }

    fn draw_lines(
        &self,
        dice: &mut Dice,
        purchase: Purchase,
        taken: &HashMap<i64, i64>,
    ) -> Vec<(GoodsKind, Line)> {
        let listings = self
            .account(purchase.account)
            .map_or(&[][..], |account| &account.listings);
        let offered: Vec<usize> = (0..listings.len())
            .filter(|index| {
                listings.get(*index).is_some_and(|listing| {
                    let wished = match purchase.wish {
                        Wish::Physical => listing.kind == GoodsKind::Physical,
                        Wish::Digital => listing.kind == GoodsKind::Digital,
                        Wish::Mixed => true,
                    };
                    wished && self.shelf_less(listing, taken).is_offered()
                })
            })
            .collect();
        let wanted = purchase.lines.unwrap_or_else(|| match dice.below(10) {
            0..=6 => 1,
            7 | 8 => 2,
            _ => 3,
        });
        let mut lines: Vec<(GoodsKind, Line)> = Vec::new();
        while lines.len() < wanted.min(offered.len()) {
            let index = *dice.pick(&offered);
            let Some(listing) = listings.get(index) else {
                break;
            };
            if lines.iter().any(|(_, line)| line.listing == index) {
                continue;
            }
            let quantity = match (listing.kind, dice.below(10)) {
                (GoodsKind::Digital, _) | (_, 0..=6) => 1,
                (_, 7 | 8) => 2,
                _ => 3,
            };
            let shelf = self.shelf_less(listing, taken);
            lines.push((
                listing.kind,
                Line {
                    listing: index,
                    vendor_item_id: listing.vendor_item_id,
                    quantity: quantity.min(shelf.stock),
                    price: shelf.price,
                    discounts: Discounts::default(),
                    cancelled: 0,
                    held: 0,
                    planned_day: None,
                },
            ));
        }
        lines
    }

    /// Puts lines into boxes: digital goods apart, and now and then goods from a second warehouse.
    fn pack(
        &self,
        dice: &mut Dice,
        number: u64,
        mut order: Order,
        lines: Vec<(GoodsKind, Line)>,
    ) -> (Order, Vec<Parcel>) {
        let (digital, mut goods): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .partition(|(kind, _)| *kind == GoodsKind::Digital);
        let second = if goods.len() > 1 && dice.percent(25) {
            goods.split_off(1)
        } else {
            Vec::new()
        };
        let mut parcels = Vec::new();
        for (place, group) in (0_u64..).zip(
            [goods, second, digital]
                .into_iter()
                .filter(|group| !group.is_empty()),
        ) {
            let shipped = group.iter().any(|(kind, _)| *kind == GoodsKind::Physical);
            let lines: Vec<Line> = group.into_iter().map(|(_, line)| line).collect();
            let total: i64 = lines.iter().map(|line| line.price * line.quantity).sum();
            let serial = i64::try_from(number * 4 + place).unwrap_or_default();
            let parcel = Parcel {
                // Eighteen digits and odd: a client that keeps it in a double gets another parcel's id.
                id: 642_538_970_000_000_000 + serial * 1_000_042 + 429,
                order_id: order.id,
                account: order.account,
                created_at: order.paid_at,
                visible_at: order.visible_at,
                status: ParcelStatus::Accept,
                lines,
                shipping_price: if shipped && total < FREE_SHIPPING_FROM {
                    SHIPPING_PRICE
                } else {
                    0
                },
                remote_price: (shipped && order.address.remote).then_some(REMOTE_PRICE),
                acknowledged_at: None,
                tracking: None,
                confirmed_at: None,
                split: false,
                withdrawn_at: None,
                looks: Looks::default(),
            };
            order.parcel_ids.push(parcel.id);
            parcels.push(parcel);
        }
        (order, parcels)
    }
}

impl World {
    /// The fact of a buyer sending an order elsewhere, or `None` when a parcel of it is acknowledged already.
    pub fn draft_move(&self, order: &Order) -> Option<Fact> {
        let waits = order
            .parcel_ids
            .iter()
            .filter_map(|id| self.parcel(*id))
            .all(|parcel| parcel.status == ParcelStatus::Accept);
        let number = u64::try_from(order.id).unwrap_or_default();
        let mut dice = Dice::new(self.seed, "move", number.wrapping_add(order.moves << 48));
        waits.then(|| Fact::AddressChanged {
            order: order.id,
            receiver: Person::draw(&mut dice),
            address: Address::draw(&mut dice),
            note: None,
        })
    }

    /// The fact that an order is for somebody in particular: what is not said stays as it was drawn.
    pub fn draft_receiver(&self, order: &Order, wished: &WishedReceiver) -> Fact {
        let said = |wish: &Option<String>, drawn: &String| wish.as_ref().unwrap_or(drawn).clone();
        Fact::AddressChanged {
            order: order.id,
            receiver: Person {
                name: said(&wished.name, &order.receiver.name),
                ..order.receiver.clone()
            },
            address: Address {
                detail: said(&wished.address_detail, &order.address.detail),
                ..order.address.clone()
            },
            note: wished.note.clone(),
        }
    }

    /// The parcel in which some lines of another leave; the others stay behind. `ahead` such parcels are drafted but
    /// not yet part of the world.
    pub fn draft_split(&self, parcel: &Parcel, leaving: &[i64], ahead: u64) -> Parcel {
        let lines = parcel
            .lines
            .iter()
            .filter(|line| leaving.contains(&line.vendor_item_id))
            .cloned()
            .collect();
        let serial = i64::try_from(self.splits + ahead).unwrap_or_default();
        Parcel {
            // A range apart from that of parcels that orders begin with, and odd like them.
            id: 643_000_000_000_000_000 + serial * 1_000_042 + 431,
            lines,
            shipping_price: 0,
            remote_price: None,
            split: true,
            ..parcel.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchase(wish: Wish, lines: Option<usize>) -> Purchase {
        Purchase {
            account: 0,
            wish,
            lines,
            now: DateTime::UNIX_EPOCH,
            visibility_delay: Duration::ZERO,
        }
    }

    #[test]
    fn the_same_seed_and_number_make_the_same_order() {
        let text = |seed| {
            let (order, parcels) = World::new(seed, 1).draft(17, purchase(Wish::Mixed, None));
            serde_json::to_string(&(order, parcels)).unwrap()
        };
        assert_eq!(text(5), text(5));
        assert_ne!(text(5), text(6));
    }

    #[test]
    fn a_wish_is_kept_and_box_ids_pass_what_a_double_holds() {
        let world = World::new(1, 2);
        let mut seen = std::collections::HashSet::new();
        let mut several = 0;
        for number in 0..400 {
            let (order, parcels) = world.draft(number, purchase(Wish::Digital, None));
            assert_eq!(parcels.len(), 1);
            assert_eq!(parcels[0].shipping_price, 0);
            assert!(!order.receiver.safe_number.is_empty());
            let (_, parcels) = world.draft(number, purchase(Wish::Physical, Some(3)));
            assert_eq!(
                parcels
                    .iter()
                    .map(|parcel| parcel.lines.len())
                    .sum::<usize>(),
                3
            );
            several += usize::from(parcels.len() > 1);
            for parcel in parcels {
                assert_eq!(parcel.id.to_string().len(), 18);
                assert!(seen.insert(parcel.id));
            }
        }
        assert!(
            (40..200).contains(&several),
            "{several} of 400 orders had several boxes"
        );
    }
}
