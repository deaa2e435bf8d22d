//! What we ask of channel-proxy: pages of orders and claims, and single parcels.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_client::ChannelProxyServiceClient;
use moa_service::{MAX_MESSAGE_BYTES, ServiceChannel, reason_of, timestamp};
use prost::bytes::Bytes;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::convert;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::window::Stream;

/// A call may wait for the account's quota, so it gets more than the usual deadline.
const DEADLINE: Duration = Duration::from_secs(60);
/// Of what is kept of a refusal's text.
const DETAIL_CHARS: usize = 300;

/// Rows of a page as they came, translated only when the page is new.
pub(crate) enum Rows {
    Orders(Vec<pb::ChannelOrder>),
    Claims(Vec<pb::ChannelClaim>),
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

/// Which page to ask for.
#[derive(Debug, Clone)]
pub(crate) struct PageQuery {
    pub(crate) stream: Stream,
    pub(crate) sweep: bool,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) page_token: String,
}

/// A parcel as it is now.
pub(crate) struct Parcel {
    pub(crate) raw: Bytes,
    /// Absent when the channel says that it was cancelled or returned.
    pub(crate) order: Option<pb::ChannelOrder>,
    pub(crate) read_at: DateTime<Utc>,
}

/// The way to channel-proxy.
#[derive(Clone)]
pub(crate) struct ChannelProxy(ChannelProxyServiceClient<ServiceChannel>);

impl ChannelProxy {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        let client = ChannelProxyServiceClient::new(channel);
        Self(client.max_decoding_message_size(MAX_MESSAGE_BYTES))
    }

    /// One page of a stream's window.
    pub(crate) async fn fetch_page(
        &self,
        account: &Account,
        query: &PageQuery,
    ) -> Result<Page, Error> {
        let merchant_id = account.merchant_id.to_string();
        let channel_account_id = account.channel_account_id.to_string();
        let class = if query.sweep {
            pb::CallClass::Sweep
        } else {
            pb::CallClass::Poll
        };
        let Some(state) = query.stream.line_state() else {
            let request = pb::FetchClaimsRequest {
                merchant_id,
                channel_account_id,
                call_class: class.into(),
                from: Some(timestamp(query.from)),
                to: Some(timestamp(query.to)),
                page_token: query.page_token.clone(),
            };
            let response = self.0.clone().fetch_claims(with_deadline(request)).await;
            let response = response.map_err(refused)?.into_inner();
            return Ok(Page {
                read_at: page_time(response.read_at)?,
                raw: response.raw_page,
                rows: Rows::Claims(response.claims),
                rejected: response.rejected_rows,
                next_page_token: response.next_page_token,
            });
        };
        let request = pb::FetchOrdersRequest {
            merchant_id,
            channel_account_id,
            call_class: class.into(),
            state: convert::line_state_to_pb(state).into(),
            from: Some(timestamp(query.from)),
            to: Some(timestamp(query.to)),
            page_token: query.page_token.clone(),
        };
        let response = self.0.clone().fetch_orders(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        Ok(Page {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            rows: Rows::Orders(response.orders),
            rejected: response.rejected_rows,
            next_page_token: response.next_page_token,
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
        let response = self.0.clone().fetch_parcel(with_deadline(request)).await;
        let response = response.map_err(refused)?.into_inner();
        Ok(Parcel {
            read_at: page_time(response.read_at)?,
            raw: response.raw_page,
            order: response.order.filter(|_| !response.gone),
        })
    }
}

fn with_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

fn page_time(read_at: Option<prost_types::Timestamp>) -> Result<DateTime<Utc>, Error> {
    convert::time(read_at).ok_or_else(|| Error::Channel {
        reason: "CHANNEL_MALFORMED_ANSWER".to_owned(),
        detail: "channel-proxy did not say when it read the page".to_owned(),
        retry_after: None,
    })
}

/// A refusal in our words: its stable reason, its text for people, and when to come again.
fn refused(status: Status) -> Error {
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
