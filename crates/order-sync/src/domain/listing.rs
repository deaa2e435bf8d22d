//! A sellable unit as a channel offers it, known from the orders it was sold in and from the channel's product list.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_money::Money;

use super::order::Order;

/// Its names in one order. Compared by the time of the order: the newest order knows the present names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListingSight {
    pub(crate) ordered_at: DateTime<Utc>,
    pub(crate) product_name: String,
    pub(crate) option_name: String,
    pub(crate) sku_code: String,
}

/// As the channel's product list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedOffer {
    pub(crate) channel_listing_id: String,
    pub(crate) channel_product_id: String,
    pub(crate) product_name: String,
    pub(crate) option_name: String,
    pub(crate) sku_code: String,
    pub(crate) barcode: String,
    pub(crate) price: Option<Money>,
    pub(crate) on_sale: Option<bool>,
    pub(crate) read_at: DateTime<Utc>,
}

impl ListingSight {
    /// Whether these names are news to whoever knows `known`.
    pub(crate) fn is_news_to(&self, known: Option<&Self>) -> bool {
        known.is_none_or(|known| {
            self > known
                && (&self.product_name, &self.option_name, &self.sku_code)
                    != (&known.product_name, &known.option_name, &known.sku_code)
        })
    }
}

/// The newest names of every listing in these orders.
pub(crate) fn sights<'a>(
    orders: impl IntoIterator<Item = &'a Order>,
) -> HashMap<String, ListingSight> {
    let mut newest: HashMap<String, ListingSight> = HashMap::new();
    for order in orders {
        let ordered_at = order.facts.ordered_at.value.unwrap_or(order.created_at);
        for line in &order.lines {
            let Some(listing) = line.facts.channel_listing_id.value.clone() else {
                continue;
            };
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let sight = ListingSight {
                ordered_at,
                product_name: text(&line.facts.product_name.value),
                option_name: text(&line.facts.option_name.value),
                sku_code: text(&line.facts.sku_code.value),
            };
            let known = newest.entry(listing).or_insert_with(|| sight.clone());
            if sight > *known {
                *known = sight;
            }
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(second: i64, name: &str) -> ListingSight {
        ListingSight {
            ordered_at: DateTime::from_timestamp(second, 0).unwrap(),
            product_name: name.to_owned(),
            option_name: String::new(),
            sku_code: String::new(),
        }
    }

    #[test]
    fn only_other_names_in_a_newer_order_are_news() {
        let known = sight(5, "사과");
        assert!(sight(1, "사과").is_news_to(None));
        assert!(sight(6, "햇사과").is_news_to(Some(&known)));
        assert!(!sight(6, "사과").is_news_to(Some(&known)));
        assert!(!sight(4, "햇사과").is_news_to(Some(&known)));
    }
}
