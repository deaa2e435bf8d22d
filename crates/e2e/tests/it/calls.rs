use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Port};
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_proto::moa::order_sync::v1::{GetOrderRequest, ListOrdersRequest};
use moa_service::{ClientFactory, ServiceChannel, ServiceKeys, ServiceName, reason_of};
use prost::Message;
use prost_types::FileDescriptorProto;
use tokio_stream::StreamExt;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[tokio::test]
async fn a_service_describes_itself_and_takes_only_listed_calls() -> Result<()> {
    let hub = Hub::start(HubOptions::default().without_demo()).await?;
    let url = hub.place.ports.url(Port::OrderSync);

    let MessageResponse::ListServicesResponse(listed) =
        ask(&url, MessageRequest::ListServices(String::new())).await?
    else {
        panic!("the services are not listed");
    };
    let names: Vec<&str> = listed
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for name in [
        "moa.order_sync.v1.OrderSyncService",
        "moa.feed.v1.FeedService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let symbol =
        MessageRequest::FileContainingSymbol("moa.order_sync.v1.OrderSyncService".to_owned());
    let MessageResponse::FileDescriptorResponse(described) = ask(&url, symbol).await? else {
        panic!("the service is not described");
    };
    let file = FileDescriptorProto::decode(described.file_descriptor_proto[0].as_slice())?;
    let methods: Vec<&str> = file.service[0]
        .method
        .iter()
        .map(|method| method.name())
        .collect();
    assert!(
        methods.contains(&"ListOrders") && methods.contains(&"GetContacts"),
        "{methods:?}"
    );

    let list = || ListOrdersRequest {
        merchant_id: hub.admin.merchant_id.clone(),
        ..Default::default()
    };
    let mut stranger = OrderSyncServiceClient::new(connected(&url).await?);
    refused(
        stranger.list_orders(list()).await.map(drop),
        Code::Unauthenticated,
        "CALLER_UNKNOWN",
    );

    // A person with the keys file may read; services that the table does not list may not, with a token as good.
    called_by(&hub, ServiceName::Cli)?
        .list_orders(list())
        .await?;
    let mut catalog = called_by(&hub, ServiceName::Catalog)?;
    refused(
        catalog.list_orders(list()).await.map(drop),
        Code::PermissionDenied,
        "CALL_NOT_ALLOWED",
    );
    let order = GetOrderRequest {
        merchant_id: hub.admin.merchant_id.clone(),
        ..Default::default()
    };
    let mut store = called_by(&hub, ServiceName::StoreGateway)?;
    refused(
        store.get_order(order).await.map(drop),
        Code::PermissionDenied,
        "CALL_NOT_ALLOWED",
    );
    refused(
        store.list_orders(list()).await.map(drop),
        Code::PermissionDenied,
        "CALL_NOT_ALLOWED",
    );
    Ok(())
}

/// A connection as any program makes it, without a token.
async fn connected(url: &str) -> Result<Channel> {
    Ok(Endpoint::from_shared(url.to_owned())?.connect().await?)
}

async fn ask(url: &str, question: MessageRequest) -> Result<MessageResponse> {
    let mut reflection = ServerReflectionClient::new(connected(url).await?);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let mut answers = reflection
        .server_reflection_info(tokio_stream::once(request))
        .await?
        .into_inner();
    let answer = answers.next().await.context("no answer")??;
    answer.message_response.context("an empty answer")
}

/// A client of order-sync with the token of a service of this hub.
fn called_by(hub: &Hub, caller: ServiceName) -> Result<OrderSyncServiceClient<ServiceChannel>> {
    let keys = ServiceKeys::load(&hub.place.home().join("keys.json"))?;
    let urls = [(ServiceName::OrderSync, hub.place.ports.url(Port::OrderSync))];
    let clients = ClientFactory::with_urls(keys.identity(caller)?, urls.into());
    Ok(OrderSyncServiceClient::new(
        clients.channel(ServiceName::OrderSync),
    ))
}

fn refused(answer: Result<(), Status>, code: Code, reason: &str) {
    let status = answer.expect_err("the call must be refused");
    assert_eq!(status.code(), code, "{status:?}");
    assert_eq!(reason_of(&status).as_deref(), Some(reason), "{status:?}");
}
