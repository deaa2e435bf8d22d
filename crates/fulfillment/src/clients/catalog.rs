//! What we ask of catalog: what listings stand for, and what a digital variant contains.

use std::collections::BTreeMap;

use moa_id::{MerchantId, VariantId};
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::catalog::v1::catalog_service_client::CatalogServiceClient;
use moa_service::ServiceChannel;

use crate::Error;
use crate::domain::order::{Component, VariantKind};
use crate::store::listings::{ListingKey, ListingMapping};

/// Listings that one call may ask for.
const BATCH: usize = 500;

/// A way to catalog.
#[derive(Clone)]
pub struct Catalog(CatalogServiceClient<ServiceChannel>);

impl Catalog {
    /// Over this channel.
    pub fn new(channel: ServiceChannel) -> Self {
        Self(CatalogServiceClient::new(channel))
    }

    /// What listings stand for, each once and only those asked for; unmapped ones are absent.
    pub async fn resolve(
        &self,
        merchant_id: MerchantId,
        keys: &[ListingKey],
    ) -> Result<Vec<ListingMapping>, Error> {
        let mut mappings: BTreeMap<ListingKey, ListingMapping> = BTreeMap::new();
        for chunk in keys.chunks(BATCH) {
            let request = pb::ResolveListingsRequest {
                merchant_id: merchant_id.to_string(),
                listings: chunk
                    .iter()
                    .map(|key| pb::ListingKey {
                        channel_account_id: key.account_id.to_string(),
                        channel_listing_id: key.channel_listing_id.clone(),
                    })
                    .collect(),
            };
            let answer = self
                .0
                .clone()
                .resolve_listings(request)
                .await
                .map_err(refused)?
                .into_inner();
            for mapping in answer.mappings {
                let mapping = parse_mapping(mapping).map_err(|reason| {
                    refused(tonic::Status::data_loss(format!(
                        "a mapping cannot be read: {reason}"
                    )))
                })?;
                if chunk.contains(&mapping.key) {
                    mappings.entry(mapping.key.clone()).or_insert(mapping);
                }
            }
        }
        Ok(mappings.into_values().collect())
    }

    /// What the buyer of a digital variant gets; none when catalog does not know the variant.
    pub async fn digital_content(
        &self,
        merchant_id: MerchantId,
        variant_id: VariantId,
    ) -> Result<Option<String>, Error> {
        let request = pb::BatchGetVariantsRequest {
            merchant_id: merchant_id.to_string(),
            variant_ids: vec![variant_id.to_string()],
        };
        let answer = self
            .0
            .clone()
            .batch_get_variants(request)
            .await
            .map_err(refused)?
            .into_inner();
        let wanted = variant_id.to_string();
        Ok(answer
            .variants
            .into_iter()
            .find(|variant| variant.variant_id == wanted)
            .map(|v| v.digital_content))
    }
}

/// Reads a mapping of catalog; the error says what is wrong with it.
pub fn parse_mapping(mapping: pb::ListingMapping) -> Result<ListingMapping, String> {
    let mut components = if mapping.components.is_empty() {
        // As versions that knew no sets told it.
        vec![parse_component(pb::MappingComponent {
            variant_id: mapping.variant_id.clone(),
            quantity: mapping.quantity_multiplier.max(1),
            kind: mapping.kind,
            sku: mapping.sku.clone(),
            name: String::new(),
        })?]
    } else {
        let components = mapping.components.into_iter().map(parse_component);
        components.collect::<Result<_, _>>()?
    };
    components.sort_by_key(|component: &Component| component.variant_id);
    Ok(ListingMapping {
        key: parse_key(&mapping.channel_account_id, mapping.channel_listing_id)?,
        components,
        version: mapping.version,
    })
}

/// Reads what names a listing; the error says what is wrong with it.
pub fn parse_key(account_id: &str, channel_listing_id: String) -> Result<ListingKey, String> {
    Ok(ListingKey {
        account_id: account_id.parse().map_err(|error| format!("{error}"))?,
        channel_listing_id,
    })
}

fn parse_component(component: pb::MappingComponent) -> Result<Component, String> {
    let kind = match component.kind() {
        pb::VariantKind::Physical => VariantKind::Physical,
        pb::VariantKind::Digital => VariantKind::Digital,
        pb::VariantKind::Unspecified => return Err("its variant has no kind".to_owned()),
    };
    if component.quantity < 1 {
        return Err("it holds less than one of a variant".to_owned());
    }
    Ok(Component {
        variant_id: component
            .variant_id
            .parse()
            .map_err(|error| format!("{error}"))?,
        kind,
        quantity: component.quantity,
        sku: component.sku,
        name: component.name,
    })
}

fn refused(status: tonic::Status) -> Error {
    Error::Upstream {
        service: "catalog",
        source: Box::new(status),
    }
}
