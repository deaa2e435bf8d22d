use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use moa_proto::moa::checkout::v1 as checkout;
use moa_proto::moa::checkout::v1::checkout_service_client::CheckoutServiceClient;
use moa_proto::moa::checkout::v1::checkout_service_server::{
    CheckoutService, CheckoutServiceServer,
};
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::fulfillment::v1::fulfillment_service_client::FulfillmentServiceClient;
use moa_proto::moa::fulfillment::v1::fulfillment_service_server::{
    FulfillmentService, FulfillmentServiceServer,
};
use moa_service::{AllowTable, GrpcServer, ServiceName, refusal};
use moa_testkit::{identity, serve};
use store_gateway::{App, router};
use tonic::{Code, Request, Response, Status};

const MERCHANT: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// One customer, whose session is the word "open".
struct OneCustomer;

#[tonic::async_trait]
impl CheckoutService for OneCustomer {
    async fn register_customer(
        &self,
        request: Request<checkout::RegisterCustomerRequest>,
    ) -> Result<Response<checkout::RegisterCustomerResponse>, Status> {
        Ok(Response::new(checkout::RegisterCustomerResponse {
            session: Some(checkout::CustomerSession {
                customer_id: request.into_inner().email,
                session_token: "open".to_owned(),
                expires_at: None,
            }),
        }))
    }

    async fn log_in(
        &self,
        _: Request<checkout::LogInRequest>,
    ) -> Result<Response<checkout::LogInResponse>, Status> {
        let code = Code::Unauthenticated;
        Err(refusal(
            code,
            "checkout.moa",
            "CREDENTIALS_REFUSED",
            "wrong",
            [],
        ))
    }

    async fn get_session(
        &self,
        request: Request<checkout::GetSessionRequest>,
    ) -> Result<Response<checkout::GetSessionResponse>, Status> {
        assert_eq!(request.into_inner().session_token, "open");
        Ok(Response::new(checkout::GetSessionResponse {
            customer_id: "hong".to_owned(),
            expires_at: None,
        }))
    }

    async fn log_out(
        &self,
        _: Request<checkout::LogOutRequest>,
    ) -> Result<Response<checkout::LogOutResponse>, Status> {
        Ok(Response::new(checkout::LogOutResponse {}))
    }
}

/// One entitlement, which remembers who redeemed it.
#[derive(Default)]
struct OneBook {
    redeemed_by: Arc<Mutex<Option<String>>>,
}

/// RPCs that are no part of these stories, written as `async_trait` would write them.
macro_rules! unused {
    ($($name:ident($request:ident) -> $response:ident;)+) => {$(
        fn $name<'a, 'b>(
            &'a self,
            _: Request<fulfillment::$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<fulfillment::$response>, Status>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented("not part of this story")) })
        }
    )+};
}

#[tonic::async_trait]
impl FulfillmentService for OneBook {
    unused! {
        create_shipment(CreateShipmentRequest) -> CreateShipmentResponse;
        dispatch_shipment(DispatchShipmentRequest) -> DispatchShipmentResponse;
        cancel_shipment(CancelShipmentRequest) -> CancelShipmentResponse;
        confirm_receiver(ConfirmReceiverRequest) -> ConfirmReceiverResponse;
        get_shipment(GetShipmentRequest) -> GetShipmentResponse;
        list_shipments(ListShipmentsRequest) -> ListShipmentsResponse;
        explain_order(ExplainOrderRequest) -> ExplainOrderResponse;
        list_entitlements(ListEntitlementsRequest) -> ListEntitlementsResponse;
        get_activation_link(GetActivationLinkRequest) -> GetActivationLinkResponse;
    }

    async fn preview_activation(
        &self,
        request: Request<fulfillment::PreviewActivationRequest>,
    ) -> Result<Response<fulfillment::PreviewActivationResponse>, Status> {
        if request.into_inner().token != TOKEN {
            let reason = "ACTIVATION_TOKEN_UNKNOWN";
            return Err(refusal(
                Code::NotFound,
                "fulfillment.moa",
                reason,
                "no such link",
                [],
            ));
        }
        Ok(Response::new(fulfillment::PreviewActivationResponse {
            product_name: "전자책".to_owned(),
            ..Default::default()
        }))
    }

    async fn redeem_activation(
        &self,
        request: Request<fulfillment::RedeemActivationRequest>,
    ) -> Result<Response<fulfillment::RedeemActivationResponse>, Status> {
        let customer = request.into_inner().customer_id;
        let before = self.redeemed_by.lock().unwrap().replace(customer);
        Ok(Response::new(fulfillment::RedeemActivationResponse {
            already_activated: before.is_some(),
            product_name: "전자책".to_owned(),
            digital_content: "https://books.example.com/1".to_owned(),
            ..Default::default()
        }))
    }
}

async fn start() -> String {
    let me = ServiceName::StoreGateway;
    let door = |callee, rpcs: &'static [&'static str]| {
        GrpcServer::new(identity(callee), AllowTable::new(&[(me, rpcs)]))
    };
    let checkout = door(
        ServiceName::Checkout,
        &["moa.checkout.v1.CheckoutService/*"],
    )
    .add_service(CheckoutServiceServer::new(OneCustomer));
    let fulfillment = door(
        ServiceName::Fulfillment,
        &["moa.fulfillment.v1.FulfillmentService/*"],
    )
    .add_service(FulfillmentServiceServer::new(OneBook::default()));
    let app = App {
        checkout: CheckoutServiceClient::new(serve(checkout, ServiceName::Checkout, me).await),
        fulfillment: FulfillmentServiceClient::new(
            serve(fulfillment, ServiceName::Fulfillment, me).await,
        ),
        secure_cookies: false,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router(app)).await.unwrap() });
    format!("http://{address}")
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

fn link(token: &str) -> serde_json::Value {
    serde_json::json!({"merchant_id": MERCHANT, "token": token})
}

#[tokio::test]
async fn a_customer_registers_and_redeems_and_is_told_of_a_second_use() {
    let (store, http) = (start().await, client());
    let page = http
        .get(format!("{store}/a/{MERCHANT}"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert!(page.text().await.unwrap().contains("상품 활성화"));

    let refused = http
        .post(format!("{store}/api/v1/activations/redeem"))
        .json(&link(TOKEN))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);

    let body = serde_json::json!({"merchant_id": MERCHANT, "email": "hong@example.com", "password": "12345678"});
    let registered = http
        .post(format!("{store}/api/v1/customers"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(registered.status(), 201);
    let cookie = registered.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap().to_owned();

    for already in [false, true] {
        let answer: serde_json::Value = http
            .post(format!("{store}/api/v1/activations/redeem"))
            .header("cookie", &cookie)
            .json(&link(TOKEN))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(answer["already_activated"], already);
        assert_eq!(answer["digital_content"], "https://books.example.com/1");
    }
}

#[tokio::test]
async fn refusals_are_problem_documents_with_a_reason() {
    let (store, http) = (start().await, client());
    let preview = format!("{store}/api/v1/activations/preview");
    let unknown = http
        .post(&preview)
        .json(&link("nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(
        unknown.headers()["content-type"],
        "application/problem+json"
    );
    let problem: serde_json::Value = unknown.json().await.unwrap();
    assert_eq!(problem["reason"], "ACTIVATION_TOKEN_UNKNOWN");

    let garbage = http
        .post(&preview)
        .header("content-type", "application/json")
        .body("{")
        .send()
        .await
        .unwrap();
    let problem: serde_json::Value = garbage.json().await.unwrap();
    assert_eq!(problem["reason"], "BODY_MALFORMED");

    let large = http
        .post(&preview)
        .json(&link(&"A".repeat(20_000)))
        .send()
        .await
        .unwrap();
    assert_eq!(large.status(), 413);
}

#[tokio::test]
async fn another_sites_request_is_refused() {
    let (store, http) = (start().await, client());
    let refused = http
        .post(format!("{store}/api/v1/activations/preview"))
        .header("origin", "https://evil.example.com")
        .json(&link(TOKEN))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
}
