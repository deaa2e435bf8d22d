//! channel-proxy's keeping of accounts, played.

use std::sync::{Arc, Mutex};

use moa_proto::moa::channel_proxy::v1 as pb;
use tonic::{Request, Response, Status};

use crate::players::Played;

#[derive(Clone, Default)]
pub struct ChannelKeeper {
    pub updates: Arc<Played<pb::UpdateChannelAccountRequest>>,
    pub adds: Arc<Played<pb::AddCredentialsRequest>>,
    pub tests: Arc<Played<pb::TestCredentialsRequest>>,
    pub promotes: Arc<Played<pb::PromoteCredentialsRequest>>,
    pub retires: Arc<Played<pb::RetireCredentialsRequest>>,
    pub lists: Arc<Played<pb::ListCallsRequest>>,
    pub health: Arc<Mutex<pb::ChannelAccountHealth>>,
    pub sets: Arc<Mutex<Vec<pb::CredentialSet>>>,
    pub calls: Arc<Mutex<Vec<pb::ChannelCall>>>,
    pub findings: Arc<Mutex<Vec<pb::DriftFinding>>>,
}

fn account(id: String) -> Option<pb::ChannelAccount> {
    Some(pb::ChannelAccount {
        channel_account_id: id,
        version: 2,
        ..Default::default()
    })
}

impl ChannelKeeper {
    fn set(&self) -> Option<pb::CredentialSet> {
        self.sets.lock().unwrap().first().cloned()
    }
}

#[tonic::async_trait]
impl pb::channel_account_service_server::ChannelAccountService for ChannelKeeper {
    async fn update_channel_account(
        &self,
        request: Request<pb::UpdateChannelAccountRequest>,
    ) -> Result<Response<pb::UpdateChannelAccountResponse>, Status> {
        let request = request.into_inner();
        let channel_account = account(request.channel_account_id.clone());
        self.updates.ask(request)?;
        Ok(Response::new(pb::UpdateChannelAccountResponse {
            channel_account,
        }))
    }

    async fn get_channel_account_health(
        &self,
        _: Request<pb::GetChannelAccountHealthRequest>,
    ) -> Result<Response<pb::GetChannelAccountHealthResponse>, Status> {
        let health = Some(self.health.lock().unwrap().clone());
        Ok(Response::new(pb::GetChannelAccountHealthResponse {
            health,
        }))
    }

    async fn add_credentials(
        &self,
        request: Request<pb::AddCredentialsRequest>,
    ) -> Result<Response<pb::AddCredentialsResponse>, Status> {
        self.adds.ask(request.into_inner())?;
        let credential_set = self.set();
        Ok(Response::new(pb::AddCredentialsResponse { credential_set }))
    }

    async fn list_credentials(
        &self,
        _: Request<pb::ListCredentialsRequest>,
    ) -> Result<Response<pb::ListCredentialsResponse>, Status> {
        let credential_sets = self.sets.lock().unwrap().clone();
        Ok(Response::new(pb::ListCredentialsResponse {
            credential_sets,
        }))
    }

    async fn test_credentials(
        &self,
        request: Request<pb::TestCredentialsRequest>,
    ) -> Result<Response<pb::TestCredentialsResponse>, Status> {
        self.tests.ask(request.into_inner())?;
        let credential_set = self.set();
        Ok(Response::new(pb::TestCredentialsResponse {
            credential_set,
        }))
    }

    async fn promote_credentials(
        &self,
        request: Request<pb::PromoteCredentialsRequest>,
    ) -> Result<Response<pb::PromoteCredentialsResponse>, Status> {
        let request = request.into_inner();
        let channel_account = account(request.channel_account_id.clone());
        self.promotes.ask(request)?;
        Ok(Response::new(pb::PromoteCredentialsResponse {
            channel_account,
        }))
    }

    async fn retire_credentials(
        &self,
        request: Request<pb::RetireCredentialsRequest>,
    ) -> Result<Response<pb::RetireCredentialsResponse>, Status> {
        self.retires.ask(request.into_inner())?;
        let credential_set = self.set();
        Ok(Response::new(pb::RetireCredentialsResponse {
            credential_set,
        }))
    }
}

#[tonic::async_trait]
impl pb::call_log_service_server::CallLogService for ChannelKeeper {
    async fn list_calls(
        &self,
        request: Request<pb::ListCallsRequest>,
    ) -> Result<Response<pb::ListCallsResponse>, Status> {
        self.lists.ask(request.into_inner())?;
        Ok(Response::new(pb::ListCallsResponse {
            calls: self.calls.lock().unwrap().clone(),
            next_page_token: "further".to_owned(),
        }))
    }
}

#[tonic::async_trait]
impl pb::drift_service_server::DriftService for ChannelKeeper {
    async fn list_drift(
        &self,
        _: Request<pb::ListDriftRequest>,
    ) -> Result<Response<pb::ListDriftResponse>, Status> {
        Ok(Response::new(pb::ListDriftResponse {
            findings: self.findings.lock().unwrap().clone(),
            next_page_token: String::new(),
        }))
    }
}
