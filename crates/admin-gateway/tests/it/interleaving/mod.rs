//! Any interleaving of what the services tell ends in the same board.
//!
//! Nothing leaves the house from here, so nothing may depend on what came first: rows, numbers and the timeline are the same
//! however events are mixed, repeated and batched, and whichever service was heard first.

mod history;
mod teller;
mod turns;

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use admin_gateway::feeds::{
    EntitlementsFeed, ListingsFeed, MessagesFeed, OrdersFeed, ParcelsFeed, ShipmentsFeed,
};
use moa_id::{MerchantId, OrderId};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_testkit::holds;
use proptest::prelude::*;
use sqlx::PgPool;
use uuid::Uuid;

use crate::stage::Stage;
use history::Story;
use teller::Told;

/// More events than the stories have.
const MOST: usize = 48;

/// Stories and one way in which their events arrive.
#[derive(Clone)]
struct Case {
    stories: Vec<Story>,
    /// Events are sorted by it; equal ones arrive as they were told.
    places: Vec<u8>,
    /// Events that arrive once more, each at its place.
    again: Vec<(u8, u8)>,
    /// Whether what follows comes in the same batch, if it is of the same feed.
    goes_on: Vec<bool>,
}

fn case() -> impl Strategy<Value = Case> {
    let places = prop::collection::vec(any::<u8>(), MOST);
    let again = prop::collection::vec((any::<u8>(), any::<u8>()), 0..6);
    let goes_on = prop::collection::vec(prop::bool::weighted(0.8), MOST);
    (history::stories(), places, again, goes_on).prop_map(|(stories, places, again, goes_on)| {
        Case {
            stories,
            places,
            again,
            goes_on,
        }
    })
}

impl Case {
    fn events(&self, stage: &Stage, merchant: MerchantId) -> Vec<Told> {
        let stories = self.stories.iter();
        stories
            .flat_map(|story| story.told(&stage.ids, merchant))
            .collect()
    }

    /// Batches in the order of their arrival.
    fn mixed<'a>(&self, events: &'a [Told]) -> Vec<Vec<&'a Told>> {
        let mut arrivals: Vec<(u8, &Told)> = self.places.iter().copied().zip(events).collect();
        for (place, which) in &self.again {
            arrivals.push((*place, &events[usize::from(*which) % events.len()]));
        }
        arrivals.sort_by_key(|(place, _)| *place);
        let mut batches: Vec<Vec<&Told>> = Vec::new();
        let mut goes_on = false;
        for ((_, told), next) in arrivals.into_iter().zip(self.goes_on.iter().cycle()) {
            match batches.last_mut() {
                Some(batch) if goes_on && batch[0].topic == told.topic => batch.push(told),
                _ => batches.push(vec![told]),
            }
            goes_on = *next;
        }
        batches
    }
}

/// What a person needs to see what happened.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = moa_id::Ids::seeded(1);
        let stories = self.stories.iter();
        let events: Vec<Told> = stories
            .flat_map(|story| story.told(&ids, ids.next()))
            .collect();
        for batch in self.mixed(&events) {
            writeln!(f, "a batch")?;
            for told in batch {
                writeln!(
                    f,
                    "    {} at {}",
                    told.named,
                    told.event.occurred_at.format("%S%.3f")
                )?;
            }
        }
        Ok(())
    }
}

async fn hear(stage: &Stage, topic: &str, events: &[FeedEvent]) {
    let feed: &dyn FeedHandler = match topic {
        "orders" => &OrdersFeed::new(stage.pending()),
        "shipments" => &ShipmentsFeed::new(stage.pending()),
        "entitlements" => &EntitlementsFeed::new(stage.pending()),
        "listings" => &ListingsFeed,
        "parcels" => &ParcelsFeed::new(stage.pending()),
        "messages" => &MessagesFeed::new(stage.pending()),
        other => panic!("no feed {other}"),
    };
    stage.apply(feed, events).await;
}

/// The board as people see it, as text.
async fn board(stage: &Stage, merchant: MerchantId, orders: usize) -> Vec<String> {
    let summary = stage.app.summarize_orders(merchant).await.unwrap();
    let mut shown = format!("{summary:#?}\n");
    for order in 0..orders {
        let id = OrderId::from_uuid(turns::order_id(order));
        let row = stage.app.get_order(merchant, id).await.unwrap();
        shown += &format!("{row:#?}\n");
        for entry in stage.app.get_timeline(merchant, id).await.unwrap() {
            shown += &format!("order {order}: {} {entry:?}\n", entry.at.format("%S%.3f"));
        }
    }
    shown.lines().map(str::to_owned).collect()
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn any_interleaving_ends_in_the_same_board_numbers_and_timeline(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let merchants = AtomicU32::new(1);
    let newcomer = || {
        let number = merchants.fetch_add(1, Ordering::Relaxed);
        MerchantId::from_uuid(Uuid::from_u128(0xA000_0000 + u128::from(number)))
    };
    holds(40, case(), async |case: &Case| {
        let orders = case
            .stories
            .iter()
            .filter(|story| matches!(story, Story::Order(..)))
            .count();
        let told = newcomer();
        for one in case.events(&stage, told) {
            hear(&stage, one.topic, &[one.event]).await;
        }
        let mixed = newcomer();
        for batch in case.mixed(&case.events(&stage, mixed)) {
            let events: Vec<FeedEvent> = batch.iter().map(|told| told.event.clone()).collect();
            hear(&stage, batch[0].topic, &events).await;
        }
        let (told, mixed) = (
            board(&stage, told, orders).await,
            board(&stage, mixed, orders).await,
        );
        let place = told
            .iter()
            .zip(&mixed)
            .position(|(told, mixed)| told != mixed);
        match place.or((told.len() != mixed.len()).then_some(told.len().min(mixed.len()))) {
            None => Ok(()),
            Some(at) => Err(format!(
                "after {:?} it says {:?} as it was told, and {:?} as it arrived",
                told[..at].iter().rev().take(3).rev().collect::<Vec<_>>(),
                told.get(at),
                mixed.get(at)
            )),
        }
    })
    .await;
}
