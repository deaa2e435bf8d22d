//! What a link would give, and giving it.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use moa_proto::moa::checkout::v1::GetSessionRequest;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::parse_id;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::session;
use crate::App;

#[derive(Deserialize)]
pub(super) struct Link {
    merchant_id: String,
    token: String,
}

#[derive(Serialize)]
pub(super) struct Preview {
    product_name: String,
    option_name: String,
    activated: bool,
}

#[derive(Serialize)]
pub(super) struct Activation {
    product_name: String,
    /// What was bought: an address or text.
    digital_content: String,
    /// Whether this customer had it already.
    already_activated: bool,
}

pub(super) async fn preview(
    State(mut app): State<App>,
    body: Result<Json<Link>, JsonRejection>,
) -> Result<Json<Preview>, Problem> {
    let Json(link) = body?;
    let request = pb::PreviewActivationRequest {
        merchant_id: link.merchant_id,
        token: link.token,
    };
    let answer = app
        .fulfillment
        .preview_activation(request)
        .await?
        .into_inner();
    Ok(Json(Preview {
        activated: answer.state() == pb::EntitlementState::Activated,
        product_name: answer.product_name,
        option_name: answer.option_name,
    }))
}

pub(super) async fn redeem(
    State(mut app): State<App>,
    jar: CookieJar,
    body: Result<Json<Link>, JsonRejection>,
) -> Result<Json<Activation>, Problem> {
    let Json(link) = body?;
    let merchant_id = parse_id("merchant_id", &link.merchant_id)?;
    let Some(session_token) = session::token(&jar, merchant_id) else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "SESSION_REQUIRED",
            "log in or register first",
        ));
    };
    let customer = app
        .checkout
        .get_session(GetSessionRequest {
            merchant_id: link.merchant_id.clone(),
            session_token,
        })
        .await?
        .into_inner();
    let request = pb::RedeemActivationRequest {
        merchant_id: link.merchant_id,
        token: link.token,
        customer_id: customer.customer_id,
    };
    let answer = app
        .fulfillment
        .redeem_activation(request)
        .await?
        .into_inner();
    Ok(Json(Activation {
        product_name: answer.product_name,
        digital_content: answer.digital_content,
        already_activated: answer.already_activated,
    }))
}
