//! Registering, logging in and out.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use moa_id::MerchantId;
use moa_proto::moa::checkout::v1 as pb;
use moa_service::parse_id;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::session;
use crate::App;

#[derive(Deserialize)]
pub(super) struct Credentials {
    merchant_id: String,
    email: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct LogOut {
    merchant_id: String,
}

#[derive(Serialize)]
pub(super) struct Customer {
    customer_id: String,
}

type Answer = Result<(StatusCode, CookieJar, Json<Customer>), Problem>;

pub(super) async fn register(
    State(mut app): State<App>,
    jar: CookieJar,
    body: Result<Json<Credentials>, JsonRejection>,
) -> Answer {
    let Json(body) = body?;
    let merchant_id = parse_id("merchant_id", &body.merchant_id)?;
    let request = pb::RegisterCustomerRequest {
        merchant_id: body.merchant_id,
        email: body.email,
        password: body.password,
    };
    let answer = app.checkout.register_customer(request).await?;
    open(
        &app,
        jar,
        merchant_id,
        answer.into_inner().session,
        StatusCode::CREATED,
    )
}

pub(super) async fn log_in(
    State(mut app): State<App>,
    jar: CookieJar,
    body: Result<Json<Credentials>, JsonRejection>,
) -> Answer {
    let Json(body) = body?;
    let merchant_id = parse_id("merchant_id", &body.merchant_id)?;
    let request = pb::LogInRequest {
        merchant_id: body.merchant_id,
        email: body.email,
        password: body.password,
    };
    let answer = app.checkout.log_in(request).await?;
    open(
        &app,
        jar,
        merchant_id,
        answer.into_inner().session,
        StatusCode::OK,
    )
}

pub(super) async fn log_out(
    State(mut app): State<App>,
    jar: CookieJar,
    body: Result<Json<LogOut>, JsonRejection>,
) -> Result<(StatusCode, CookieJar), Problem> {
    let Json(body) = body?;
    let merchant_id: MerchantId = parse_id("merchant_id", &body.merchant_id)?;
    if let Some(session_token) = session::token(&jar, merchant_id) {
        let request = pb::LogOutRequest {
            merchant_id: body.merchant_id,
            session_token,
        };
        app.checkout.log_out(request).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        jar.remove(session::removal(merchant_id)),
    ))
}

fn open(
    app: &App,
    jar: CookieJar,
    merchant_id: MerchantId,
    opened: Option<pb::CustomerSession>,
    status: StatusCode,
) -> Answer {
    let Some(opened) = opened else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "internal error",
        ));
    };
    let cookie = session::cookie(merchant_id, opened.session_token, app.secure_cookies);
    let customer = Customer {
        customer_id: opened.customer_id,
    };
    Ok((status, jar.add(cookie), Json(customer)))
}
