//! Deleting raw pages and poll windows past their time, a batch at a time.

use crate::store::{raw_pages, windows};
use crate::{App, Error};

/// Rows of one deletion.
const BATCH: i64 = 500;

/// Deletes everything past its time.
pub(crate) async fn tidy(app: &App) -> Result<(), Error> {
    let before = app.clock.now() - app.config.keep;
    let (mut pages, mut polls) = (0, 0);
    loop {
        let deleted = raw_pages::delete_before(&app.pool, before, BATCH).await?;
        pages += deleted;
        if deleted < BATCH.unsigned_abs() {
            break;
        }
    }
    loop {
        let deleted = windows::delete_before(&app.pool, before, BATCH).await?;
        polls += deleted;
        if deleted < BATCH.unsigned_abs() {
            break;
        }
    }
    if pages + polls > 0 {
        tracing::info!("deleted {pages} raw pages and {polls} poll windows past their time");
    }
    Ok(())
}
