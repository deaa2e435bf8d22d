use moa_id::MerchantId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::ChannelProxyService;
use moa_service::{
    PageToken, ServiceName, current_caller, internal, invalid_field, page_size, parse_id,
    parse_optional_id, parse_timestamp, timestamp,
};
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{channel_account, convert, deadline, parse};
use crate::app::{App, Registration};
use crate::channel::{ClaimsQuery, OrdersQuery, ParcelQuery};
use crate::domain::account::ChannelAccount;
use crate::domain::order::ChannelOrder;
use crate::domain::receiver::Receiver;
use crate::error::Error;
use crate::store::accounts;

/// Where the list of accounts goes on.
const PAGES: PageToken = PageToken::of("channel_accounts");

/// Implements the contract's service.
pub struct ChannelProxy {
    pub app: App,
}

impl ChannelProxy {
    fn message(&self, account: &ChannelAccount) -> Option<pb::ChannelAccount> {
        Some(channel_account(&self.app.channels, account))
    }

    /// Orders as messages, each with the mark of its receiver.
    fn marked(&self, merchant_id: MerchantId, orders: Vec<ChannelOrder>) -> Vec<pb::ChannelOrder> {
        let mark = |receiver: &Receiver| self.app.receiver_mark(merchant_id, receiver);
        let orders = orders.into_iter();
        orders.map(|order| convert::order(order, mark)).collect()
    }
}

#[tonic::async_trait]
impl ChannelProxyService for ChannelProxy {
    async fn register_channel_account(
        &self,
        request: Request<pb::RegisterChannelAccountRequest>,
    ) -> Result<Response<pb::RegisterChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let registration = Registration {
            request_id: moa_service::parse::parse_text("request_id", &request.request_id, 100)?,
            name: request.name,
            base_url: request.base_url,
            credentials: parse::credentials(request.credentials)?,
            quota_per_second: request.quota_per_second,
        };
        let account = self.app.register_account(merchant_id, registration).await?;
        let channel_account = self.message(&account);
        Ok(Response::new(pb::RegisterChannelAccountResponse {
            channel_account,
        }))
    }

    async fn get_channel_account(
        &self,
        request: Request<pb::GetChannelAccountRequest>,
    ) -> Result<Response<pb::GetChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let mut conn = self.app.pool.acquire().await.map_err(internal)?;
        let account = accounts::get(&mut conn, merchant_id, id).await?;
        let account = account.ok_or(Error::AccountNotFound(id))?;
        let channel_account = self.message(&account);
        Ok(Response::new(pb::GetChannelAccountResponse {
            channel_account,
        }))
    }

    async fn list_channel_accounts(
        &self,
        request: Request<pb::ListChannelAccountsRequest>,
    ) -> Result<Response<pb::ListChannelAccountsResponse>, Status> {
        let caller = current_caller(&request);
        let request = request.into_inner();
        let merchant_id: Option<MerchantId> =
            parse_optional_id("merchant_id", &request.merchant_id)?;
        if merchant_id.is_none() && caller != Some(ServiceName::OrderSync) {
            return Err(invalid_field("merchant_id", "is missing"));
        }
        let limit = page_size(request.page_size, 100, 500)?;
        let after: Option<(Uuid, Uuid)> = PAGES.decode(&request.page_token)?;
        let mut conn = self.app.pool.acquire().await.map_err(internal)?;
        let after = after.unwrap_or_default();
        let mut found = accounts::list(&mut conn, merchant_id, after, limit + 1).await?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = found.len() > page;
        found.truncate(page);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|last| (last.merchant_id.as_uuid(), last.id.as_uuid()));
        Ok(Response::new(pb::ListChannelAccountsResponse {
            channel_accounts: found
                .iter()
                .map(|account| channel_account(&self.app.channels, account))
                .collect(),
            next_page_token: PAGES.encode(next.as_ref()),
        }))
    }

    async fn test_channel_account(
        &self,
        request: Request<pb::TestChannelAccountRequest>,
    ) -> Result<Response<pb::TestChannelAccountResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let test = self.app.test_account(merchant_id, id, deadline).await?;
        let test = Some(test.into());
        Ok(Response::new(pb::TestChannelAccountResponse { test }))
    }

    async fn activate_channel_account(
        &self,
        request: Request<pb::ActivateChannelAccountRequest>,
    ) -> Result<Response<pb::ActivateChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let account = self.app.activate_account(merchant_id, id).await?;
        let channel_account = self.message(&account);
        Ok(Response::new(pb::ActivateChannelAccountResponse {
            channel_account,
        }))
    }

    async fn deactivate_channel_account(
        &self,
        request: Request<pb::DeactivateChannelAccountRequest>,
    ) -> Result<Response<pb::DeactivateChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let account = self.app.deactivate_account(merchant_id, id).await?;
        let channel_account = self.message(&account);
        Ok(Response::new(pb::DeactivateChannelAccountResponse {
            channel_account,
        }))
    }

    async fn fetch_orders(
        &self,
        request: Request<pb::FetchOrdersRequest>,
    ) -> Result<Response<pb::FetchOrdersResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let known = parse::hash("known_sha256", &request.known_sha256)?;
        let query = OrdersQuery {
            class: parse::class(request.call_class)?,
            state: parse::box_or_changes(request.state)?,
            from: parse_timestamp("from", request.from)?,
            to: parse_timestamp("to", request.to)?,
            page_token: request.page_token,
            deadline,
        };
        let page = self.app.fetch_orders(merchant_id, id, &query).await?;
        if let Some(known) = known
            && page.parsed.rejected.is_empty()
            && known == <[u8; 32]>::from(Sha256::digest(&page.raw))
        {
            let orders = page.parsed.orders.len();
            return Ok(Response::new(pb::FetchOrdersResponse {
                unchanged_orders: Some(u32::try_from(orders).unwrap_or(u32::MAX)),
                next_page_token: page.next_page_token,
                read_at: Some(timestamp(page.read_at)),
                ..Default::default()
            }));
        }
        Ok(Response::new(pb::FetchOrdersResponse {
            raw_page: page.raw,
            orders: self.marked(merchant_id, page.parsed.orders),
            rejected_rows: page.parsed.rejected.into_iter().map(Into::into).collect(),
            next_page_token: page.next_page_token,
            read_at: Some(timestamp(page.read_at)),
            unchanged_orders: None,
        }))
    }

    async fn parse_orders(
        &self,
        request: Request<pb::ParseOrdersRequest>,
    ) -> Result<Response<pb::ParseOrdersResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let read_at = parse_timestamp("read_at", request.read_at)?;
        let channels = &self.app.channels;
        let channel = channels.get(&request.channel).ok_or_else(|| {
            invalid_field("channel", format!("must be one of: {}", channels.codes()))
        })?;
        let parsed = channel
            .parse_orders(&request.raw_page, read_at)
            .map_err(Error::Call)?;
        Ok(Response::new(pb::ParseOrdersResponse {
            orders: self.marked(merchant_id, parsed.orders),
            rejected_rows: parsed.rejected.into_iter().map(Into::into).collect(),
        }))
    }

    async fn fetch_parcel(
        &self,
        request: Request<pb::FetchParcelRequest>,
    ) -> Result<Response<pb::FetchParcelResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ParcelQuery {
            class: parse::class(request.call_class)?,
            channel_parcel_id: parse::channel_id("channel_parcel_id", &request.channel_parcel_id)?,
            deadline,
        };
        let page = self.app.fetch_parcel(merchant_id, id, &query).await?;
        let order = self.marked(merchant_id, page.order.into_iter().collect());
        Ok(Response::new(pb::FetchParcelResponse {
            gone: order.is_empty(),
            order: order.into_iter().next(),
            raw_page: page.raw,
            read_at: Some(timestamp(page.read_at)),
        }))
    }

    async fn fetch_claims(
        &self,
        request: Request<pb::FetchClaimsRequest>,
    ) -> Result<Response<pb::FetchClaimsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let query = ClaimsQuery {
            class: parse::class(request.call_class)?,
            from: parse_timestamp("from", request.from)?,
            to: parse_timestamp("to", request.to)?,
            page_token: request.page_token,
            lists: parse::claim_lists(&request.lists)?,
            deadline,
        };
        let page = self.app.fetch_claims(merchant_id, id, &query).await?;
        Ok(Response::new(pb::FetchClaimsResponse {
            raw_page: page.raw,
            claims: page.claims.into_iter().map(Into::into).collect(),
            rejected_rows: page.rejected.into_iter().map(Into::into).collect(),
            next_page_token: page.next_page_token,
            read_at: Some(timestamp(page.read_at)),
        }))
    }

    async fn acknowledge_parcels(
        &self,
        request: Request<pb::AcknowledgeParcelsRequest>,
    ) -> Result<Response<pb::AcknowledgeParcelsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let items = parse::acknowledge_items(request.items)?;
        let effects: Vec<String> = items
            .iter()
            .map(|item| item.effect_id.to_string())
            .collect();
        let answers = self
            .app
            .acknowledge_parcels(merchant_id, id, items, deadline)
            .await?;
        let results = effects.into_iter().zip(answers);
        let results = results
            .map(|(id, answer)| convert::write_result(id, answer))
            .collect();
        Ok(Response::new(pb::AcknowledgeParcelsResponse { results }))
    }

    async fn inspect_lines(
        &self,
        request: Request<pb::InspectLinesRequest>,
    ) -> Result<Response<pb::InspectLinesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let items = parse::inspect_items(request.items)?;
        let inspections = self
            .app
            .inspect_lines(merchant_id, id, &items, deadline)
            .await?;
        let inspections = inspections.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::InspectLinesResponse { inspections }))
    }

    async fn dispatch_lines(
        &self,
        request: Request<pb::DispatchLinesRequest>,
    ) -> Result<Response<pb::DispatchLinesResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let items = parse::dispatch_items(request.items)?;
        let effects: Vec<String> = items
            .iter()
            .map(|item| item.effect_id.to_string())
            .collect();
        let answers = self
            .app
            .dispatch_lines(merchant_id, id, items, deadline)
            .await?;
        let results = effects.into_iter().zip(answers);
        let results = results
            .map(|(id, answer)| convert::write_result(id, answer))
            .collect();
        Ok(Response::new(pb::DispatchLinesResponse { results }))
    }

    async fn probe_effect(
        &self,
        request: Request<pb::ProbeEffectRequest>,
    ) -> Result<Response<pb::ProbeEffectResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let question = parse::probe_question(request)?;
        let probed = self
            .app
            .probe_effect(merchant_id, id, &question, deadline)
            .await?;
        Ok(Response::new(probed.into()))
    }
}
