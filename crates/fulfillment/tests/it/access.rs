//! Who may call what; everything else is refused.

use moa_proto::moa::feed::v1::SubscribeRequest;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::ServiceName;
use moa_testkit::{identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::world::{World, client};

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_call_that_the_table_does_not_list_is_refused(pool: PgPool) {
    use ServiceName::{
        AdminGateway, Catalog, ChannelProxy, Checkout, Cli, Demo, Fulfillment, Notification,
        OrderSync, StoreGateway,
    };
    let world = World::start(pool).await;
    for caller in [
        AdminGateway,
        Catalog,
        ChannelProxy,
        Checkout,
        Cli,
        Demo,
        Fulfillment,
        Notification,
        OrderSync,
        StoreGateway,
    ] {
        let mut client = client(&world.app, caller).await;
        let answers = [
            (
                "ListShipments",
                client
                    .list_shipments(pb::ListShipmentsRequest::default())
                    .await
                    .err(),
            ),
            (
                "CreateShipment",
                client
                    .create_shipment(pb::CreateShipmentRequest::default())
                    .await
                    .err(),
            ),
            (
                "GetActivationLink",
                client
                    .get_activation_link(pb::GetActivationLinkRequest::default())
                    .await
                    .err(),
            ),
            (
                "PreviewActivation",
                client
                    .preview_activation(pb::PreviewActivationRequest::default())
                    .await
                    .err(),
            ),
            (
                "RedeemActivation",
                client
                    .redeem_activation(pb::RedeemActivationRequest::default())
                    .await
                    .err(),
            ),
        ];
        for (rpc, refused) in answers {
            let admitted = matches!(
                (caller, rpc),
                (AdminGateway, "ListShipments" | "CreateShipment")
                    | (Cli, "ListShipments")
                    | (Notification, "GetActivationLink")
                    | (StoreGateway, "PreviewActivation" | "RedeemActivation")
            );
            // The requests are empty: who is admitted hears what is missing.
            let expected = if admitted {
                Code::InvalidArgument
            } else {
                Code::PermissionDenied
            };
            assert_eq!(refused.unwrap().code(), expected, "{caller} calls {rpc}");
        }
    }
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn only_listed_services_follow_the_feeds(pool: PgPool) {
    let world = World::start(pool).await;
    for (caller, admitted) in [
        (ServiceName::AdminGateway, true),
        (ServiceName::OrderSync, true),
        (ServiceName::Notification, true),
        (ServiceName::StoreGateway, false),
        (ServiceName::Cli, false),
    ] {
        let server = fulfillment::grpc::server(
            world.app.clone(),
            identity(ServiceName::Fulfillment),
            CancellationToken::new(),
        );
        let channel = serve(server, ServiceName::Fulfillment, caller).await;
        for topic in [
            "shipments",
            "parcels",
            "entitlements",
            "inquiries",
            "claims",
        ] {
            let request = SubscribeRequest {
                topic: topic.to_owned(),
                consumer: format!("{caller}.{topic}"),
                after: None,
            };
            let answer = FeedServiceClient::new(channel.clone())
                .subscribe(request)
                .await;
            assert_eq!(answer.is_ok(), admitted, "{caller} follows {topic}");
        }
    }
    world.stop().await;
}
