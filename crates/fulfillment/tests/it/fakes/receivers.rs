use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use moa_proto::moa::order_sync::v1 as pb;
use tonic::{Request, Response, Status};

use super::not_played;

/// order-sync, as far as it knows who receives what.
#[derive(Clone, Default)]
pub(crate) struct Receivers(pub(crate) Arc<Mutex<HashMap<String, &'static str>>>);

impl Receivers {
    /// An order goes to this person; one that was never named is of a receiver of its own.
    pub(crate) fn goes_to(&self, order_id: &str, receiver: &'static str) {
        let mut known = self.0.lock().unwrap();
        known.insert(order_id.to_owned(), receiver);
    }
}

#[tonic::async_trait]
impl pb::order_sync_service_server::OrderSyncService for Receivers {
    async fn group_by_receiver(
        &self,
        request: Request<pb::GroupByReceiverRequest>,
    ) -> Result<Response<pb::GroupByReceiverResponse>, Status> {
        let known = self.0.lock().unwrap();
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        for id in request.into_inner().order_ids {
            let receiver = known.get(&id).map_or(id.clone(), |name| (*name).to_owned());
            groups.entry(receiver).or_default().push(id);
        }
        let groups = groups
            .into_values()
            .map(|order_ids| pb::ReceiverGroup { order_ids });
        Ok(Response::new(pb::GroupByReceiverResponse {
            groups: groups.collect(),
        }))
    }

    async fn list_orders(
        &self,
        _: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        Err(not_played())
    }

    async fn get_order(
        &self,
        _: Request<pb::GetOrderRequest>,
    ) -> Result<Response<pb::GetOrderResponse>, Status> {
        Err(not_played())
    }

    async fn find_orders_by_person(
        &self,
        _: Request<pb::FindOrdersByPersonRequest>,
    ) -> Result<Response<pb::FindOrdersByPersonResponse>, Status> {
        Err(not_played())
    }

    async fn get_contact_change(
        &self,
        _: Request<pb::GetContactChangeRequest>,
    ) -> Result<Response<pb::GetContactChangeResponse>, Status> {
        Err(not_played())
    }

    async fn get_contacts(
        &self,
        _: Request<pb::GetContactsRequest>,
    ) -> Result<Response<pb::GetContactsResponse>, Status> {
        Err(not_played())
    }

    async fn list_collection(
        &self,
        _: Request<pb::ListCollectionRequest>,
    ) -> Result<Response<pb::ListCollectionResponse>, Status> {
        Err(not_played())
    }
}
