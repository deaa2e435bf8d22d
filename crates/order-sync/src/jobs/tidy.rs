//! Deleting raw pages, poll windows and closed gaps past their time, a batch at a time.

use chrono::TimeDelta;
use moa_jobs::RunReport;

use crate::store::{coverage_gaps, raw_pages, windows};
use crate::{App, Error};

/// Rows of one deletion.
const BATCH: i64 = 500;

/// Closed gaps are kept so long: they are the proof that an outage was seen and made up for.
const KEEP_GAPS: TimeDelta = TimeDelta::days(90);

/// Pages that show an order erased since then are looked for once more: longer than this job's period.
const LATELY_ERASED: TimeDelta = TimeDelta::hours(3);

/// Deletes everything past its time; gives what that was.
pub(crate) async fn tidy(app: &App) -> Result<RunReport, Error> {
    let now = app.clock.now();
    let before = now - app.config.keep;
    let (mut pages, mut polls, mut gaps) = (0, 0, 0);
    loop {
        let deleted = raw_pages::delete_before(&app.pool, before, BATCH).await?;
        pages += deleted;
        if deleted < BATCH.unsigned_abs() {
            break;
        }
    }
    pages += raw_pages::delete_of_lately_erased(&app.pool, now - LATELY_ERASED).await?;
    loop {
        let deleted = windows::delete_before(&app.pool, before, BATCH).await?;
        polls += deleted;
        if deleted < BATCH.unsigned_abs() {
            break;
        }
    }
    loop {
        let deleted = coverage_gaps::delete_before(&app.pool, now - KEEP_GAPS, BATCH).await?;
        gaps += deleted;
        if deleted < BATCH.unsigned_abs() {
            break;
        }
    }
    let said = format!(
        "deleted {pages} raw page(s), {polls} poll window(s) and {gaps} closed gap(s) past their time"
    );
    Ok(RunReport::new("TIDIED", said)
        .count("raw_pages", pages)
        .count("poll_windows", polls)
        .count("gaps", gaps))
}
