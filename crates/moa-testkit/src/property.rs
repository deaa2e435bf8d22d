use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// So long a failing case is made smaller before it is told.
const SMALLER: Duration = Duration::from_secs(30);

/// Holds a property against so many cases, the same ones at every run. The check may wait for a database, which proptest's
/// own runner does not know. A case that fails is made smaller first, for half a minute at most, then told with what the check
/// said of it.
///
/// `MOA_PROPERTY_SEED` and `MOA_PROPERTY_CASES` take other cases and more of them, to look for what these do not show.
pub async fn holds<S: Strategy>(
    cases: u32,
    strategy: S,
    check: impl AsyncFn(&S::Value) -> Result<(), String>,
) {
    let mut seed = [0; 32];
    let number = asked("MOA_PROPERTY_SEED").unwrap_or(0).to_le_bytes();
    for (place, byte) in seed.iter_mut().zip(number) {
        *place = byte;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for number in 0..asked("MOA_PROPERTY_CASES").unwrap_or(cases) {
        #[expect(
            clippy::expect_used,
            reason = "a strategy that makes no case is a fault of the test"
        )]
        let mut tree = strategy.new_tree(&mut runner).expect("a case can be made");
        let case = tree.current();
        let Err(said) = checked(&check, &case).await else {
            continue;
        };
        let mut smallest = (case, said);
        let began = Instant::now();
        let mut is_too_small = false;
        while began.elapsed() < SMALLER {
            let goes_on = match is_too_small {
                true => tree.complicate(),
                false => tree.simplify(),
            };
            if !goes_on {
                break;
            }
            let case = tree.current();
            let checked = checked(&check, &case).await;
            is_too_small = checked.is_ok();
            if let Err(said) = checked {
                smallest = (case, said);
            }
        }
        let (case, said) = smallest;
        #[expect(clippy::panic, reason = "this is how a test reports")]
        {
            panic!("case {number} does not hold, in the end as\n{case:#?}\n{said}");
        }
    }
}

fn asked(name: &str) -> Option<u32> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs a test asks, no service"
    )]
    let text = std::env::var(name).ok()?;
    text.parse().ok()
}

async fn checked<C: Debug>(
    check: &impl AsyncFn(&C) -> Result<(), String>,
    case: &C,
) -> Result<(), String> {
    let told = ToldWhenItPanics(case);
    let checked = check(told.0).await;
    std::mem::forget(told);
    checked
}

/// A check that breaks off does not say of which case.
struct ToldWhenItPanics<'a, C: Debug>(&'a C);

impl<C: Debug> Drop for ToldWhenItPanics<'_, C> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the check broke off at\n{:#?}", self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    #[should_panic(expected = "in the end as\n10\n10 is too much")]
    async fn a_case_that_fails_is_told_as_small_as_it_gets() {
        holds(50, 0..1000_u32, async |case| match case {
            0..10 => Ok(()),
            more => Err(format!("{more} is too much")),
        })
        .await;
    }

    #[tokio::test]
    async fn every_run_has_the_same_cases() {
        let runs = [Mutex::new(Vec::new()), Mutex::new(Vec::new())];
        for run in &runs {
            holds(20, 0..1000_u32, async |case| {
                run.lock().map_err(|error| error.to_string())?.push(*case);
                Ok(())
            })
            .await;
        }
        let [first, second] = runs.map(|run| run.into_inner().unwrap_or_default());
        assert_eq!(first, second);
        assert_eq!(first.len(), 20);
    }
}
