//! The protocol, checked in every order of events: two workers, an outside world that lags and loses, crashes, and
//! a cancel at any moment. The machine under test is the real one. Its broken variants must be found broken.

use moa_effects::EffectState::*;
use moa_effects::machine::{Event, Position};
use stateright::{Checker, Model, Property};

use crate::protocol_world::{Fate, Worker, World};

/// Crashes and pauses past a lease, in all.
const MISHAPS: u8 = 2;
const ATTEMPTS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    AsBuilt,
    /// A time-out is taken for a refusal.
    RetryAfterTimeout,
    /// It is sent without committing SENDING first.
    NoDurableIntent,
    /// One clean probe counts as proof.
    OneCleanProbe,
    /// A stop that comes while it is out is forgotten.
    ForgottenStop,
}

struct Protocol(Variant);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Claim(usize),
    Clear(usize),
    Send(usize),
    Meets(usize, Fate),
    Answered(usize),
    TimedOut(usize),
    LeaseLost,
    Probed(usize),
    Crash(usize),
    Cancel,
}

impl Protocol {
    fn give_up(&self, world: &World) -> bool {
        world.requests.len() >= ATTEMPTS
    }

    fn claim(&self, world: &mut World, worker: usize) -> Option<()> {
        let probing = world.row.state == Unknown;
        // The quarantine outlasts everything that is still on its way.
        if probing && world.any(Fate::OnTheWay) {
            return None;
        }
        world.row = world.row.apply(Event::Claim).ok()?;
        let fence = world.row.fence;
        world.workers[worker] = if probing {
            Worker::Probing { fence }
        } else {
            Worker::Looking { fence }
        };
        Some(())
    }

    /// From a look to the right to send. The statement finds no row once a cancel was written.
    fn clear(&self, world: &mut World, worker: usize, fence: i64) {
        world.workers[worker] = Worker::Idle;
        if world.row.fence != fence || world.row.state != Claimed {
            return;
        }
        if self.0 == Variant::NoDurableIntent {
            world.leave(worker, fence);
            return;
        }
        world.sent_after_cancel |= world.cancel_known;
        world.report(fence, Claimed, &[Event::Verified, Event::SendBegun]);
        world.workers[worker] = Worker::Cleared { fence };
    }

    fn answered(&self, world: &mut World, worker: usize, fence: i64) -> Option<()> {
        let event = match world.fate(fence)? {
            Fate::Arrived | Fate::Visible => Event::SendConfirmed,
            Fate::RefusedForNow => Event::SendLater {
                give_up: self.give_up(world),
            },
            Fate::OnTheWay | Fate::Lost => return None,
        };
        self.sent(world, worker, fence, event);
        Some(())
    }

    fn timed_out(&self, world: &mut World, worker: usize, fence: i64) {
        let event = match self.0 {
            Variant::RetryAfterTimeout => Event::SendLater {
                give_up: self.give_up(world),
            },
            _ => Event::SendUnclear,
        };
        self.sent(world, worker, fence, event);
    }

    fn sent(&self, world: &mut World, worker: usize, fence: i64, event: Event) {
        world.workers[worker] = Worker::Idle;
        match self.0 {
            Variant::NoDurableIntent => {
                world.report(fence, Claimed, &[Event::Verified, Event::SendBegun, event]);
            }
            _ => world.report(fence, Sending, &[event]),
        }
    }

    fn lease_lost(&self, world: &mut World) -> Option<()> {
        if !matches!(world.row.state, Claimed | Verified | Sending) {
            return None;
        }
        if world.is_held() {
            world.mishaps += 1;
        }
        for worker in &mut world.workers {
            // The lease outlasts the send's deadline, and past its deadline nobody begins to send.
            if matches!(worker, Worker::Cleared { .. }) {
                *worker = Worker::Idle;
            }
        }
        world.row = world.row.apply(Event::LeaseLost).ok()?;
        Some(())
    }

    fn probed(&self, world: &mut World, worker: usize, fence: i64) -> Option<()> {
        // The spacing of probes outlasts the lag of their reads.
        if world.row.clean_probes > 0 && world.any(Fate::Arrived) {
            return None;
        }
        world.workers[worker] = Worker::Idle;
        let event = if world.any(Fate::Visible) {
            Event::ProbeHappened
        } else {
            Event::ProbeClean {
                give_up: self.give_up(world),
            }
        };
        if self.0 == Variant::OneCleanProbe && event != Event::ProbeHappened {
            world.report(fence, Unknown, &[event, event]);
        } else {
            world.report(fence, Unknown, &[event]);
        }
        Some(())
    }

    fn cancel(&self, world: &mut World) -> Option<()> {
        if world.cancel_known {
            return None;
        }
        world.cancel_known = true;
        if self.0 == Variant::ForgottenStop && matches!(world.row.state, Sending | Unknown) {
            return Some(());
        }
        if let Ok(stopped) = world.row.apply(Event::Stop) {
            world.row = stopped;
        }
        Some(())
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            row: Position::new(),
            cancel_known: false,
            sent_after_cancel: false,
            workers: [Worker::Idle; 2],
            requests: Vec::new(),
            mishaps: 0,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (number, worker) in world.workers.iter().enumerate() {
            match worker {
                Worker::Idle => {
                    // A lease that runs keeps others away from a probe, too.
                    if !world.is_held() {
                        actions.push(Action::Claim(number));
                    }
                }
                Worker::Looking { .. } => actions.push(Action::Clear(number)),
                Worker::Cleared { .. } => actions.push(Action::Send(number)),
                Worker::Waiting { .. } => {
                    actions.extend([Action::Answered(number), Action::TimedOut(number)]);
                }
                Worker::Probing { .. } => actions.push(Action::Probed(number)),
            }
            if *worker != Worker::Idle && world.mishaps < MISHAPS {
                actions.push(Action::Crash(number));
            }
        }
        for (number, request) in world.requests.iter().enumerate() {
            match request.fate {
                Fate::OnTheWay => actions.extend(
                    [Fate::Lost, Fate::RefusedForNow, Fate::Arrived]
                        .map(|fate| Action::Meets(number, fate)),
                ),
                Fate::Arrived => actions.push(Action::Meets(number, Fate::Visible)),
                _ => {}
            }
        }
        if !world.is_held() || world.mishaps < MISHAPS {
            actions.push(Action::LeaseLost);
        }
        actions.push(Action::Cancel);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        let fence = |worker: usize| world.workers[worker].fence();
        match action {
            Action::Claim(worker) => self.claim(&mut next, worker)?,
            Action::Clear(worker) => self.clear(&mut next, worker, fence(worker)?),
            Action::Send(worker) => next.leave(worker, fence(worker)?),
            Action::Meets(request, fate) => next.requests[request].fate = fate,
            Action::Answered(worker) => self.answered(&mut next, worker, fence(worker)?)?,
            Action::TimedOut(worker) => self.timed_out(&mut next, worker, fence(worker)?),
            Action::LeaseLost => self.lease_lost(&mut next)?,
            Action::Probed(worker) => self.probed(&mut next, worker, fence(worker)?)?,
            Action::Crash(worker) => {
                next.mishaps += 1;
                next.workers[worker] = Worker::Idle;
            }
            Action::Cancel => self.cancel(&mut next)?,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, world: &World| world.happened() <= 1),
            Property::always(NOT_AFTER_CANCEL, |_, world: &World| {
                !world.sent_after_cancel
            }),
            Property::always(TRUTH, |_, world: &World| match world.row.state {
                Confirmed | Repair => world.happened() == 1,
                Blocked | Dead | Rejected => world.happened() == 0 && !world.any(Fate::OnTheWay),
                _ => true,
            }),
            Property::always(TAKEN_BACK, |_, world: &World| {
                !(world.row.state == Confirmed && world.cancel_known)
            }),
            Property::eventually(NOT_FORGOTTEN, |_, world: &World| {
                world.row.state.is_resting()
            }),
            Property::sometimes("a second attempt succeeds", |_, world: &World| {
                world.row.state == Confirmed && world.requests.len() == 2
            }),
            Property::sometimes("a late cancel is repaired", |_, world: &World| {
                world.row.state == Repair
            }),
            Property::sometimes("attempts run out", |_, world: &World| {
                world.row.state == Dead
            }),
            Property::sometimes("a probe proves it", |_, world: &World| {
                world.row.state == Confirmed && world.row.fence >= 2 && world.requests.len() == 1
            }),
        ]
    }
}

const ONCE: &str = "at most one effect outside";
const NOT_AFTER_CANCEL: &str = "no send begins after a cancel is known";
const TRUTH: &str = "what rests tells the truth";
const TAKEN_BACK: &str = "what happened in spite of a cancel is taken back";
const NOT_FORGOTTEN: &str = "never forgotten";

fn finds_broken(variant: Variant, property: &'static str) {
    let checker = Protocol(variant).checker().spawn_bfs().join();
    let counterexample = checker.discovery(property);
    assert!(
        counterexample.is_some(),
        "{variant:?} should break \"{property}\""
    );
}

#[test]
fn the_protocol_keeps_its_promises_in_every_order_of_events() {
    let checker = Protocol(Variant::AsBuilt).checker().spawn_bfs().join();
    checker.assert_properties();
    assert!(
        checker.unique_state_count() > 1_000,
        "{} states are too few",
        checker.unique_state_count()
    );
}

#[test]
fn retrying_after_a_time_out_doubles() {
    finds_broken(Variant::RetryAfterTimeout, ONCE);
}

#[test]
fn a_check_without_durable_intent_doubles() {
    finds_broken(Variant::NoDurableIntent, ONCE);
}

#[test]
fn a_check_without_durable_intent_sends_and_tells_blocked() {
    finds_broken(Variant::NoDurableIntent, TRUTH);
}

#[test]
fn one_clean_probe_is_no_proof() {
    finds_broken(Variant::OneCleanProbe, ONCE);
}

#[test]
fn a_forgotten_stop_sends_after_the_cancel() {
    finds_broken(Variant::ForgottenStop, NOT_AFTER_CANCEL);
}
