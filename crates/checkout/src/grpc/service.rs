use std::sync::Arc;

use moa_proto::moa::checkout::v1 as pb;
use moa_proto::moa::checkout::v1::checkout_service_server::CheckoutService;
use moa_service::{parse_id, timestamp};
use tonic::{Request, Response, Status};

use crate::app::{App, CustomerSession};

pub(crate) struct Checkout {
    pub(crate) app: Arc<App>,
}

impl From<CustomerSession> for pb::CustomerSession {
    fn from(session: CustomerSession) -> Self {
        Self {
            customer_id: session.customer_id.to_string(),
            session_token: session.token,
            expires_at: Some(timestamp(session.expires_at)),
        }
    }
}

#[tonic::async_trait]
impl CheckoutService for Checkout {
    async fn register_customer(
        &self,
        request: Request<pb::RegisterCustomerRequest>,
    ) -> Result<Response<pb::RegisterCustomerResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let session = self
            .app
            .register_customer(merchant_id, &request.email, &request.password)
            .await?;
        Ok(Response::new(pb::RegisterCustomerResponse {
            session: Some(session.into()),
        }))
    }

    async fn log_in(
        &self,
        request: Request<pb::LogInRequest>,
    ) -> Result<Response<pb::LogInResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let session = self
            .app
            .log_in(merchant_id, &request.email, &request.password)
            .await?;
        Ok(Response::new(pb::LogInResponse {
            session: Some(session.into()),
        }))
    }

    async fn get_session(
        &self,
        request: Request<pb::GetSessionRequest>,
    ) -> Result<Response<pb::GetSessionResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let (customer_id, expires_at) = self
            .app
            .session(merchant_id, &request.session_token)
            .await?;
        Ok(Response::new(pb::GetSessionResponse {
            customer_id: customer_id.to_string(),
            expires_at: Some(timestamp(expires_at)),
        }))
    }

    async fn log_out(
        &self,
        request: Request<pb::LogOutRequest>,
    ) -> Result<Response<pb::LogOutResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        self.app
            .log_out(merchant_id, &request.session_token)
            .await?;
        Ok(Response::new(pb::LogOutResponse {}))
    }
}
