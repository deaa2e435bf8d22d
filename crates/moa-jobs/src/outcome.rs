use std::any::Any;
use std::error::Error;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// Any error, for jobs that only report it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a job may return: nothing, or a result whose error is logged here, once.
pub trait JobOutcome {
    /// The error, if it failed.
    fn into_error(self) -> Option<BoxError>;
}

impl JobOutcome for () {
    fn into_error(self) -> Option<BoxError> {
        None
    }
}

impl<E: Into<BoxError>> JobOutcome for Result<(), E> {
    fn into_error(self) -> Option<BoxError> {
        self.err().map(Into::into)
    }
}

/// Runs one job; a panic is a failure like another, since the next run may go well.
pub(crate) async fn run<F>(work: F) -> Result<(), BoxError>
where
    F: Future,
    F::Output: JobOutcome,
{
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome.into_error().map_or(Ok(()), Err),
        Err(panic) => Err(format!("panicked: {}", panic_message(&*panic)).into()),
    }
}

/// The same for work that gives a value.
pub(crate) async fn run_with_value<T>(
    work: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, BoxError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => Err(format!("panicked: {}", panic_message(&*panic)).into()),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// The error and what is behind it, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_that_says_so() {
        let work = async || -> () { panic!("no stock") };
        let failure = run(work()).await.unwrap_err();
        assert_eq!(failure.to_string(), "panicked: no stock");
    }

    #[tokio::test]
    async fn nothing_and_ok_are_successes() {
        assert!(run(async {}).await.is_ok());
        assert!(run(async { Ok::<(), BoxError>(()) }).await.is_ok());
        assert!(run(async { Err::<(), &str>("no") }).await.is_err());
    }
}
