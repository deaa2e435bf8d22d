//! Storing what a read showed: load, plan, write, tell, in one transaction.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use metrics::counter;
use moa_id::{MerchantId, OrderId};
use moa_outbox::NewEvent;
use sqlx::PgConnection;

use super::App;
use super::seal_contacts::ContactToSeal;
use crate::domain::account::Account;
use crate::domain::claim::Claim;
use crate::domain::contact::Contact;
use crate::domain::listing::{ListingSight, sights};
use crate::domain::order::{FetchedOrder, Line, Order};
use crate::domain::overlap::LateRule;
use crate::domain::upsert::{Change, Known, Step, plan};
use crate::store::lines::PlacedLine;
use crate::store::{claims, lines, listings, orders};
use crate::{Error, events};

/// What storing a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Rows that wrote something.
    pub(crate) changed: usize,
    /// Orders seen for the first time.
    pub(crate) placed: usize,
    /// Of those, the ones that an earlier read should have shown.
    pub(crate) late: usize,
    /// Rows of orders whose contact was erased: the page that showed them is not kept.
    pub(crate) erased: usize,
}

impl Stored {
    /// Something that was here is otherwise now: what the other looks showed of it last may be news when it comes back.
    pub(crate) const fn changes_known(&self) -> bool {
        self.changed > self.placed
    }
}

impl std::ops::AddAssign for Stored {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.placed += other.placed;
        self.late += other.late;
        self.erased += other.erased;
    }
}

/// What is to be written.
#[derive(Default)]
struct Writes {
    placed: Vec<Order>,
    changed: Vec<Change>,
}

impl App {
    /// Stores orders in the caller's transaction. Reading what is known takes no lock, so that a page of known orders
    /// writes nothing; only orders that differ are locked and compared again.
    pub(super) async fn store_orders(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        fetched: &[FetchedOrder],
        late: Option<LateRule>,
    ) -> Result<Stored, Error> {
        let keys: Vec<String> = fetched.iter().map(|o| o.channel_order_id.clone()).collect();
        let now = self.clock.now();
        let found = orders::find(conn, account, &keys).await?;
        let known = self.known(conn, account, &found, &keys).await?;
        let erased = known.orders.values();
        let erased = erased.filter(|order| order.contact.is_some_and(|mark| mark.erased));
        let erased = erased.count();
        let mut placed = Vec::new();
        let mut differing = HashSet::new();
        for step in plan(account, &known, fetched, now, &self.ids) {
            match step {
                Step::Place(order) => placed.push(*order),
                Step::Change(change) => {
                    differing.insert(change.order.channel_order_id);
                }
            }
        }

        if !placed.is_empty() {
            let rows: Vec<&Order> = placed.iter().collect();
            orders::insert(conn, account, &rows).await?;
        }
        let mut again: Vec<FetchedOrder> = fetched
            .iter()
            .filter(|order| differing.contains(&order.channel_order_id))
            .cloned()
            .collect();
        let changed = self.plan_changes(conn, account, &mut again, now).await?;
        let writes = Writes { placed, changed };
        self.write(conn, account, fetched, &again, &writes).await?;

        let is_late = |order: &&Order| late.is_some_and(|rule| rule.is_late(&order.facts));
        Ok(Stored {
            changed: writes.placed.len() + writes.changed.len(),
            placed: writes.placed.len(),
            late: writes.placed.iter().filter(is_late).count(),
            erased,
        })
    }

    /// Locks orders and plans what differs from what is stored now.
    async fn plan_changes(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        fetched: &mut [FetchedOrder],
        now: DateTime<Utc>,
    ) -> Result<Vec<Change>, Error> {
        if fetched.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = fetched.iter().map(|o| o.channel_order_id.clone()).collect();
        let locked = orders::lock(conn, account, &keys).await?;
        let known = self.known(conn, account, &locked, &[]).await?;
        self.complete_contacts(conn, account.merchant_id, &known, fetched)
            .await?;
        let mut changes = Vec::new();
        for step in plan(account, &known, fetched, now, &self.ids) {
            match step {
                Step::Change(change) => changes.push(*change),
                Step::Place(order) => {
                    return Err(Error::Undecodable {
                        table: "orders",
                        id: order.channel_order_id,
                        reason: "it was there a moment ago and is gone".to_owned(),
                    });
                }
            }
        }
        Ok(changes)
    }

    /// What is stored of these orders, and the claims that wait for any of `keys`.
    pub(super) async fn known(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        order_ids: &[OrderId],
        keys: &[String],
    ) -> Result<Known, Error> {
        let orders = orders::load(conn, account.merchant_id, order_ids).await?;
        let waiting = match keys {
            [] => Vec::new(),
            keys => claims::waiting_for(conn, account, keys).await?,
        };
        let by_key = orders.into_iter();
        Ok(Known {
            orders: by_key
                .map(|order| (order.channel_order_id.clone(), order))
                .collect(),
            waiting,
        })
    }

    async fn write(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        fetched: &[FetchedOrder],
        completed: &[FetchedOrder],
        writes: &Writes,
    ) -> Result<(), Error> {
        if writes.placed.is_empty() && writes.changed.is_empty() {
            return Ok(());
        }
        let merchant_id = account.merchant_id;
        let changed: Vec<&Order> = writes.changed.iter().map(|c| &c.order).collect();
        orders::update(conn, merchant_id, &changed).await?;
        lines::insert(conn, merchant_id, &placed_lines(writes)).await?;
        lines::save(conn, merchant_id, &changed_lines(writes)).await?;

        let placed = writes.placed.iter();
        let placed = placed.filter_map(|order| to_seal(order, fetched));
        let resealed = writes.changed.iter().filter(|change| change.contact);
        let resealed = resealed.filter_map(|change| to_seal(&change.order, completed));
        let (placed, resealed): (Vec<_>, Vec<_>) = (placed.collect(), resealed.collect());
        self.seal_contacts(conn, merchant_id, &placed, &resealed)
            .await?;

        let linked: Vec<&Claim> = writes.placed.iter().flat_map(|o| &o.claims).collect();
        claims::save(conn, account, &linked).await?;

        let mut told = self.tell(merchant_id, writes);
        let all = writes.placed.iter().chain(changed.iter().copied());
        told.extend(self.store_listings(conn, account, all).await?);
        self.outbox.push_all(conn, &told).await?;
        alarm_unknown_states(account, writes);
        Ok(())
    }

    fn tell(&self, merchant_id: MerchantId, writes: &Writes) -> Vec<NewEvent> {
        let placed = writes.placed.iter();
        let placed = placed.map(|order| events::order_placed(&self.ids, merchant_id, order));
        let changed = writes.changed.iter();
        let changed =
            changed.map(|change| events::order_changed(&self.ids, merchant_id, &change.order));
        placed.chain(changed).collect()
    }

    /// Saves names of listings that are news, and tells of them.
    async fn store_listings<'a>(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        orders: impl Iterator<Item = &'a Order>,
    ) -> Result<Vec<NewEvent>, Error> {
        let seen = sights(orders);
        let ids: Vec<&str> = seen.keys().map(String::as_str).collect();
        let known = listings::load(conn, account, &ids).await?;
        let mut news: Vec<(&str, &ListingSight)> = seen
            .iter()
            .filter(|(id, sight)| sight.is_news_to(known.get(*id)))
            .map(|(id, sight)| (id.as_str(), sight))
            .collect();
        if news.is_empty() {
            return Ok(Vec::new());
        }
        // One order for all writers, or two of them could wait for each other.
        news.sort();
        let saved = listings::save(conn, account, &news, &self.ids).await?;
        let now = self.clock.now();
        let told = saved.iter();
        let told = told.map(|listing| events::listing_seen(&self.ids, account, listing, now));
        Ok(told.collect())
    }
}

fn placed_lines(writes: &Writes) -> Vec<PlacedLine<'_>> {
    let orders = writes.placed.iter();
    orders.flat_map(|order| lines_of(order, |_| true)).collect()
}

fn changed_lines(writes: &Writes) -> Vec<PlacedLine<'_>> {
    let changes = writes.changed.iter();
    let lines = changes.flat_map(|change| {
        lines_of(&change.order, |line| {
            change.lines.contains(&line.channel_line_id)
        })
    });
    lines.collect()
}

fn lines_of(order: &Order, wanted: impl Fn(&Line) -> bool) -> impl Iterator<Item = PlacedLine<'_>> {
    let order_id = order.order_id.as_uuid();
    let lines = order.lines.iter().enumerate();
    let wanted = lines.filter(move |(_, line)| wanted(line));
    wanted.map(move |(position, line)| PlacedLine {
        order_id,
        position,
        line,
    })
}

fn to_seal<'a>(order: &'a Order, fetched: &'a [FetchedOrder]) -> Option<ContactToSeal<'a>> {
    // Both are sorted by the channel's id.
    let index = fetched
        .binary_search_by(|read| read.channel_order_id.cmp(&order.channel_order_id))
        .ok()?;
    let contact: &Contact = &fetched.get(index)?.contact.as_ref()?.contact;
    Some(ContactToSeal { order, contact })
}

/// A state that we have no word for is stored and shown; somebody has to teach it to channel-proxy.
fn alarm_unknown_states(account: &Account, writes: &Writes) {
    let orders = writes.placed.iter();
    let orders = orders.chain(writes.changed.iter().map(|change| &change.order));
    for order in orders {
        for word in order.unknown_states() {
            counter!("moa_order_sync_unknown_states_total", "channel" => account.channel.clone())
                .increment(1);
            tracing::error!(
                order.id = %order.order_id,
                channel.code = %account.channel,
                "order {} is in a state of {} that Moa has no word for: {word:?}",
                order.order_id,
                account.channel
            );
        }
    }
}
