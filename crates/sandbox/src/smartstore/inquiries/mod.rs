//! What buyers ask, and the seller's answers: product Q&A and customer inquiries, which are APIs of different teams.

pub mod customers;
pub mod questions;

use axum::Router;
use axum::routing::{get, post, put};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};

use super::kst;
use crate::shared::Shared;

/// The calls, beneath a door.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/contents/qnas", get(questions::list))
        .route("/v1/contents/qnas/templates", get(questions::templates))
        .route("/v1/contents/qnas/{id}", put(questions::answer))
        .route("/v1/pay-user/inquiries", get(customers::list))
        .route(
            "/v1/pay-merchant/inquiries/{id}/answer",
            post(customers::answer),
        )
        .route(
            "/v1/pay-merchant/inquiries/{id}/answer/{answer}",
            put(customers::rewrite),
        )
}

/// The beginning of a day in Korea.
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let start = kst().from_local_datetime(&day.and_time(NaiveTime::MIN));
    start.single().map(|at| at.to_utc())
}

/// Rows of one page, and how many there are in all.
pub struct Page<T> {
    pub rows: Vec<T>,
    pub number: usize,
    pub size: usize,
    pub total: usize,
}

impl<T> Page<T> {
    /// Takes page `number`, counted from 1.
    pub fn of(all: impl Iterator<Item = T>, number: usize, size: usize) -> Self {
        let skipped = (number - 1).saturating_mul(size);
        let (mut rows, mut total) = (Vec::new(), 0);
        for row in all {
            if total >= skipped && rows.len() < size {
                rows.push(row);
            }
            total += 1;
        }
        Self {
            rows,
            number,
            size,
            total,
        }
    }

    pub fn pages(&self) -> usize {
        self.total.div_ceil(self.size)
    }

    pub fn is_last(&self) -> bool {
        self.number >= self.pages()
    }
}
