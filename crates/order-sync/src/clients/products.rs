//! What we ask of channel-proxy about products: pages of an account's list, and single products with what is sold of them.

use chrono::{DateTime, Utc};
use moa_money::{Currency, Money};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1 as money;

use super::channel_proxy::{ChannelProxy, page_time, refused, with_deadline};
use crate::Error;
use crate::domain::account::Account;
use crate::domain::listing::ListedOffer;

/// Characters of a name that are kept.
const NAME_CHARS: usize = 500;
/// Characters of an id; a longer one is none.
const ID_CHARS: usize = 100;

/// A product of an account's list.
pub(crate) struct ListedProduct {
    pub(crate) channel_product_id: String,
    /// Neither a draft nor deleted.
    pub(crate) may_be_sold: bool,
    /// Empty when the list does not show them.
    pub(crate) offers: Vec<ListedOffer>,
}

/// One page of an account's list.
pub(crate) struct ProductsPage {
    pub(crate) products: Vec<ListedProduct>,
    /// Rows that channel-proxy could not read.
    pub(crate) rejected: usize,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
}

impl ChannelProxy {
    /// One page of the account's products.
    pub(crate) async fn fetch_products(
        &self,
        account: &Account,
        page_token: &str,
    ) -> Result<ProductsPage, Error> {
        let request = pb::FetchProductsRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: pb::CallClass::Sweep.into(),
            page_token: page_token.to_owned(),
        };
        let mut client = self.listings.clone();
        let response = client.fetch_products(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        let read_at = page_time(response.read_at)?;
        let products = response.products.into_iter();
        Ok(ProductsPage {
            products: products.map(|product| listed(product, read_at)).collect(),
            rejected: response.rejected_rows.len(),
            next_page_token: response.next_page_token,
        })
    }

    /// One product with what is sold of it; none when the channel does not know it.
    pub(crate) async fn fetch_product(
        &self,
        account: &Account,
        channel_product_id: &str,
    ) -> Result<Option<ListedProduct>, Error> {
        let request = pb::FetchProductRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: pb::CallClass::Sweep.into(),
            channel_product_id: channel_product_id.to_owned(),
        };
        let mut client = self.listings.clone();
        let response = client.fetch_product(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        let read_at = page_time(response.read_at)?;
        let found = response.product.filter(|_| !response.gone);
        Ok(found.map(|product| listed(product, read_at)))
    }
}

fn listed(product: pb::ChannelProduct, read_at: DateTime<Utc>) -> ListedProduct {
    let may_be_sold = !matches!(
        product.state(),
        pb::ProductState::Draft | pb::ProductState::Deleted
    );
    let name = text(&product.name);
    let product_id = text(&product.channel_product_id);
    let offers = product.listings.into_iter().filter_map(|listing| {
        // One that is not approved yet has no id, and nobody can order it.
        let id = listing.channel_listing_id;
        let usable = !id.is_empty() && id.chars().count() <= ID_CHARS && !id.contains('\0');
        usable.then(|| ListedOffer {
            channel_listing_id: id,
            channel_product_id: product_id.clone(),
            product_name: name.clone(),
            option_name: text(&listing.option_name),
            sku_code: text(&listing.sku_code),
            barcode: text(&listing.barcode),
            price: price(listing.price),
            on_sale: listing.on_sale,
            read_at,
        })
    });
    ListedProduct {
        channel_product_id: product_id.clone(),
        may_be_sold,
        offers: offers.collect(),
    }
}

/// What PostgreSQL can keep of a text.
fn text(text: &str) -> String {
    text.chars()
        .filter(|letter| *letter != '\0')
        .take(NAME_CHARS)
        .collect()
}

/// A price that is told in no currency is none.
fn price(price: Option<money::Money>) -> Option<Money> {
    let price = price?;
    let currency = Currency::parse(&price.currency).ok()?;
    Some(Money::new(price.amount_minor, currency))
}
