//! What the merchant is told of new orders: no names, no phone numbers.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::OrderId;
use moa_money::Money;

/// Products that are named; the rest is counted.
const NAMED_PRODUCTS: usize = 5;
const NAME_CHARS: usize = 80;
/// Orders older than this come from a backfill, and nobody waits for them.
const FRESH: TimeDelta = TimeDelta::hours(24);

/// What is told of one order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewOrder {
    pub(crate) order_id: OrderId,
    pub(crate) channel: String,
    /// Product as sold, with its quantity.
    pub(crate) products: Vec<(String, i64)>,
    /// Absent when its sums are of several currencies or too large.
    pub(crate) total: Option<Money>,
}

/// Several orders as one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) orders: usize,
    /// Channel code and number of orders, the most first.
    pub(crate) channels: Vec<(String, usize)>,
    /// Product and quantity, the most first; at most five.
    pub(crate) products: Vec<(String, i64)>,
    pub(crate) more_products: usize,
    /// Absent when it cannot be summed.
    pub(crate) total: Option<Money>,
}

/// Whether an order is news at `now`.
pub(crate) fn is_news(ordered_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - ordered_at <= FRESH
}

impl Announcement {
    pub(crate) fn of(orders: &[NewOrder]) -> Self {
        let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
        let mut products: BTreeMap<String, i64> = BTreeMap::new();
        for order in orders {
            *channels.entry(&order.channel).or_default() += 1;
            for (name, quantity) in &order.products {
                let sum = products.entry(one_line(name)).or_default();
                *sum = sum.saturating_add(*quantity);
            }
        }
        let mut channels: Vec<(String, usize)> = channels
            .into_iter()
            .map(|(code, number)| (code.to_owned(), number))
            .collect();
        channels.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        let mut products: Vec<(String, i64)> = products.into_iter().collect();
        products.sort_by_key(|(_, quantity)| std::cmp::Reverse(*quantity));
        let more_products = products.len().saturating_sub(NAMED_PRODUCTS);
        products.truncate(NAMED_PRODUCTS);
        Self {
            orders: orders.len(),
            channels,
            products,
            more_products,
            total: sum(orders.iter().map(|order| order.total)),
        }
    }

    /// The message in Slack's own notation.
    pub(crate) fn text(&self) -> String {
        let channels: Vec<String> = self
            .channels
            .iter()
            .map(|(code, number)| format!("{} {number}건", escaped(channel_name(code))))
            .collect();
        let mut text = format!("새 주문 {}건 ({})", self.orders, channels.join(", "));
        for (name, quantity) in &self.products {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n• {} × {quantity}", escaped(name));
        }
        if self.more_products > 0 {
            let _ = write!(text, "\n외 상품 {}종", self.more_products);
        }
        if let Some(total) = self.total {
            let _ = write!(text, "\n합계 {total}");
        }
        text
    }
}

/// The sum, when every part is known and of one currency.
pub(crate) fn sum(parts: impl IntoIterator<Item = Option<Money>>) -> Option<Money> {
    let mut parts = parts.into_iter();
    let first = parts.next()??;
    parts.try_fold(first, |sum, part| sum.checked_add(part?).ok())
}

pub(super) fn channel_name(code: &str) -> &str {
    match code {
        "coupang" => "쿠팡",
        "smartstore" => "스마트스토어",
        other => other,
    }
}

fn one_line(name: &str) -> String {
    let mut words = name.split_whitespace();
    let mut line = words.next().unwrap_or("이름 없는 상품").to_owned();
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    match line.char_indices().nth(NAME_CHARS) {
        Some((end, _)) => {
            line.truncate(end);
            line + "…"
        }
        None => line,
    }
}

/// Slack reads these three as markup: a product's name must not become a link or a call to everybody.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;
    use moa_money::Currency;

    use super::*;

    fn order(channel: &str, products: &[(&str, i64)], total: Money) -> NewOrder {
        let products = products.iter().map(|(name, n)| ((*name).to_owned(), *n));
        NewOrder {
            order_id: Ids::seeded(1).next(),
            channel: channel.to_owned(),
            products: products.collect(),
            total: Some(total),
        }
    }

    #[test]
    fn orders_become_one_message() {
        let told = Announcement::of(&[
            order("coupang", &[("머그컵 흰색", 2)], Money::krw(19_000)),
            order("smartstore", &[("전자책", 1)], Money::krw(9_900)),
            order("coupang", &[("머그컵 흰색", 1)], Money::krw(9_500)),
        ]);
        assert_eq!(
            told.text(),
            "새 주문 3건 (쿠팡 2건, 스마트스토어 1건)\n• 머그컵 흰색 × 3\n• 전자책 × 1\n합계 38,400원"
        );
    }

    #[test]
    fn five_products_are_named_and_the_rest_counted() {
        let names = ["가", "나", "다", "라", "마", "바", "사"];
        let products: Vec<(&str, i64)> = names.iter().map(|name| (*name, 1)).collect();
        let told = Announcement::of(&[order("coupang", &products, Money::krw(7_000))]);
        assert_eq!((told.products.len(), told.more_products), (5, 2));
        assert!(told.text().contains("외 상품 2종"));
    }

    #[test]
    fn a_name_is_not_markup() {
        let told = Announcement::of(&[order("coupang", &[("<!channel> A&B", 1)], Money::krw(1))]);
        assert!(told.text().contains("&lt;!channel&gt; A&amp;B"));
    }

    #[test]
    fn what_cannot_be_summed_is_left_out() {
        let dollars = Money::new(1, Currency::parse("USD").unwrap());
        let told = Announcement::of(&[
            order("coupang", &[], Money::krw(1)),
            order("coupang", &[], dollars),
        ]);
        assert_eq!(told.total, None);
        assert!(!told.text().contains("합계"));
    }

    #[test]
    fn yesterdays_orders_are_news_and_older_ones_are_not() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        assert!(is_news(now - TimeDelta::hours(24), now));
        assert!(!is_news(
            now - TimeDelta::hours(24) - TimeDelta::seconds(1),
            now
        ));
        assert!(is_news(now + TimeDelta::minutes(1), now));
    }
}
