//! What runs at its time, once wherever the processes are.

use std::time::Duration;

use moa_jobs::{Job, Jobs, Run, RunFailed, RunReport, RunResult, Trigger};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::signals::Signals;
use super::tidy::tidy;
use crate::app::{ProductsOf, SweepOf};
use crate::domain::stream::Sweep;
use crate::{App, Error, SCHEMA};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// How often it is looked whether a product list is to be read.
const READ_PRODUCTS: Duration = Duration::from_secs(15 * 60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The jobs of order-sync. Streams sweep by themselves when it is time; the sweeps here look that they did, and are
/// what a person or an outside scheduler asks for.
pub(crate) fn schedule(
    app: &App,
    signals: &Signals,
    holder: Uuid,
    cancel: CancellationToken,
) -> Jobs {
    let windows = &app.config.windows;
    let every = |span: chrono::TimeDelta| span.to_std().unwrap_or(HOUR).max(MINUTE);
    let jobs = vec![
        {
            let app = app.clone();
            Job::new("check-coverage", MINUTE, move |_| {
                check_coverage(app.clone())
            })
        },
        sweep(
            app,
            signals,
            "sweep-24h",
            Sweep::Day,
            every(windows.sweep_every),
        ),
        sweep(
            app,
            signals,
            "sweep-7d",
            Sweep::Week,
            every(windows.deep_sweep_every),
        ),
        {
            let app = app.clone();
            // A start may be an upgrade.
            Job::new("retry-parked", HOUR, move |_| retry_parked(app.clone())).at_start()
        },
        {
            let app = app.clone();
            // Often, for the sake of an account that is new or a walk that was broken off; each list is read once a day.
            Job::new("read-products", READ_PRODUCTS, move |run: Run| {
                let app = app.clone();
                async move {
                    let of = match run.trigger {
                        Trigger::Schedule => ProductsOf::Overdue,
                        Trigger::Request => ProductsOf::All,
                    };
                    Ok(app.read_products(of, &run.cancel).await.map_err(failed)?)
                }
            })
        },
        {
            let app = app.clone();
            Job::new("erase-contacts", DAY, move |run: Run| {
                erase_contacts(app.clone(), run.cancel)
            })
            .at_start()
        },
        {
            let app = app.clone();
            Job::new("tidy", HOUR, move |_| {
                let app = app.clone();
                async move { Ok(tidy(&app).await.map_err(failed)?) }
            })
        },
    ];
    Jobs::new(app.pool.clone(), SCHEMA, holder, jobs, cancel)
}

fn sweep(app: &App, signals: &Signals, name: &'static str, sweep: Sweep, period: Duration) -> Job {
    let (app, signals) = (app.clone(), signals.clone());
    Job::new(name, period, move |run: Run| {
        let (app, signals) = (app.clone(), signals.clone());
        async move {
            let of = match run.trigger {
                Trigger::Schedule => SweepOf::Overdue,
                Trigger::Request => SweepOf::All,
            };
            Ok(app
                .sweep(sweep, of, &run.cancel, || signals.poll_all())
                .await
                .map_err(failed)?)
        }
    })
}

async fn check_coverage(app: App) -> RunResult {
    let check = app.check_coverage().await.map_err(failed)?;
    let said = format!(
        "looked at {} account(s): {} gap(s) found, {} closed, {} too old",
        check.accounts, check.found, check.closed, check.expired
    );
    Ok(RunReport::new("COVERAGE_CHECKED", said)
        .count("accounts", check.accounts)
        .count("found", check.found)
        .count("closed", check.closed)
        .count("expired", check.expired))
}

async fn retry_parked(app: App) -> RunResult {
    let retried = app.retry_parked().await.map_err(failed)?;
    let said = format!(
        "tried {} parked row(s) again: {} stored, {} left to the next sweep",
        retried.tried, retried.stored, retried.left_to_sweep
    );
    Ok(RunReport::new("PARKED_RETRIED", said)
        .count("tried", retried.tried)
        .count("stored", retried.stored)
        .count("left_to_sweep", retried.left_to_sweep))
}

async fn erase_contacts(app: App, cancel: CancellationToken) -> RunResult {
    let erased = app.erase_due_contacts(&cancel).await.map_err(failed)?;
    let mut code = "ERASED";
    let mut told = format!(
        "erased {} contact(s), {} question(s) and {} raw page(s) past their time",
        erased.contacts, erased.inquiries, erased.raw_pages
    );
    if erased.refused > 0 {
        code = "ERASED_EXCEPT_UNREADABLE";
        told.push_str(&format!("; {} cannot be read and stay", erased.refused));
    }
    Ok(RunReport::new(code, told)
        .count("contacts", erased.contacts)
        .count("inquiries", erased.inquiries)
        .count("raw_pages", erased.raw_pages)
        .count("refused", erased.refused))
}

/// The failure with its reason as code, and with its counts where it has some.
fn failed(error: Error) -> RunFailed {
    let counts = match &error {
        Error::SweepUnfinished { pending, asked, .. } => {
            vec![("pending", *pending), ("asked", *asked)]
        }
        Error::ProductListsUnread { failed, asked, .. } => {
            vec![("failed", *failed), ("asked", *asked)]
        }
        _ => Vec::new(),
    };
    let code = error.reason().to_owned();
    let failed = RunFailed::new(&code, error);
    counts
        .into_iter()
        .fold(failed, |failed, (name, count)| failed.count(name, count))
}
