//! What SmartStore owes for sales whose buyers are content, day by day.

use chrono::{Days, FixedOffset, NaiveDate};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use moa_service::{Clock, ServiceChannel, ServiceName};
use pb::channel_settlements_service_client::ChannelSettlementsServiceClient;
use serde_json::json;
use sqlx::PgPool;

use crate::smartstore_support::Store;
use crate::support::{dispatch_item, permit_of};
use crate::topics::NUMBER;

fn korean_today() -> NaiveDate {
    let korea = FixedOffset::east_opt(9 * 3600).unwrap();
    Clock::system().now().with_timezone(&korea).date_naive()
}

async fn reader(store: &Store) -> ChannelSettlementsServiceClient<ServiceChannel> {
    let channel = store.stage.proxy.channel(ServiceName::OrderSync).await;
    ChannelSettlementsServiceClient::new(channel)
}

fn request(store: &Store, from: NaiveDate, to: NaiveDate) -> pb::FetchSettlementsRequest {
    pb::FetchSettlementsRequest {
        merchant_id: store.stage.merchant_id.to_string(),
        channel_account_id: store.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        from_day: from.to_string(),
        to_day: to.to_string(),
        page_token: String::new(),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_sale_whose_buyer_is_content_is_owed_on_its_day(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    let before = korean_today() - Days::new(2);
    let (order_id, _) = store.place(json!({"kind": "physical", "lines": 1})).await;
    let orders = store.changes().await;
    let parcels = store.parcels_of(&orders[0]);
    store.acknowledge_all(&parcels).await;
    let item = store.stage.inspect_item(&parcels[0]);
    let inspections = store.inspect(vec![item.clone()]).await;
    let leaving = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);
    let result = store.dispatch(vec![leaving]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    store.buyer(&order_id, "confirm").await;

    let mut reader = reader(&store).await;
    // The day may have turned since.
    let mut request = request(&store, before, korean_today());
    let (mut pages, mut lines) = (0, Vec::new());
    loop {
        let page = reader.fetch_settlements(request.clone()).await;
        let page = page.unwrap().into_inner();
        assert!(!page.raw_page.is_empty());
        assert_eq!(page.rejected_rows, []);
        pages += 1;
        lines.extend(page.settlements);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!((3..=4).contains(&pages), "a day is a page: {pages}");
    let is_goods = |line: &&pb::ChannelSettlement| line.kind() == pb::SettlementKind::Sale;
    let goods: Vec<_> = lines.iter().filter(is_goods).collect();
    assert_eq!(goods.len(), 1, "{lines:?}");
    let sale = goods[0];
    assert_eq!(sale.channel_order_id, order_id);
    assert_eq!(sale.channel_line_id, parcels[0].channel_parcel_id);
    let won =
        |money: &Option<moa_proto::moa::money::v1::Money>| money.as_ref().unwrap().amount_minor;
    let (sold, fee, owed) = (won(&sale.sale), won(&sale.fee), won(&sale.settlement));
    assert!(fee > 0 && owed > 0, "{sale:?}");
    assert_eq!(sold - fee, owed);
    assert!(sale.settles_on > sale.recognised_on, "{sale:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn days_that_are_too_many_or_of_another_list_are_refused_by_field(pool: PgPool) {
    let store = Store::open(&pool).await;
    let mut reader = reader(&store).await;
    let today = korean_today();
    let long = request(&store, today - Days::new(500), today);
    let refused = reader.fetch_settlements(long).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "to_day");
    let two = request(&store, today - Days::new(1), today);
    let page = reader.fetch_settlements(two).await.unwrap().into_inner();
    let mut other = request(&store, today - Days::new(2), today);
    other.page_token = page.next_page_token;
    let refused = reader.fetch_settlements(other).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "page_token");
}
