use proptest::prelude::*;

use super::*;

const PATIENCE: Duration = Duration::from_secs(4);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn take(quota: &mut Quota, lane: Lane, now: Instant) -> Turn {
    let ticket = quota.enqueue(lane).unwrap();
    let turn = quota.poll(ticket, now, PATIENCE);
    if turn != Turn::Go {
        quota.leave(ticket);
    }
    turn
}

#[test]
fn a_new_holder_waits_a_second_because_another_may_just_have_called() {
    let start = Instant::now();
    let mut quota = Quota::new(5, start);
    let lane = Lane::Class(CallClass::Poll);
    assert_eq!(
        take(&mut quota, lane, start),
        Turn::Wait(Some(start + RECOVERY))
    );
    assert_eq!(take(&mut quota, lane, start + RECOVERY), Turn::Go);
}

#[test]
fn a_slot_is_free_again_a_second_after_the_answer() {
    let start = Instant::now();
    let now = start + RECOVERY;
    let mut quota = Quota::new(1, start);
    let lane = Lane::Class(CallClass::Gate);
    assert_eq!(take(&mut quota, lane, now), Turn::Go);
    assert_eq!(take(&mut quota, lane, now + ms(5000)), Turn::Wait(None));
    let answered = now + ms(5000);
    quota.finished(answered, RECOVERY);
    assert_eq!(
        take(&mut quota, lane, answered + ms(999)),
        Turn::Wait(Some(answered + RECOVERY))
    );
    assert_eq!(take(&mut quota, lane, answered + RECOVERY), Turn::Go);
}

/// Serves a backlog of all three classes and counts who was served.
fn served(classes: &[CallClass], calls: usize) -> [usize; 3] {
    let start = Instant::now();
    let mut now = start + RECOVERY;
    let mut quota = Quota::new(10, start);
    let mut tickets = Vec::new();
    let mut counts = [0; 3];
    for class in classes {
        for _ in 0..20 {
            tickets.push((quota.enqueue(Lane::Class(*class)).unwrap(), *class));
        }
    }
    while counts.iter().sum::<usize>() < calls {
        let gone: Vec<_> = tickets
            .iter()
            .filter(|(ticket, _)| quota.poll(*ticket, now, PATIENCE) == Turn::Go)
            .copied()
            .collect();
        for (ticket, class) in gone {
            quota.finished(now, RECOVERY);
            counts[class.index()] += 1;
            tickets.retain(|(waiting, _)| *waiting != ticket);
            tickets.push((quota.enqueue(Lane::Class(class)).unwrap(), class));
        }
        now += ms(100);
    }
    counts
}

#[test]
fn busy_classes_get_their_shares_and_idle_ones_lend_theirs() {
    let [gate, poll, sweep] = served(&CallClass::ALL, 400);
    assert!((180..=220).contains(&gate), "{gate}");
    assert!((120..=160).contains(&poll), "{poll}");
    assert!((45..=75).contains(&sweep), "{sweep}");
    let [gate, poll, sweep] = served(&[CallClass::Sweep], 100);
    assert_eq!((gate, poll), (0, 0));
    assert!(sweep >= 100);
}

#[test]
fn nothing_comes_between_a_reservations_calls_and_its_write_has_a_slot() {
    let start = Instant::now();
    let now = start + RECOVERY;
    let mut quota = Quota::new(2, start);
    let reservation = quota.enqueue(Lane::Reserve).unwrap();
    assert_eq!(quota.poll(reservation, now, PATIENCE), Turn::Go);
    let poll = quota.enqueue(Lane::Class(CallClass::Poll)).unwrap();
    assert!(matches!(quota.poll(poll, now, PATIENCE), Turn::Wait(_)));
    assert_eq!(take(&mut quota, Lane::Reserved(reservation), now), Turn::Go);
    assert_eq!(take(&mut quota, Lane::Reserved(reservation), now), Turn::Go);
    quota.finished(now, RECOVERY);
    let later = now + RECOVERY;
    assert!(matches!(quota.poll(poll, later, PATIENCE), Turn::Wait(_)));
    assert_eq!(
        take(&mut quota, Lane::Reserved(reservation), later),
        Turn::Go
    );
    let hold = quota.hold(reservation, later + ms(3000));
    quota.finished(later, RECOVERY);
    // The other slot is cooling, the kept one is not given to a poll.
    assert!(matches!(quota.poll(poll, later, PATIENCE), Turn::Wait(_)));
    assert!(quota.redeem(hold, later + ms(2000)));
    assert!(!quota.redeem(hold, later + ms(2000)), "a hold is good once");
    assert_eq!(quota.poll(poll, later + ms(2000), PATIENCE), Turn::Go);
}

#[test]
fn a_hold_ends_by_itself_and_at_most_half_the_quota_is_held() {
    let start = Instant::now();
    let now = start + RECOVERY;
    let mut quota = Quota::new(2, start);
    let first = quota.enqueue(Lane::Reserve).unwrap();
    assert_eq!(quota.poll(first, now, PATIENCE), Turn::Go);
    assert_eq!(take(&mut quota, Lane::Reserved(first), now), Turn::Go);
    let hold = quota.hold(first, now + ms(3000));
    let second = quota.enqueue(Lane::Reserve).unwrap();
    assert!(matches!(quota.poll(second, now, PATIENCE), Turn::Wait(_)));
    assert_eq!(
        take(&mut quota, Lane::Class(CallClass::Sweep), now),
        Turn::Go
    );
    assert_eq!(quota.poll(second, now + ms(3000), PATIENCE), Turn::Go);
    assert!(!quota.redeem(hold, now + ms(3000)));
}

#[test]
fn a_reservation_that_is_never_finished_keeps_nobody_out_for_long() {
    let start = Instant::now();
    let now = start + RECOVERY;
    let mut quota = Quota::new(2, start);
    let reservation = quota.enqueue(Lane::Reserve).unwrap();
    assert_eq!(quota.poll(reservation, now, PATIENCE), Turn::Go);
    let lane = Lane::Class(CallClass::Poll);
    assert_eq!(
        take(&mut quota, lane, now),
        Turn::Wait(Some(now + PATIENCE))
    );
    assert_eq!(take(&mut quota, lane, now + PATIENCE), Turn::Go);
}

#[test]
fn too_many_calls_stop_everybody_until_the_pause_is_over() {
    let start = Instant::now();
    let mut quota = Quota::new(5, start);
    let now = start + RECOVERY;
    let closure = quota.close(ClosedBy::TooManyCalls, now, None);
    assert_eq!(
        take(&mut quota, Lane::Permitted, now),
        Turn::Closed(closure)
    );
    assert_eq!(take(&mut quota, Lane::Permitted, closure.until), Turn::Go);
}

#[test]
fn the_queue_is_bounded() {
    let mut quota = Quota::new(1, Instant::now());
    for _ in 0..MAX_WAITING {
        quota.enqueue(Lane::Class(CallClass::Sweep)).unwrap();
    }
    assert_eq!(quota.enqueue(Lane::Permitted), Err(QueueFull));
}

proptest! {
    /// Whatever the delays: the channel, which sees each call somewhere between sending and answer, never sees more
    /// than the capacity in any second.
    #[test]
    fn no_second_ever_sees_more_than_the_capacity(
        capacity in 1u32..8,
        calls in proptest::collection::vec((0u64..400, 0u64..900, 0u64..100, 0usize..4), 1..120),
    ) {
        let start = Instant::now();
        let mut quota = Quota::new(capacity, start);
        let mut now = start + RECOVERY;
        let mut arrivals: Vec<Instant> = Vec::new();
        let mut answers: Vec<Instant> = Vec::new();
        for (gap, delay, arrival_share, kind) in calls {
            now += ms(gap);
            answers.sort();
            while answers.first().is_some_and(|at| *at <= now) {
                quota.finished(answers.remove(0), RECOVERY);
            }
            let lane = match kind {
                0 => Lane::Permitted,
                1 => Lane::Class(CallClass::Gate),
                2 => Lane::Class(CallClass::Poll),
                _ => Lane::Class(CallClass::Sweep),
            };
            if take(&mut quota, lane, now) == Turn::Go {
                arrivals.push(now + ms(delay * arrival_share / 100));
                answers.push(now + ms(delay));
            }
        }
        arrivals.sort();
        let capacity = usize::try_from(capacity).unwrap();
        for window in arrivals.windows(capacity + 1) {
            prop_assert!(window[capacity] - window[0] >= RECOVERY);
        }
    }
}
