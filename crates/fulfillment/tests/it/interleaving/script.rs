//! In which order the news of a world arrive, in which batches, how often, and what happens between them.

use std::fmt;

use proptest::prelude::*;

use super::history::{self, World};

/// More news than a world has.
const MOST: usize = 32;

/// A world and one way in which its news arrive.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) world: World,
    /// How late each of the news is, as a part of `disorder`.
    late: Vec<u8>,
    /// How far news may be behind others: with nothing, all stories go on side by side, each in its order; with 255, any
    /// of the news may be the first.
    disorder: u8,
    /// News that arrive once more, each at its place.
    again: Vec<(u8, u8)>,
    /// What follows each of the news.
    then: Vec<Then>,
    /// Catalog knows everything before its feed tells the first of it.
    is_mapped: bool,
}

/// What follows an arrival.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    /// What comes next, comes in the same batch if it is of the same feed.
    Nothing,
    /// A new batch.
    Batch,
    /// The planner looks.
    Look,
    /// Somebody maps the listings; the news of it come later.
    Map,
    /// An operator packs all that may leave.
    Pack,
    /// An operator sends off all that is packed.
    Send,
    /// The channel takes what it is told.
    Channel,
    /// The links that were granted reach their receivers.
    Links,
}

/// Something that happens.
#[derive(Clone, PartialEq)]
pub(super) enum Step {
    /// A batch of order-sync's feed: orders with their versions.
    Orders(Vec<(usize, usize)>),
    /// A batch of catalog's feed: listings with their versions.
    Listings(Vec<(usize, usize)>),
    /// Catalog has this version of a listing now.
    Mapped(usize, usize),
    Look,
    Pack,
    Send,
    Channel,
    Links,
}

/// Which things happen between the news.
#[derive(Debug, Clone, Copy)]
pub(super) enum Between {
    /// Nothing: everything is heard before anybody looks.
    Nothing,
    /// The planner looks.
    Looks,
    /// People and the channel act.
    Acts,
}

pub(super) fn case(between: Between) -> impl Strategy<Value = Case> {
    let then = match between {
        Between::Nothing => prop_oneof![
            3 => Just(Then::Nothing),
            1 => Just(Then::Batch),
        ]
        .boxed(),
        Between::Looks => prop_oneof![
            3 => Just(Then::Nothing),
            1 => Just(Then::Batch),
            3 => Just(Then::Look),
            2 => Just(Then::Map),
        ]
        .boxed(),
        Between::Acts => prop_oneof![
            2 => Just(Then::Nothing),
            3 => Just(Then::Look),
            3 => Just(Then::Pack),
            2 => Just(Then::Send),
            1 => Just(Then::Channel),
            1 => Just(Then::Links),
        ]
        .boxed(),
    };
    let late = (
        prop::collection::vec(any::<u8>(), MOST),
        prop::sample::select(match between {
            Between::Nothing => vec![40, 255],
            Between::Looks | Between::Acts => vec![0, 40, 255],
        }),
    );
    let again = prop::collection::vec((any::<u8>(), any::<u8>()), 0..4);
    let then = prop::collection::vec(then, MOST);
    let (orders, turns) = match between {
        Between::Nothing => (3, 5),
        Between::Looks => (3, 2),
        Between::Acts => (2, 5),
    };
    (history::world(orders, turns), late, again, then).prop_map(
        move |(world, (late, disorder), again, then)| Case {
            world,
            late,
            disorder,
            again,
            then,
            is_mapped: matches!(between, Between::Acts),
        },
    )
}

impl Case {
    /// Everything in the order in which it was told, each in a batch of its own; then somebody looks.
    pub(super) fn as_told(&self) -> Vec<Step> {
        let news = news_of(&self.world);
        let mut steps: Vec<Step> = news.into_iter().map(|(_, news)| news.into()).collect();
        steps.push(Step::Look);
        steps
    }

    /// As it arrives in this case; in the end somebody looks.
    pub(super) fn as_it_arrives(&self) -> Vec<Step> {
        let news = news_of(&self.world);
        let mut arrivals: Vec<(u32, News)> = Vec::new();
        for (late, (place, news)) in self.late.iter().zip(&news) {
            let behind = u32::from(*late) * u32::from(self.disorder) / 255;
            arrivals.push((place + behind, *news));
        }
        for (place, which) in &self.again {
            let (_, news) = news[usize::from(*which) % news.len()];
            arrivals.push((u32::from(*place), news));
        }
        arrivals.sort_by_key(|(place, _)| *place);
        let mut steps = match self.is_mapped {
            true => self.everything_mapped(),
            false => Vec::new(),
        };
        let mut goes_on = false;
        for ((_, news), then) in arrivals.into_iter().zip(self.then.iter().cycle()) {
            match (steps.last_mut(), news) {
                (Some(Step::Orders(batch)), News::Order(order, version)) if goes_on => {
                    batch.push((order, version));
                }
                (Some(Step::Listings(batch)), News::Listing(listing, version)) if goes_on => {
                    batch.push((listing, version));
                }
                _ => steps.push(news.into()),
            }
            goes_on = *then == Then::Nothing;
            match *then {
                Then::Nothing | Then::Batch => {}
                Then::Look => steps.push(Step::Look),
                Then::Map => steps.extend(self.everything_mapped()),
                Then::Pack => steps.push(Step::Pack),
                Then::Send => steps.push(Step::Send),
                Then::Channel => steps.push(Step::Channel),
                Then::Links => steps.push(Step::Links),
            }
        }
        steps.push(Step::Look);
        steps
    }

    fn everything_mapped(&self) -> Vec<Step> {
        let listings = self.world.listings.iter().enumerate();
        listings
            .map(|(listing, versions)| Step::Mapped(listing, versions.len()))
            .collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum News {
    Order(usize, usize),
    Listing(usize, usize),
}

impl From<News> for Step {
    fn from(news: News) -> Self {
        match news {
            News::Order(order, version) => Self::Orders(vec![(order, version)]),
            News::Listing(listing, version) => Self::Listings(vec![(listing, version)]),
        }
    }
}

/// All news as they were told, each with its place in its story, from 0 to 255.
fn news_of(world: &World) -> Vec<(u32, News)> {
    let mut news = Vec::new();
    let mut tell = |versions: usize, end: usize, one: &dyn Fn(usize) -> News| {
        for version in 1..=versions {
            let place = u32::try_from(255 * version / end).unwrap();
            news.push((place, one(version)));
        }
    };
    for (listing, versions) in world.listings.iter().enumerate() {
        // Orders often wait for what their listings are.
        tell(versions.len(), versions.len(), &|version| {
            News::Listing(listing, version)
        });
    }
    for (order, sale) in world.orders.iter().enumerate() {
        tell(sale.versions(), sale.versions() + 1, &|version| {
            News::Order(order, version)
        });
    }
    news
}

/// What a person needs to see what happened.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.as_it_arrives() {
            match step {
                Step::Orders(batch) => {
                    writeln!(f, "order-sync tells")?;
                    for (order, version) in batch {
                        let story = self.world.orders[order].story(version);
                        writeln!(f, "    order {order} version {version}: {story}")?;
                    }
                }
                Step::Listings(batch) => {
                    writeln!(f, "catalog tells")?;
                    for (listing, version) in batch {
                        let stands_for = self.world.listings[listing][version - 1];
                        let name = history::listing(listing);
                        writeln!(
                            f,
                            "    listing {listing} ({name}) version {version}: {stands_for:?}"
                        )?;
                    }
                }
                Step::Mapped(listing, version) => {
                    writeln!(f, "catalog knows version {version} of listing {listing}")?;
                }
                Step::Look => writeln!(f, "the planner looks")?,
                Step::Pack => writeln!(f, "an operator packs what may leave")?,
                Step::Send => writeln!(f, "an operator sends off what is packed")?,
                Step::Channel => writeln!(f, "the channel takes what it is told")?,
                Step::Links => writeln!(f, "the links that were granted arrive")?,
            }
        }
        Ok(())
    }
}
