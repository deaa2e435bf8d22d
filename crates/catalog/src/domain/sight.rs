//! What a channel shows of a listing, and what is news about it.

use chrono::{DateTime, Utc};
use moa_money::Money;

use super::listing::Attention;

/// Names and the seller's code, as shown at one place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names {
    pub(crate) product_name: String,
    pub(crate) option_name: String,
    pub(crate) sku_code: String,
}

/// A listing as the channel's product list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) names: Names,
    pub(crate) barcode: String,
    pub(crate) channel_product_id: String,
    pub(crate) price: Option<Money>,
    pub(crate) on_sale: Option<bool>,
    pub(crate) read_at: Option<DateTime<Utc>>,
}

/// All that was seen of a listing. Orders and the product list may word one listing differently ("색상: 흰색" and "흰색"),
/// so that each place is compared with itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sight {
    pub(crate) ordered: Option<Names>,
    pub(crate) listed: Option<Offer>,
}

/// Where a channel shows a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Order,
    ProductList,
}

/// What of it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    ProductName,
    OptionName,
    SkuCode,
    Barcode,
}

/// A name or code that became another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) field: Field,
    pub(crate) place: Place,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// What is known of a listing as the channel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) sight: Sight,
    /// What people see.
    pub(crate) shown: Names,
    pub(crate) attention: Option<Attention>,
}

impl Known {
    /// Of a listing that was seen first.
    pub(crate) fn first(sight: Sight) -> Self {
        let mut known = Self {
            sight: Sight::default(),
            shown: Names::default(),
            attention: Some(Attention::New),
        };
        known.see(sight);
        known
    }

    /// Takes over what is seen now. Gives what changed; what is empty now overwrites nothing.
    pub(crate) fn see(&mut self, seen: Sight) -> Vec<Change> {
        let mut changes = Vec::new();
        if let (Some(old), Some(new)) = (&self.sight.listed, &seen.listed) {
            let elsewhere = self.sight.ordered.as_ref();
            changed_names(
                Place::ProductList,
                &old.names,
                &new.names,
                elsewhere,
                &mut changes,
            );
            let barcode = (&old.barcode, &new.barcode);
            note(
                Field::Barcode,
                Place::ProductList,
                barcode,
                None,
                &mut changes,
            );
        }
        if let (Some(old), Some(new)) = (&self.sight.ordered, &seen.ordered) {
            let elsewhere = self.sight.listed.as_ref().map(|listed| &listed.names);
            changed_names(Place::Order, old, new, elsewhere, &mut changes);
        }
        let listed = seen.listed.as_ref().map(|listed| &listed.names);
        let was_listed = self.sight.listed.as_ref().map(|listed| &listed.names);
        self.shown.follow(was_listed, listed);
        self.shown
            .follow(self.sight.ordered.as_ref(), seen.ordered.as_ref());
        if let Some(names) = seen.ordered {
            self.sight.ordered.get_or_insert_default().take_over(names);
        }
        if let Some(offer) = seen.listed {
            match &mut self.sight.listed {
                Some(known) => known.take_over(offer),
                None => self.sight.listed = Some(offer),
            }
        }
        if !changes.is_empty() && self.attention.is_none() {
            self.attention = Some(Attention::Changed);
        }
        changes
    }
}

impl Names {
    /// Fills what is empty, and takes over what changed at one place.
    fn follow(&mut self, was: Option<&Self>, is: Option<&Self>) {
        let Some(is) = is else {
            return;
        };
        let was = was.unwrap_or(is);
        for (shown, was, is) in [
            (&mut self.product_name, &was.product_name, &is.product_name),
            (&mut self.option_name, &was.option_name, &is.option_name),
            (&mut self.sku_code, &was.sku_code, &is.sku_code),
        ] {
            if !is.is_empty() && (shown.is_empty() || was != is) {
                shown.clone_from(is);
            }
        }
    }

    fn take_over(&mut self, newer: Self) {
        overwrite(&mut self.product_name, newer.product_name);
        overwrite(&mut self.option_name, newer.option_name);
        overwrite(&mut self.sku_code, newer.sku_code);
    }
}

impl Offer {
    fn take_over(&mut self, newer: Self) {
        self.names.take_over(newer.names);
        overwrite(&mut self.barcode, newer.barcode);
        overwrite(&mut self.channel_product_id, newer.channel_product_id);
        self.price = newer.price.or(self.price);
        self.on_sale = newer.on_sale.or(self.on_sale);
        self.read_at = newer.read_at.or(self.read_at);
    }
}

fn overwrite(old: &mut String, new: String) {
    if !new.is_empty() {
        *old = new;
    }
}

fn changed_names(
    place: Place,
    old: &Names,
    new: &Names,
    elsewhere: Option<&Names>,
    changes: &mut Vec<Change>,
) {
    let of = |pick: fn(&Names) -> &String| (pick(old), pick(new), elsewhere.map(pick));
    for (field, (old, new, elsewhere)) in [
        (Field::ProductName, of(|names| &names.product_name)),
        (Field::OptionName, of(|names| &names.option_name)),
        (Field::SkuCode, of(|names| &names.sku_code)),
    ] {
        note(field, place, (old, new), elsewhere, changes);
    }
}

/// A change that was seen at the other place already is no news.
fn note(
    field: Field,
    place: Place,
    (old, new): (&String, &String),
    elsewhere: Option<&String>,
    changes: &mut Vec<Change>,
) {
    let told = |change: &Change| change.field == field && change.new == *new;
    if new.is_empty() || old == new || elsewhere == Some(new) || changes.iter().any(told) {
        return;
    }
    changes.push(Change {
        field,
        place,
        old: old.clone(),
        new: new.clone(),
    });
}

#[cfg(test)]
#[path = "sight_tests.rs"]
mod tests;
