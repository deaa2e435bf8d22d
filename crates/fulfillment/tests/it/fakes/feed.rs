use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use moa_proto::moa::feed::v1 as feed;
use prost::{Message, Name};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Plays the feed of another service: what is published is served, in order.
#[derive(Clone)]
pub(crate) struct Feed {
    topic: &'static str,
    events: Arc<watch::Sender<Vec<feed::Event>>>,
}

impl Feed {
    pub(crate) fn new(topic: &'static str) -> Self {
        Self {
            topic,
            events: Arc::new(watch::Sender::new(Vec::new())),
        }
    }

    /// Publishes an event.
    pub(crate) fn publish<M: Message + Name>(
        &self,
        merchant_id: Uuid,
        aggregate_id: Uuid,
        version: i64,
        message: &M,
    ) {
        self.events.send_modify(|events| {
            let seq = events.len() as i64 + 1;
            events.push(feed::Event {
                event_id: Uuid::from_u128(seq as u128).to_string(),
                merchant_id: merchant_id.to_string(),
                topic: self.topic.to_owned(),
                r#type: M::full_name(),
                aggregate_id: aggregate_id.to_string(),
                aggregate_version: version,
                occurred_at: Some(moa_service::timestamp(moa_testkit::a_friday())),
                payload: message.encode_to_vec().into(),
                cursor: Some(feed::Cursor {
                    epoch: 1,
                    xid: 1,
                    seq,
                }),
                traceparent: String::new(),
            });
        });
    }

    /// How many events were published.
    pub(crate) fn len(&self) -> i64 {
        self.events.borrow().len() as i64
    }
}

#[tonic::async_trait]
impl feed::feed_service_server::FeedService for Feed {
    type SubscribeStream =
        Pin<Box<dyn Stream<Item = Result<feed::SubscribeResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<feed::SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let request = request.into_inner();
        assert_eq!(request.topic, self.topic);
        let seen = request.after.map_or(0, |cursor| cursor.seq);
        let stream = futures::stream::unfold(
            (self.events.subscribe(), seen),
            |(mut events, seen)| async move {
                let start = usize::try_from(seen).unwrap();
                let next: Vec<feed::Event> = events
                    .wait_for(|events| events.len() > start)
                    .await
                    .ok()?
                    .iter()
                    .skip(start)
                    .cloned()
                    .collect();
                let cursor = next.last().and_then(|event| event.cursor);
                let seen = cursor.map_or(seen, |cursor| cursor.seq);
                Some((
                    Ok(feed::SubscribeResponse {
                        events: next,
                        cursor,
                    }),
                    (events, seen),
                ))
            },
        );
        Ok(Response::new(Box::pin(stream)))
    }
}
