//! Reading one product, by either of its numbers.

use axum::Extension;
use axum::extract::{Path, State};

use super::super::Caller;
use super::super::answer::{Answer, Family};
use super::{By, find, wire};
use crate::shared::Shared;

/// `GET /v2/products/origin-products/{originProductNo}`.
pub async fn origin(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
) -> Result<Answer, Answer> {
    read(&shared, account, By::Origin, &number)
}

/// `GET /v2/products/channel-products/{channelProductNo}`.
pub async fn channel(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(number): Path<String>,
) -> Result<Answer, Answer> {
    read(&shared, account, By::Channel, &number)
}

fn read(shared: &Shared, account: u32, by: By, number: &str) -> Result<Answer, Answer> {
    let product = find(&shared.store(), account, by, number)?;
    Ok(Answer::ok(Family::Products, wire::whole(&product)))
}
