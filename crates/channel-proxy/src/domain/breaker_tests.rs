use super::*;

fn call(breaker: &mut Breaker, health: Health, now: Instant) {
    let pass = breaker.admit(now).unwrap();
    breaker.settle(pass, health, now);
}

fn broken(now: Instant) -> Breaker {
    let mut breaker = Breaker::default();
    for _ in 0..MIN_ILL {
        call(&mut breaker, Health::Ill, now);
    }
    breaker
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn calls_stop_after_repeated_faults_and_not_before() {
    let now = Instant::now();
    let mut breaker = Breaker::default();
    for _ in 1..MIN_ILL {
        call(&mut breaker, Health::Ill, now);
        assert_eq!(breaker.health(now).state, BreakerState::Closed);
    }
    call(&mut breaker, Health::Ill, now);
    assert_eq!(breaker.admit(now), Err(now + seconds(5)));
    let health = breaker.health(now);
    assert_eq!(health.state, BreakerState::Open(now + seconds(5)));
}

#[test]
fn faults_among_many_answers_are_life() {
    let now = Instant::now();
    let mut breaker = Breaker::default();
    for round in 0..50 {
        let health = if round % 2 == 0 {
            Health::Ill
        } else {
            Health::Well
        };
        call(&mut breaker, health, now);
    }
    let health = breaker.health(now);
    assert_eq!(health.state, BreakerState::Closed);
    assert_eq!((health.calls, health.ill), (WINDOW, WINDOW / 2));
}

#[test]
fn faults_of_long_ago_are_forgotten() {
    let start = Instant::now();
    let mut breaker = Breaker::default();
    for minute in 0..20 {
        call(&mut breaker, Health::Ill, start + seconds(61 * minute));
    }
    let now = start + seconds(61 * 20);
    assert_eq!(breaker.health(now).state, BreakerState::Closed);
    assert_eq!(breaker.health(now).ill, 0);
}

#[test]
fn one_call_alone_looks_whether_the_channel_is_well_again() {
    let start = Instant::now();
    let mut breaker = broken(start);
    let now = start + seconds(5);
    assert_eq!(breaker.health(now).state, BreakerState::HalfOpen);
    assert_eq!(breaker.admit(now), Ok(Pass::Probe));
    assert_eq!(breaker.admit(now), Err(now + seconds(1)));
    breaker.settle(Pass::Probe, Health::Well, now);
    assert_eq!(breaker.admit(now), Ok(Pass::Ordinary));
    assert_eq!(breaker.health(now).state, BreakerState::Closed);
}

#[test]
fn each_vain_look_doubles_the_pause_up_to_half_a_minute() {
    let mut now = Instant::now();
    let mut breaker = broken(now);
    for pause in [5, 10, 20, 30, 30] {
        assert_eq!(breaker.admit(now), Err(now + seconds(pause)));
        now += seconds(pause);
        assert_eq!(breaker.admit(now), Ok(Pass::Probe));
        breaker.settle(Pass::Probe, Health::Ill, now);
    }
}

#[test]
fn a_probe_that_is_lost_or_given_up_keeps_nobody_out() {
    let start = Instant::now();
    let mut breaker = broken(start);
    let now = start + seconds(5);
    assert_eq!(breaker.admit(now), Ok(Pass::Probe));
    breaker.abandon(Pass::Probe, now);
    assert_eq!(breaker.admit(now), Ok(Pass::Probe));
    assert_eq!(breaker.admit(now + PROBE_PATIENCE), Ok(Pass::Probe));
}

#[test]
fn results_of_calls_sent_before_the_stop_change_nothing() {
    let now = Instant::now();
    let mut breaker = broken(now);
    for health in [Health::Well, Health::Ill] {
        breaker.settle(Pass::Ordinary, health, now);
        assert_eq!(breaker.admit(now), Err(now + seconds(5)));
    }
}

#[test]
fn a_test_is_let_through() {
    let now = Instant::now();
    let mut breaker = broken(now);
    breaker.let_through(now);
    assert_eq!(breaker.admit(now), Ok(Pass::Probe));
}
