//! What we ask of channel-proxy: its accounts, pages of orders, claims and questions, and single parcels. Products are
//! asked for in `products`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_client::ChannelInquiriesServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_listings_service_client::ChannelListingsServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_parcels_service_client::ChannelParcelsServiceClient;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_service::{MAX_MESSAGE_BYTES, ServiceChannel, reason_of, timestamp};
use prost::bytes::Bytes;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::{convert, convert_inquiry, convert_quota};
use crate::Error;
use crate::domain::account::{Account, Discovery};
use crate::domain::inquiry::InquiryKind;
use crate::domain::stream::{Asked, Stream};

/// A call may wait for the account's quota, so it gets more than the usual deadline.
const DEADLINE: Duration = Duration::from_secs(60);
/// Of what is kept of a refusal's text.
const DETAIL_CHARS: usize = 300;
/// Accounts of one page, the most that channel-proxy gives.
const ACCOUNTS_PER_PAGE: i32 = 500;

/// Rows of a page as they came, translated only when the page is new.
pub(crate) enum Rows {
    Orders(Vec<pb::ChannelOrder>),
    Claims(Vec<pb::ChannelClaim>),
    Inquiries(Vec<pb::ChannelInquiry>),
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Orders(rows) => rows.len(),
            Self::Claims(rows) => rows.len(),
            Self::Inquiries(rows) => rows.len(),
        }
    }
}

/// One page of a list.
pub(crate) struct Page {
    pub(crate) raw: Bytes,
    pub(crate) rows: Rows,
    pub(crate) rejected: Vec<pb::RejectedRow>,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
    pub(crate) read_at: DateTime<Utc>,
}

/// What came of asking for a page.
pub(crate) enum Fetched {
    Page(Page),
    /// It is the one that was named as known.
    Unchanged(Unchanged),
}

/// A page that stayed where it was read.
pub(crate) struct Unchanged {
    /// So many are on it.
    pub(crate) orders: usize,
    pub(crate) next_page_token: String,
    pub(crate) read_at: DateTime<Utc>,
}

impl Fetched {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Page(page) => page.rows.len(),
            Self::Unchanged(page) => page.orders,
        }
    }

    /// Empty on the last page.
    pub(crate) fn next_page_token(&self) -> &str {
        match self {
            Self::Page(page) => &page.next_page_token,
            Self::Unchanged(page) => &page.next_page_token,
        }
    }

    pub(crate) fn read_at(&self) -> DateTime<Utc> {
        match self {
            Self::Page(page) => page.read_at,
            Self::Unchanged(page) => page.read_at,
        }
    }
}

/// Which page to ask for.
#[derive(Debug, Clone)]
pub(crate) struct PageQuery {
    pub(crate) stream: Stream,
    pub(crate) sweep: bool,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) page_token: String,
    /// SHA-256 of the page that was stored last at this place, if its rows need not come again. Of lists of orders.
    pub(crate) known: Option<[u8; 32]>,
}

/// A parcel as it is now.
pub(crate) struct Parcel {
    pub(crate) raw: Bytes,
    /// Absent when the channel says that it was cancelled or returned.
    pub(crate) order: Option<pb::ChannelOrder>,
    pub(crate) read_at: DateTime<Utc>,
}

/// A page that was translated again.
pub(crate) struct ParsedPage {
    pub(crate) orders: Vec<pb::ChannelOrder>,
    pub(crate) rejected: Vec<pb::RejectedRow>,
}

/// An order that was read alone.
pub(crate) struct SingleOrder {
    pub(crate) raw: Bytes,
    /// Absent when the channel says that it was cancelled or returned.
    pub(crate) order: Option<pb::ChannelOrder>,
    pub(crate) rejected: Vec<pb::RejectedRow>,
    pub(crate) read_at: DateTime<Utc>,
}

/// An account as channel-proxy has it now.
pub(crate) struct ListedAccount {
    pub(crate) account: Account,
    pub(crate) active: bool,
    pub(crate) version: i64,
}

/// One page of the accounts of every merchant.
pub(crate) struct AccountsPage {
    pub(crate) accounts: Vec<ListedAccount>,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
}

/// The way to channel-proxy.
#[derive(Clone)]
pub(crate) struct ChannelProxy {
    proxy: ChannelProxyServiceClient<ServiceChannel>,
    inquiries: ChannelInquiriesServiceClient<ServiceChannel>,
    pub(super) listings: ChannelListingsServiceClient<ServiceChannel>,
    parcels: ChannelParcelsServiceClient<ServiceChannel>,
}

impl ChannelProxy {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let inquiries = ChannelInquiriesServiceClient::new(channel.clone());
        let listings = ChannelListingsServiceClient::new(channel.clone());
        let parcels = ChannelParcelsServiceClient::new(channel.clone());
        let proxy = ChannelProxyServiceClient::new(channel);
        Self {
            // A page that is translated again goes out as it once came in.
            proxy: proxy
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
            listings: listings.max_decoding_message_size(MAX_MESSAGE_BYTES),
            inquiries: inquiries.max_decoding_message_size(MAX_MESSAGE_BYTES),
            parcels: parcels.max_decoding_message_size(MAX_MESSAGE_BYTES),
        }
    }

    /// One page of the accounts of every merchant.
    pub(crate) async fn list_accounts(&self, page_token: &str) -> Result<AccountsPage, Error> {
        let request = pb::ListChannelAccountsRequest {
            merchant_id: String::new(),
            page_size: ACCOUNTS_PER_PAGE,
            page_token: page_token.to_owned(),
        };
        let mut client = self.proxy.clone();
        let response = client.list_channel_accounts(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        let accounts = response.channel_accounts.into_iter().map(listed);
        Ok(AccountsPage {
            accounts: accounts.collect::<Result<_, _>>()?,
            next_page_token: response.next_page_token,
        })
    }

    /// One page of a stream's window.
    pub(crate) async fn fetch_page(
        &self,
        account: &Account,
        query: &PageQuery,
    ) -> Result<Fetched, Error> {
        let merchant_id = account.merchant_id.to_string();
        let channel_account_id = account.channel_account_id.to_string();
        let class = if query.sweep {
            pb::CallClass::Sweep
        } else {
            pb::CallClass::Poll
        };
        let state = match query.stream.asks() {
            Asked::Box(state) => convert::line_state_to_pb(state),
            Asked::Changes => pb::LineState::Unspecified,
            Asked::Claims | Asked::SettledClaims => {
                return self
                    .fetch_claims(account, class, query)
                    .await
                    .map(Fetched::Page);
            }
            Asked::Inquiries(kind) => {
                return self
                    .fetch_inquiries(account, kind, query)
                    .await
                    .map(Fetched::Page);
            }
        };
        let request = pb::FetchOrdersRequest {
            merchant_id,
            channel_account_id,
            call_class: class.into(),
            state: state.into(),
            from: Some(timestamp(query.from)),
            to: Some(timestamp(query.to)),
            page_token: query.page_token.clone(),
            known_sha256: query
                .known
                .map(|known| known.to_vec().into())
                .unwrap_or_default(),
        };
        let response = self
            .proxy
            .clone()
            .fetch_orders(with_deadline(request))
            .await;
        let response = response.map_err(refused)?.into_inner();
        let read_at = page_time(response.read_at)?;
        let next_page_token = response.next_page_token;
        let Some(orders) = response.unchanged_orders else {
            return Ok(Fetched::Page(Page {
                read_at,
                raw: response.raw_page,
                rows: Rows::Orders(response.orders),
                rejected: response.rejected_rows,
                next_page_token,
            }));
        };
        let is_bare = response.raw_page.is_empty()
            && response.orders.is_empty()
            && response.rejected_rows.is_empty();
        if query.known.is_none() || !is_bare {
            return Err(malformed(
                "channel-proxy calls a page unchanged that was not known, or sends it",
            ));
        }
        Ok(Fetched::Unchanged(Unchanged {
            orders: orders as usize,
            next_page_token,
            read_at,
        }))
    }

    async fn fetch_claims(
        &self,
        account: &Account,
        class: pb::CallClass,
        query: &PageQuery,
    ) -> Result<Page, Error> {
        let lists = claim_lists(account.discovery, query.stream);
        let request = pb::FetchClaimsRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: class.into(),
            from: Some(timestamp(query.from)),
            to: Some(timestamp(query.to)),
            page_token: query.page_token.clone(),
            lists: lists.iter().map(|list| (*list).into()).collect(),
        };
        let mut client = self.proxy.clone();
        let response = client.fetch_claims(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        Ok(Page {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            rows: Rows::Claims(response.claims),
            rejected: response.rejected_rows,
            next_page_token: response.next_page_token,
        })
    }

    async fn fetch_inquiries(
        &self,
        account: &Account,
        kind: InquiryKind,
        query: &PageQuery,
    ) -> Result<Page, Error> {
        let class = if query.sweep {
            pb::CallClass::Sweep
        } else {
            pb::CallClass::Poll
        };
        let request = pb::FetchInquiriesRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: class.into(),
            kind: convert_inquiry::kind_to_pb(kind).into(),
            from: Some(timestamp(query.from)),
            to: Some(timestamp(query.to)),
            page_token: query.page_token.clone(),
            // All of them: an answer that was given elsewhere is news too.
            state: pb::InquiryState::Unspecified.into(),
        };
        let mut client = self.inquiries.clone();
        let response = client.fetch_inquiries(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        Ok(Page {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            rows: Rows::Inquiries(response.inquiries),
            rejected: response.rejected_rows,
            next_page_token: response.next_page_token,
        })
    }

    /// A page that was kept, translated by the channel-proxy of today. No call to the channel.
    pub(crate) async fn parse_orders(
        &self,
        account: &Account,
        raw: Vec<u8>,
        read_at: DateTime<Utc>,
    ) -> Result<ParsedPage, Error> {
        let request = pb::ParseOrdersRequest {
            merchant_id: account.merchant_id.to_string(),
            channel: account.channel.clone(),
            raw_page: raw.into(),
            read_at: Some(timestamp(read_at)),
        };
        let response = self
            .proxy
            .clone()
            .parse_orders(with_deadline(request))
            .await;
        let response = response.map_err(refused)?.into_inner();
        Ok(ParsedPage {
            orders: response.orders,
            rejected: response.rejected_rows,
        })
    }

    /// One order as it is now, with all of its parcels.
    pub(crate) async fn fetch_order(
        &self,
        account: &Account,
        channel_order_id: &str,
    ) -> Result<SingleOrder, Error> {
        let request = pb::FetchOrderRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: pb::CallClass::Sweep.into(),
            channel_order_id: channel_order_id.to_owned(),
        };
        let response = self
            .parcels
            .clone()
            .fetch_order(with_deadline(request))
            .await;
        let response = response.map_err(refused)?.into_inner();
        Ok(SingleOrder {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            order: response.order.filter(|_| !response.gone),
            rejected: response.rejected_rows,
        })
    }

    /// One parcel as it is now.
    pub(crate) async fn fetch_parcel(
        &self,
        account: &Account,
        channel_parcel_id: &str,
    ) -> Result<Parcel, Error> {
        let request = pb::FetchParcelRequest {
            merchant_id: account.merchant_id.to_string(),
            channel_account_id: account.channel_account_id.to_string(),
            call_class: pb::CallClass::Poll.into(),
            channel_parcel_id: channel_parcel_id.to_owned(),
        };
        let response = self
            .proxy
            .clone()
            .fetch_parcel(with_deadline(request))
            .await;
        let response = response.map_err(refused)?.into_inner();
        Ok(Parcel {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            order: response.order.filter(|_| !response.gone),
        })
    }
}

/// The lists that a stream of claims shows; none means all that the channel has.
fn claim_lists(discovery: Discovery, stream: Stream) -> &'static [pb::ClaimList] {
    match (discovery, stream) {
        (Discovery::ChangesFeed, _) => &[],
        (Discovery::BoxesByState, Stream::ClaimsSettled) => &[
            pb::ClaimList::CompletedReturns,
            pb::ClaimList::Exchanges,
            pb::ClaimList::Withdrawals,
        ],
        (Discovery::BoxesByState, _) => &[pb::ClaimList::OpenReturns],
    }
}

fn listed(account: pb::ChannelAccount) -> Result<ListedAccount, Error> {
    let unreadable = |field: &str| Error::Channel {
        reason: "CHANNEL_PROXY_MALFORMED_ANSWER".to_owned(),
        detail: format!("channel-proxy lists an account whose {field} cannot be read"),
        retry_after: None,
    };
    let merchant_id = account.merchant_id.parse();
    let channel_account_id = account.channel_account_id.parse();
    Ok(ListedAccount {
        active: account.state() == pb::ChannelAccountState::Active,
        version: account.version,
        account: Account {
            merchant_id: merchant_id.map_err(|_| unreadable("merchant_id"))?,
            channel_account_id: channel_account_id.map_err(|_| unreadable("channel_account_id"))?,
            discovery: convert::discovery(&account).map_err(|_| unreadable("capabilities"))?,
            overlap: convert::overlap(&account),
            inquiries: convert_inquiry::inquiry_source(&account),
            visibility_lag: convert::visibility_lag(&account),
            quota: convert_quota::call_quota(&account),
            channel: account.channel,
        },
    })
}

pub(super) fn with_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

pub(super) fn page_time(read_at: Option<prost_types::Timestamp>) -> Result<DateTime<Utc>, Error> {
    let told = convert::time(read_at);
    told.ok_or_else(|| malformed("channel-proxy did not say when it read the page"))
}

fn malformed(detail: &str) -> Error {
    Error::Channel {
        reason: "CHANNEL_MALFORMED_ANSWER".to_owned(),
        detail: detail.to_owned(),
        retry_after: None,
    }
}

/// A refusal in our words: its stable reason, its text for people, and when to come again.
pub(super) fn refused(status: Status) -> Error {
    let reason = reason_of(&status).unwrap_or_else(|| match status.code() {
        Code::Unavailable => "CHANNEL_PROXY_UNAVAILABLE".to_owned(),
        Code::DeadlineExceeded => "CHANNEL_PROXY_TIMED_OUT".to_owned(),
        _ => "CHANNEL_PROXY_FAILED".to_owned(),
    });
    let retry_after = status
        .get_details_retry_info()
        .and_then(|info| info.retry_delay);
    Error::Channel {
        reason,
        detail: status.message().chars().take(DETAIL_CHARS).collect(),
        retry_after,
    }
}
