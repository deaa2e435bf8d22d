//! Claims, questions and products, read to the end of their lists and one by one.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, timestamp};

use super::desk::Desk;
use super::world::World;
use crate::topics::claim_ref;

impl<W: World> Desk<W> {
    pub fn claims_request(&self) -> pb::FetchClaimsRequest {
        let now = Clock::system().now();
        pb::FetchClaimsRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            from: Some(timestamp(now - TimeDelta::minutes(5))),
            // World time may have gone on while a parcel travelled.
            to: Some(timestamp(now + TimeDelta::minutes(20))),
            page_token: String::new(),
            lists: Vec::new(),
        }
    }

    /// Every claim of the last minutes.
    pub async fn listed_claims(&mut self) -> Vec<pb::ChannelClaim> {
        let mut request = self.claims_request();
        let mut claims = Vec::new();
        loop {
            let page = self.stage.order_sync.fetch_claims(request.clone()).await;
            let page = page.unwrap().into_inner();
            assert_eq!(page.rejected_rows, []);
            claims.extend(page.claims);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return claims;
            }
        }
    }

    /// The one open claim of an order.
    pub async fn claim_of(&mut self, channel_order_id: &str) -> pb::ChannelClaim {
        let mut claims = self.listed_claims().await;
        claims.retain(|claim| {
            claim.channel_order_id == channel_order_id && claim.state() == pb::ClaimState::Requested
        });
        claims.dedup_by(|a, b| a.channel_claim_id == b.channel_claim_id);
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims.remove(0)
    }

    pub async fn fetch_claim(&mut self, claim: &pb::ChannelClaim) -> pb::FetchClaimResponse {
        let request = pb::FetchClaimRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Gate.into(),
            claim: claim_ref(claim),
        };
        let response = self.claims.fetch_claim(request).await.unwrap();
        response.into_inner()
    }

    pub fn questions_request(&self, kind: pb::InquiryKind) -> pb::FetchInquiriesRequest {
        let now = Clock::system().now();
        pb::FetchInquiriesRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            kind: kind.into(),
            from: Some(timestamp(now - TimeDelta::days(9))),
            to: Some(timestamp(now + TimeDelta::minutes(1))),
            page_token: String::new(),
            state: pb::InquiryState::Unspecified.into(),
        }
    }

    /// Every question of a kind.
    pub async fn listed_questions(
        &mut self,
        mut request: pb::FetchInquiriesRequest,
    ) -> Vec<pb::ChannelInquiry> {
        let mut questions = Vec::new();
        loop {
            let page = self.questions.fetch_inquiries(request.clone()).await;
            let page = page.unwrap().into_inner();
            assert!(!page.raw_page.is_empty());
            assert_eq!(page.rejected_rows, []);
            questions.extend(page.inquiries);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return questions;
            }
        }
    }

    /// A buyer's question about an order of its own; the order's id, and the question as the list shows it.
    pub async fn asked(
        &mut self,
        kind: pb::InquiryKind,
        to_confirm: bool,
    ) -> (String, pb::ChannelInquiry) {
        let order_id = self.place(1, 1).await.remove(0);
        let words = W::question(kind, "언제 오나요? 알려 주세요.", to_confirm);
        self.buyer(&order_id, "ask", words).await;
        let request = self.questions_request(kind);
        let mut questions = self.listed_questions(request).await;
        assert_eq!(questions.len(), 1, "{questions:?}");
        (order_id, questions.remove(0))
    }

    /// Every product of the account.
    pub async fn products(&mut self) -> Vec<pb::ChannelProduct> {
        let mut request = pb::FetchProductsRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Sweep.into(),
            page_token: String::new(),
        };
        let mut products = Vec::new();
        loop {
            let page = self.listings.fetch_products(request.clone()).await;
            let page = page.unwrap().into_inner();
            assert_eq!(page.rejected_rows, []);
            products.extend(page.products);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return products;
            }
        }
    }

    pub async fn product(&mut self, channel_product_id: &str) -> pb::FetchProductResponse {
        let request = pb::FetchProductRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Sweep.into(),
            channel_product_id: channel_product_id.to_owned(),
        };
        let response = self.listings.fetch_product(request).await.unwrap();
        response.into_inner()
    }

    pub async fn offer(&mut self, listing: &pb::ListingRef) -> pb::FetchOfferResponse {
        let request = pb::FetchOfferRequest {
            merchant_id: self.merchant_id(),
            channel_account_id: self.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            listing: Some(listing.clone()),
        };
        let response = self.listings.fetch_offer(request).await.unwrap();
        response.into_inner()
    }

    /// The first listing of a product that has several.
    pub async fn listing(&mut self) -> pb::ListingRef {
        for product in self.products().await {
            let id = product.channel_product_id;
            let listings = self.product(&id).await.product.unwrap().listings;
            if listings.len() > 1 {
                return pb::ListingRef {
                    channel_listing_id: listings[0].channel_listing_id.clone(),
                    channel_product_id: id,
                };
            }
        }
        panic!("the sandbox offers no product of several listings");
    }
}
