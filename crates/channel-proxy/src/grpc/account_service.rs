use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::channel_proxy::v1::channel_account_service_server::ChannelAccountService;
use moa_service::{parse_id, timestamp};
use tonic::{Request, Response, Status};

use super::{channel_account, deadline, parse};
use crate::app::{AccountHealth, App, Holder, NewCredentials, Wishes};
use crate::domain::account::{ChannelAccount, EgressVerdict};
use crate::domain::breaker::{BreakerHealth, BreakerState};
use crate::domain::closure::ClosedBy;
use crate::domain::credential_set::{CredentialSet, SetState};
use crate::domain::failure::FailureKind;
use crate::domain::quota::{BucketHealth, CallClass};

/// Implements the contract's service.
pub struct ChannelAccounts {
    pub app: App,
}

#[tonic::async_trait]
impl ChannelAccountService for ChannelAccounts {
    async fn update_channel_account(
        &self,
        request: Request<pb::UpdateChannelAccountRequest>,
    ) -> Result<Response<pb::UpdateChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let credentials = request
            .credentials
            .map(|entered| parse::credentials(Some(entered)));
        let wishes = Wishes {
            expected_version: request.expected_version,
            name: request.name,
            base_url: request.base_url,
            quota_per_second: request.quota_per_second,
            key_issued_on: request.key_issued_on,
            credentials: credentials.transpose()?,
        };
        let account = self.app.update_account(merchant_id, id, wishes).await?;
        Ok(Response::new(pb::UpdateChannelAccountResponse {
            channel_account: Some(channel_account(&self.app.channels, &account)),
        }))
    }

    async fn get_channel_account_health(
        &self,
        request: Request<pb::GetChannelAccountHealthRequest>,
    ) -> Result<Response<pb::GetChannelAccountHealthResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let health = self.app.account_health(merchant_id, id).await?;
        let health = Some(self.health(health));
        Ok(Response::new(pb::GetChannelAccountHealthResponse {
            health,
        }))
    }

    async fn add_credentials(
        &self,
        request: Request<pb::AddCredentialsRequest>,
    ) -> Result<Response<pb::AddCredentialsResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let new = NewCredentials {
            request_id: moa_service::parse::parse_text("request_id", &request.request_id, 100)?,
            credentials: parse::credentials(request.credentials)?,
            key_issued_on: request.key_issued_on,
        };
        let set = self.app.add_credentials(merchant_id, id, new).await?;
        let credential_set = Some(self.set(merchant_id, id, set).await?);
        Ok(Response::new(pb::AddCredentialsResponse { credential_set }))
    }

    async fn list_credentials(
        &self,
        request: Request<pb::ListCredentialsRequest>,
    ) -> Result<Response<pb::ListCredentialsResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let (account, sets) = self.app.list_credentials(merchant_id, id).await?;
        let sets = sets.into_iter().map(|set| self.message(&account, set));
        Ok(Response::new(pb::ListCredentialsResponse {
            credential_sets: sets.collect(),
        }))
    }

    async fn test_credentials(
        &self,
        request: Request<pb::TestCredentialsRequest>,
    ) -> Result<Response<pb::TestCredentialsResponse>, Status> {
        let deadline = deadline::of(request.metadata());
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let credentials_id = parse_id("credentials_id", &request.credentials_id)?;
        let tested = self
            .app
            .test_credentials(merchant_id, id, credentials_id, deadline);
        let set = tested.await?;
        let credential_set = Some(self.set(merchant_id, id, set).await?);
        Ok(Response::new(pb::TestCredentialsResponse {
            credential_set,
        }))
    }

    async fn promote_credentials(
        &self,
        request: Request<pb::PromoteCredentialsRequest>,
    ) -> Result<Response<pb::PromoteCredentialsResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let credentials_id = parse_id("credentials_id", &request.credentials_id)?;
        let promoted = self
            .app
            .promote_credentials(merchant_id, id, credentials_id);
        let account = promoted.await?;
        Ok(Response::new(pb::PromoteCredentialsResponse {
            channel_account: Some(channel_account(&self.app.channels, &account)),
        }))
    }

    async fn retire_credentials(
        &self,
        request: Request<pb::RetireCredentialsRequest>,
    ) -> Result<Response<pb::RetireCredentialsResponse>, Status> {
        let request = request.into_inner();
        let (merchant_id, id) = parse::account(&request.merchant_id, &request.channel_account_id)?;
        let credentials_id = parse_id("credentials_id", &request.credentials_id)?;
        let retired = self.app.retire_credentials(merchant_id, id, credentials_id);
        let set = retired.await?;
        let credential_set = Some(self.set(merchant_id, id, set).await?);
        Ok(Response::new(pb::RetireCredentialsResponse {
            credential_set,
        }))
    }
}

impl ChannelAccounts {
    async fn set(
        &self,
        merchant_id: moa_id::MerchantId,
        id: moa_id::ChannelAccountId,
        set: CredentialSet,
    ) -> Result<pb::CredentialSet, Status> {
        let account = self.app.account(merchant_id, id).await?;
        Ok(self.message(&account, set))
    }

    fn message(&self, account: &ChannelAccount, set: CredentialSet) -> pb::CredentialSet {
        let state = match set.state {
            SetState::Pending => pb::CredentialSetState::Pending,
            SetState::Promoted => pb::CredentialSetState::Promoted,
            SetState::Previous => pb::CredentialSetState::Previous,
            SetState::Retired => pb::CredentialSetState::Retired,
        };
        let ends_at = self.app.key_ends_at(account, set.key_issued_on);
        pb::CredentialSet {
            credentials_id: set.id.to_string(),
            state: state.into(),
            key_issued_on: set
                .key_issued_on
                .map_or_else(String::new, |day| day.to_string()),
            key_expires_at: ends_at.map(timestamp),
            created_at: Some(timestamp(set.created_at)),
            last_test: set.last_test.map(Into::into),
            changed_at: Some(timestamp(set.changed_at)),
        }
    }

    fn health(&self, health: AccountHealth) -> pb::ChannelAccountHealth {
        let account = &health.account;
        let (holder, held_until) = match health.holder {
            Holder::Nobody => (pb::LeaseHolder::Nobody, None),
            Holder::ThisProcess(until) => (pb::LeaseHolder::ThisProcess, until),
            Holder::AnotherProcess(until) => (pb::LeaseHolder::AnotherProcess, Some(until)),
        };
        let verdict = match health.egress {
            EgressVerdict::Accepted => pb::EgressVerdict::Accepted,
            EgressVerdict::NotRegistered => pb::EgressVerdict::NotRegistered,
            EgressVerdict::Unexpected => pb::EgressVerdict::Unexpected,
        };
        let text = |address: Option<std::net::IpAddr>| {
            address.map_or_else(String::new, |address| address.to_string())
        };
        let egress = pb::EgressCheck {
            verdict: verdict.into(),
            configured_address: text(health.egress_configured),
            reported_address: text(account.egress.map(|report| report.address)),
            reported_at: account.egress.map(|report| timestamp(report.at)),
        };
        let shown = channel_account(&self.app.channels, account);
        let closed = health.buckets.iter().filter_map(|bucket| {
            let closure = bucket.closure?;
            Some(pb::QuotaClosure {
                bucket: bucket.name.clone(),
                cause: cause(closure.cause).reason().to_owned(),
                until: Some(timestamp(self.app.time_of(closure.until))),
            })
        });
        pb::ChannelAccountHealth {
            channel_account_id: account.id.to_string(),
            read_at: Some(timestamp(health.read_at)),
            holder: holder.into(),
            held_until: held_until.map(timestamp),
            closures: closed.collect(),
            buckets: health.buckets.iter().map(bucket).collect(),
            breakers: health
                .breakers
                .iter()
                .map(|(api, health)| self.breaker(api, health))
                .collect(),
            last_refusal: shown.last_refusal,
            key_expires_at: shown.key_expires_at,
            egress: Some(egress),
            key_life_days: health.key_life_days.map_or(0, clamp),
        }
    }

    fn breaker(&self, api: &str, health: &BreakerHealth) -> pb::ApiBreaker {
        let (state, until) = match health.state {
            BreakerState::Closed => (pb::BreakerState::Closed, None),
            BreakerState::Open(until) => (pb::BreakerState::Open, Some(self.app.time_of(until))),
            BreakerState::HalfOpen => (pb::BreakerState::HalfOpen, None),
        };
        pb::ApiBreaker {
            api: api.to_owned(),
            state: state.into(),
            until: until.map(timestamp),
            recent_calls: clamp(health.calls),
            recent_faults: clamp(health.ill),
        }
    }
}

/// The kind of failure with which calls are refused while they are stopped for this.
fn cause(cause: ClosedBy) -> FailureKind {
    match cause {
        ClosedBy::TooManyCalls => FailureKind::QuotaExhausted,
        ClosedBy::NotGranted => FailureKind::NotGranted,
        ClosedBy::QuotaSpent => FailureKind::QuotaSpent,
        ClosedBy::Penalty => FailureKind::Penalty,
        ClosedBy::Ban => FailureKind::Banned,
        ClosedBy::Credentials => FailureKind::CredentialsRefused,
        ClosedBy::Address => FailureKind::IpNotAllowed,
    }
}

fn bucket(bucket: &BucketHealth) -> pb::QuotaBucket {
    let classes = bucket.classes.iter().map(|class| {
        let call_class = match class.class {
            CallClass::Gate => pb::CallClass::Gate,
            CallClass::Poll => pb::CallClass::Poll,
            CallClass::Sweep => pb::CallClass::Sweep,
        };
        pb::ClassUse {
            call_class: call_class.into(),
            share_percent: clamp(class.share_percent),
            waiting: clamp(class.waiting),
            last_minute: clamp(class.last_minute),
        }
    });
    pb::QuotaBucket {
        name: bucket.name.clone(),
        capacity_per_second: clamp(bucket.capacity),
        used: clamp(bucket.used),
        left: clamp(bucket.left),
        classes: classes.collect(),
    }
}

fn clamp<T>(number: T) -> i32
where
    i32: TryFrom<T>,
{
    i32::try_from(number).unwrap_or(i32::MAX)
}
