//! SmartStore's part of the world: payments with their product orders, one feed row for each, claims, goods, tokens.
//!
//! It changes by [`SmartFact`]s alone, so that replaying the journal rebuilds it.

mod apply;
mod draft;
mod fact;
mod goods;
mod inquiry;
mod lists;
mod model;
#[cfg(test)]
mod story_tests;
mod words;

pub use draft::{Shopping, draft};
pub use fact::{SmartFact, What};
pub use goods::{Place, Product, ProductOption, origin_numbers, origin_of, place};
pub use inquiry::{Inquiry, InquiryAnswer, Question};
pub use model::{
    Claim, Collect, Delay, Holdback, Hope, Order, ProductOrder, Recipient, Row, Shipment, Stage,
};
pub use words::{
    Change, ClaimKind, ClaimStatus, GiftStatus, Method, PlaceStatus, RangeType, Status, Word,
};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::world::Account;

/// Everything that exists at SmartStore. Lists are read through the ordered sets.
#[derive(Default)]
pub struct SmartStore {
    /// Accounts by client id.
    clients: HashMap<String, u32>,
    orders: HashMap<i64, Order>,
    order_sequence: Vec<i64>,
    product_orders: HashMap<i64, ProductOrder>,
    claims: u64,
    /// (account, changed, id) of every feed row, also of those that are not shown yet or not any more.
    feed: BTreeSet<(u32, DateTime<Utc>, i64)>,
    /// (account, which time, time, id) of every product order.
    times: BTreeSet<(u32, RangeType, DateTime<Utc>, i64)>,
    /// (what it waits for, since when, id) of every product order that time moves on.
    stages: BTreeSet<(Stage, DateTime<Utc>, i64)>,
    /// Which product orders carry a number: (account, company, number).
    numbers: HashMap<(u32, String, String), Vec<i64>>,
    /// Goods that are not any more what they were derived as.
    goods: HashMap<i64, Product>,
    questions: BTreeMap<i64, Question>,
    inquiries: BTreeMap<i64, Inquiry>,
    tokens: HashMap<String, Token>,
    /// The newest token of an account, for the store itself and for a seller.
    newest_tokens: HashMap<(u32, bool), String>,
    /// When (real time) each account last made a non-standard token call.
    penalties: HashMap<u32, DateTime<Utc>>,
}

/// A bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub account: u32,
    /// Real time.
    pub expires_at: DateTime<Utc>,
}

impl SmartStore {
    pub fn new(accounts: &[Account]) -> Self {
        let clients = (0..).zip(accounts);
        Self {
            clients: clients
                .map(|(index, account)| (account.smartstore.client_id.clone(), index))
                .collect(),
            ..Self::default()
        }
    }

    pub fn client(&self, client_id: &str) -> Option<u32> {
        self.clients.get(client_id).copied()
    }

    pub fn order(&self, id: i64) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// How many orders were ever placed, which is the number of the next one.
    pub fn order_count(&self) -> u64 {
        self.orders.len() as u64
    }

    /// The orders placed last, newest first.
    pub fn latest_orders(&self, limit: usize) -> impl Iterator<Item = &Order> {
        self.order_sequence
            .iter()
            .rev()
            .take(limit)
            .filter_map(|id| self.orders.get(id))
    }

    pub fn product_order(&self, id: i64) -> Option<&ProductOrder> {
        self.product_orders.get(&id)
    }

    /// The product orders of an order.
    pub fn parts(&self, order: &Order) -> impl Iterator<Item = &ProductOrder> {
        order
            .product_orders
            .iter()
            .filter_map(|id| self.product_orders.get(id))
    }

    /// A number for the next claim.
    pub fn next_claim_id(&self, offset: u64, now: DateTime<Utc>) -> i64 {
        draft::day_number(now, self.claims + offset, 30_000_000, 1)
    }

    /// The product orders of this account that carry this number.
    pub fn with_number(
        &self,
        account: u32,
        company: &str,
        number: &str,
    ) -> impl Iterator<Item = &ProductOrder> {
        let key = (account, company.to_owned(), number.to_owned());
        self.numbers
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(|id| self.product_orders.get(id))
    }

    /// A product of any account, as it stands.
    pub fn product(&self, accounts: &[Account], origin_no: i64) -> Option<Product> {
        if let Some(changed) = self.goods.get(&origin_no) {
            return Some(changed.clone());
        }
        let index = goods::account_of(origin_no)?;
        let account = accounts.get(usize::try_from(index).ok()?)?;
        goods::derive(index, account, origin_no)
    }

    pub fn token(&self, text: &str) -> Option<Token> {
        self.tokens.get(text).copied()
    }

    /// The newest token of an account for the store itself or for a seller.
    pub fn newest_token(&self, account: u32, for_seller: bool) -> Option<(&str, Token)> {
        let text = self.newest_tokens.get(&(account, for_seller))?;
        Some((text, self.token(text)?))
    }

    pub fn token_count(&self) -> u64 {
        self.tokens.len() as u64
    }

    /// When (real time) the account last made a non-standard token call.
    pub fn penalized_at(&self, account: u32) -> Option<DateTime<Utc>> {
        self.penalties.get(&account).copied()
    }

    /// Remembers that the account was shown these at `at` (real time), each by itself.
    pub fn look_directly(&mut self, ids: &[i64], at: DateTime<Utc>) {
        for id in ids {
            if let Some(product_order) = self.product_orders.get_mut(id) {
                product_order.looks.direct_at = Some(at);
            }
        }
    }

    /// The same for rows of a list.
    pub fn look_in_list(&mut self, ids: &[i64], at: DateTime<Utc>) {
        for id in ids {
            if let Some(product_order) = self.product_orders.get_mut(id) {
                product_order.looks.list_at = Some(at);
            }
        }
    }
}
