//! What sellers change about their goods: stock, price, whether they are on sale.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::listings::{self, Listing};
use super::{Parcel, World};

/// What every option begins with, which is also the most that can be set.
pub const MOST_STOCK: i64 = 99_999;

/// The state of one option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    pub stock: i64,
    pub price: i64,
    /// The price that discounts are shown against.
    pub list_price: i64,
    pub on_sale: bool,
}

impl Shelf {
    /// How an option starts.
    pub fn of(listing: &Listing) -> Self {
        Self {
            stock: MOST_STOCK,
            price: listing.price,
            list_price: listing.price,
            on_sale: true,
        }
    }

    /// Whether somebody can buy it now.
    pub fn is_offered(&self) -> bool {
        self.on_sale && self.stock > 0
    }
}

/// One change of one option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ShelfChange {
    Stock { to: i64 },
    Price { to: i64 },
    ListPrice { to: i64 },
    Stopped,
    Resumed,
}

impl ShelfChange {
    /// The name of the ledger entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stock { .. } => "stock_set",
            Self::Price { .. } => "price_set",
            Self::ListPrice { .. } => "list_price_set",
            Self::Stopped => "sale_stopped",
            Self::Resumed => "sale_resumed",
        }
    }
}

impl World {
    /// An option with its account, if there is one under this number.
    pub fn listing(&self, vendor_item_id: i64) -> Option<(u32, &Listing)> {
        let account = listings::account_of_item(vendor_item_id)?;
        Some((account, self.account(account)?.listing(vendor_item_id)?))
    }

    pub fn shelf(&self, listing: &Listing) -> Shelf {
        self.shelves
            .get(&listing.vendor_item_id)
            .copied()
            .unwrap_or_else(|| Shelf::of(listing))
    }

    /// The same, less what orders that are drafted but not placed will take.
    pub(super) fn shelf_less(&self, listing: &Listing, taken: &HashMap<i64, i64>) -> Shelf {
        let shelf = self.shelf(listing);
        let taken = taken
            .get(&listing.vendor_item_id)
            .copied()
            .unwrap_or_default();
        Shelf {
            stock: shelf.stock - taken,
            ..shelf
        }
    }

    pub(super) fn take_from_shelves(&mut self, parcels: &[Parcel]) {
        for line in parcels.iter().flat_map(|parcel| &parcel.lines) {
            self.change_shelf(line.vendor_item_id, |shelf| {
                shelf.stock = (shelf.stock - line.quantity).max(0);
            });
        }
    }

    pub(super) fn apply_shelf(&mut self, vendor_item_id: i64, change: ShelfChange) {
        self.change_shelf(vendor_item_id, |shelf| match change {
            ShelfChange::Stock { to } => shelf.stock = to,
            ShelfChange::Price { to } => shelf.price = to,
            ShelfChange::ListPrice { to } => shelf.list_price = to,
            ShelfChange::Stopped => shelf.on_sale = false,
            ShelfChange::Resumed => shelf.on_sale = true,
        });
    }

    fn change_shelf(&mut self, vendor_item_id: i64, change: impl FnOnce(&mut Shelf)) {
        let Some(start) = self
            .listing(vendor_item_id)
            .map(|(_, listing)| Shelf::of(listing))
        else {
            return;
        };
        change(self.shelves.entry(vendor_item_id).or_insert(start));
    }

    /// When the seller registered a product, by its number: the shop opened on 2 January 2026, product by product.
    pub fn registered_at(seller_product_id: i64) -> DateTime<Utc> {
        const OPENED: i64 = 1_767_315_600;
        let place = seller_product_id.rem_euclid(1_000);
        DateTime::from_timestamp(OPENED + place * 180, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_leads_back_to_its_account() {
        let world = World::new(1, 3);
        for (index, account) in (0_u32..).zip(world.accounts()) {
            for listing in &account.listings {
                let found = world.listing(listing.vendor_item_id).unwrap();
                assert_eq!((found.0, found.1.sku), (index, listing.sku));
            }
        }
        assert!(world.listing(1).is_none());
    }
}
