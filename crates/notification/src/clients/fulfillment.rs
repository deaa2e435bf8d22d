//! The link that a buyer is sent.

use moa_id::{EntitlementId, MerchantId};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::fulfillment_service_client::FulfillmentServiceClient;
use moa_service::ServiceChannel;
use secrecy::SecretString;

use super::{ClientError, failed};

/// Refusals that stay: there is no link to send any more.
const FINAL: &[&str] = &[
    "ENTITLEMENT_NOT_FOUND",
    "ENTITLEMENT_REVOKED",
    "ACTIVATION_TOKEN_GONE",
];

/// A way to fulfillment.
#[derive(Clone)]
pub struct Fulfillment(FulfillmentServiceClient<ServiceChannel>);

/// Where a product is activated.
pub(crate) struct ActivationLink {
    pub(crate) url: SecretString,
    pub(crate) product_name: String,
}

impl Fulfillment {
    /// Over this channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self(FulfillmentServiceClient::new(channel))
    }

    pub(crate) async fn activation_link(
        &self,
        merchant_id: MerchantId,
        entitlement_id: EntitlementId,
    ) -> Result<ActivationLink, ClientError> {
        let request = pb::GetActivationLinkRequest {
            merchant_id: merchant_id.to_string(),
            entitlement_id: entitlement_id.to_string(),
        };
        let answer = self.0.clone().get_activation_link(request).await;
        let answer = answer.map_err(|status| failed("fulfillment", &status, FINAL))?;
        let answer = answer.into_inner();
        if answer.url.is_empty() {
            return Err(ClientError::Away {
                service: "fulfillment",
                detail: "the link is empty".to_owned(),
            });
        }
        Ok(ActivationLink {
            url: answer.url.into(),
            product_name: answer.product_name,
        })
    }
}
