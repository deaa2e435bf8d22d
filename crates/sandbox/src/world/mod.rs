//! What exists in the outside world and what happens to it.
//!
//! The world changes by [`Fact`]s alone ([`World::apply`]), so that replaying the journal rebuilds it. Deciding which
//! fact a call leads to is the business of the channel that was called.

mod accounts;
mod apply;
mod cancel;
mod dice;
mod draft;
mod exchange;
mod fact;
mod inquiry;
mod keys;
mod listings;
mod message;
mod model;
mod people;
mod places;
mod query;
mod receipt;
mod returns;
mod revenue;
mod shelf;
mod stale;

pub use accounts::Account;
pub use cancel::{CancelItem, CancelRefusal, Reach};
pub use dice::Dice;
pub use draft::{Purchase, Wish, WishedReceiver};
pub use exchange::{Exchange, ExchangeEvent, ExchangeItem, ExchangeStatus};
pub use fact::{Channel, Fact, PlannedDay, Upload};
pub use inquiry::{Answer, Counsel, CounselState, CounselWish, InquiryEvent, Question};
pub use keys::KeyEvent;
pub use listings::{GoodsKind, Listing};
pub use message::{Message, MessageKind, Pace};
pub use model::{Discounts, Line, Looks, Order, Parcel, ParcelStatus, Tracking};
pub use people::{Person, draw_note};
pub use places::Address;
pub use query::{Page, ReceiptGroup, Span};
pub use receipt::{
    Collection, CompletedBy, Reason, Receipt, ReceiptItem, ReceiptKind, ReceiptStatus, Release,
};
pub use returns::ReturnEvent;
pub use revenue::{Earning, EarningKind};
pub use shelf::{MOST_STOCK, Shelf, ShelfChange};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::smartstore::world::SmartStore;

/// Everything that exists. Lists are read through the ordered sets, never by looking at everything.
pub struct World {
    pub seed: u64,
    accounts: Vec<Account>,
    /// Accounts by access key, SOLAPI key and Slack team, none of which can be another's.
    keys: HashMap<String, u32>,
    /// Accounts whose key at Coupang is past its end.
    expired_keys: HashSet<u32>,
    /// How many keys each account was issued after the first.
    key_serials: HashMap<u32, u32>,
    lag: TimeDelta,
    /// Parcels that changed lately, by place, as lists still show them.
    stale: BTreeMap<usize, stale::Snapshot>,
    /// When the fact was recorded that is being applied.
    applying_at: DateTime<Utc>,
    orders: HashMap<i64, Order>,
    order_sequence: Vec<i64>,
    parcels: Vec<Parcel>,
    parcel_places: HashMap<i64, usize>,
    /// (account, status, created, place) of every parcel.
    sheets: BTreeSet<(u32, ParcelStatus, DateTime<Utc>, usize)>,
    /// Orders that lists do not show yet.
    hidden: BTreeSet<(DateTime<Utc>, i64)>,
    /// (status, uploaded, place) of dispatched parcels on their way.
    travelling: BTreeSet<(ParcelStatus, DateTime<Utc>, usize)>,
    receipts: HashMap<i64, Receipt>,
    receipts_of_order: HashMap<i64, Vec<i64>>,
    /// (account, group, created, id) of every receipt.
    receipt_groups: BTreeSet<(u32, ReceiptGroup, DateTime<Utc>, i64)>,
    /// (account, withdrawn, id) of every receipt that a buyer took back.
    withdrawals: BTreeSet<(u32, DateTime<Utc>, i64)>,
    exchanges: BTreeMap<i64, Exchange>,
    exchanges_of_order: HashMap<i64, Vec<i64>>,
    /// (account, created, id) of every exchange.
    exchange_times: BTreeSet<(u32, DateTime<Utc>, i64)>,
    /// Options whose state is not that of the beginning.
    shelves: HashMap<i64, Shelf>,
    questions: BTreeMap<i64, Question>,
    counsels: BTreeMap<i64, Counsel>,
    /// (asked, id) of what nobody answered yet.
    open_counsels: BTreeSet<(DateTime<Utc>, i64)>,
    /// How many parcels were ever split off another.
    splits: u64,
    /// Which parcels carry a number: (account, carrier, number).
    numbers: HashMap<(u32, String, String), Vec<i64>>,
    messages: Vec<Message>,
    message_places: HashMap<String, usize>,
    messages_to: HashMap<String, Vec<usize>>,
    messages_of_group: HashMap<String, Vec<usize>>,
    /// What each account has paid for messages.
    spent: HashMap<u32, i64>,
    pub clock_offset_seconds: i64,
    pub smartstore: SmartStore,
}

impl World {
    pub fn new(seed: u64, accounts: u32) -> Self {
        let accounts = accounts::derive(seed, accounts);
        let mut keys = HashMap::new();
        for (index, account) in (0..).zip(&accounts) {
            for key in [
                &account.access_key,
                &account.solapi_key,
                &account.slack_team,
            ] {
                keys.insert(key.clone(), index);
            }
        }
        Self {
            seed,
            smartstore: SmartStore::new(&accounts),
            accounts,
            keys,
            expired_keys: HashSet::new(),
            key_serials: HashMap::new(),
            lag: TimeDelta::zero(),
            stale: BTreeMap::new(),
            applying_at: DateTime::UNIX_EPOCH,
            orders: HashMap::new(),
            order_sequence: Vec::new(),
            parcels: Vec::new(),
            parcel_places: HashMap::new(),
            sheets: BTreeSet::new(),
            hidden: BTreeSet::new(),
            travelling: BTreeSet::new(),
            receipts: HashMap::new(),
            receipts_of_order: HashMap::new(),
            receipt_groups: BTreeSet::new(),
            withdrawals: BTreeSet::new(),
            exchanges: BTreeMap::new(),
            exchanges_of_order: HashMap::new(),
            exchange_times: BTreeSet::new(),
            shelves: HashMap::new(),
            questions: BTreeMap::new(),
            counsels: BTreeMap::new(),
            open_counsels: BTreeSet::new(),
            splits: 0,
            numbers: HashMap::new(),
            messages: Vec::new(),
            message_places: HashMap::new(),
            messages_to: HashMap::new(),
            messages_of_group: HashMap::new(),
            spent: HashMap::new(),
            clock_offset_seconds: 0,
        }
    }

    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    pub fn account(&self, index: u32) -> Option<&Account> {
        self.accounts.get(usize::try_from(index).ok()?)
    }

    /// The account that an access key, SOLAPI key or Slack team belongs to.
    pub fn account_with_key(&self, key: &str) -> Option<(u32, &Account)> {
        let index = *self.keys.get(key)?;
        Some((index, self.account(index)?))
    }

    pub fn order(&self, id: i64) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// The orders placed last, newest first.
    pub fn latest_orders(&self, limit: usize) -> Vec<&Order> {
        self.order_sequence
            .iter()
            .rev()
            .take(limit)
            .filter_map(|id| self.orders.get(id))
            .collect()
    }

    /// How many orders were ever placed, which is the number of the next one.
    pub fn order_count(&self) -> u64 {
        self.orders.len() as u64
    }

    pub fn parcel(&self, id: i64) -> Option<&Parcel> {
        self.parcels.get(*self.parcel_places.get(&id)?)
    }

    /// The parcel as seen by one account: those of others do not exist for it.
    pub fn parcel_of(&self, account: u32, id: i64) -> Option<&Parcel> {
        self.parcel(id).filter(|parcel| parcel.account == account)
    }

    pub fn receipt(&self, id: i64) -> Option<&Receipt> {
        self.receipts.get(&id)
    }

    pub fn receipts_of_order(&self, order_id: i64) -> impl Iterator<Item = &Receipt> {
        self.receipts_of_order
            .get(&order_id)
            .into_iter()
            .flatten()
            .filter_map(|id| self.receipts.get(id))
    }

    /// How many receipts were ever made.
    pub fn receipt_count(&self) -> u64 {
        self.receipts.len() as u64
    }

    /// The parcels of this account that carry this number.
    pub fn parcels_with_number(
        &self,
        account: u32,
        carrier: &str,
        number: &str,
    ) -> impl Iterator<Item = &Parcel> {
        let key = (account, carrier.to_owned(), number.to_owned());
        self.numbers
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(|id| self.parcel(*id))
    }

    /// Remembers that the account was shown these parcels at `at` (real time).
    pub fn look_directly(&mut self, parcel_ids: &[i64], at: DateTime<Utc>) {
        for id in parcel_ids {
            if let Some(parcel) = self.looked_at(*id) {
                parcel.looks.direct_at = Some(at);
            }
        }
    }

    /// The same for rows of a list, which may lag. `now` is world time, `at` real.
    pub fn look_in_list(&mut self, parcel_ids: &[i64], now: DateTime<Utc>, at: DateTime<Utc>) {
        for id in parcel_ids {
            let shown_at = self.shown_at(*id, now, at);
            if let Some(parcel) = self.looked_at(*id) {
                parcel.looks.list_at = parcel.looks.list_at.max(Some(shown_at));
            }
        }
    }

    fn looked_at(&mut self, id: i64) -> Option<&mut Parcel> {
        let place = *self.parcel_places.get(&id)?;
        self.parcels.get_mut(place)
    }

    /// A parcel that is about to change.
    fn parcel_mut(&mut self, id: i64) -> Option<&mut Parcel> {
        let place = *self.parcel_places.get(&id)?;
        self.remember(place);
        self.parcels.get_mut(place)
    }
}
