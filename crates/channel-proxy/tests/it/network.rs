//! What can go wrong between here and a channel, as callers and the account's screen are told.

use std::net::SocketAddr;
use std::time::Duration;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{metadata_of, reason_of};
use sqlx::PgPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::Stage;

/// What the other side does with each connection.
#[derive(Clone, Copy)]
enum Manners {
    /// Takes it and says nothing.
    Silent,
    /// Reads the request and hangs up.
    HangsUp,
    /// Promises more than it sends and hangs up.
    SendsHalf,
    /// Promises more than it sends and waits.
    StopsHalfway,
    /// Answers every request with a web page.
    ShowsPage,
}

const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"code\":200";

async fn serve(manners: Manners) -> (SocketAddr, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(AbortOnDropHandle::new(tokio::spawn(behave(
                stream, manners,
            ))));
        }
    });
    (address, AbortOnDropHandle::new(task))
}

async fn behave(mut stream: TcpStream, manners: Manners) {
    let mut request = [0; 4096];
    if stream.read(&mut request).await.is_err() {
        return;
    }
    let page = "<html><head><title>서비스 점검</title></head></html>";
    let page = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let written = match manners {
        Manners::Silent | Manners::HangsUp => Ok(()),
        Manners::SendsHalf | Manners::StopsHalfway => stream.write_all(HALF).await,
        Manners::ShowsPage => stream.write_all(page.as_bytes()).await,
    };
    let waits = matches!(manners, Manners::Silent | Manners::StopsHalfway);
    if written.is_ok() && waits {
        // Until the caller gives up.
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
    }
}

/// Registers an account at this address and asks for its orders.
async fn asked_at(stage: &mut Stage, base_url: String) -> (String, Status) {
    let credentials = stage.credentials().await;
    let mut request = stage.registration(&base_url, credentials, 50);
    request.base_url = base_url;
    let account = stage.admin.register_channel_account(request).await.unwrap();
    let account = account.into_inner().channel_account.unwrap();
    let request = stage.orders_request(&account.channel_account_id, pb::LineState::Placed);
    let refused = stage.order_sync.fetch_orders(request).await.unwrap_err();
    (account.channel_account_id, refused)
}

fn told(refused: &Status) -> (Code, String, String) {
    let reason = reason_of(refused).unwrap();
    (
        refused.code(),
        reason,
        metadata_of(refused)["policy"].clone(),
    )
}

async fn last_refusal(stage: &mut Stage, account: &str) -> Option<String> {
    let request = pb::GetChannelAccountRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
    };
    let account = stage.admin.get_channel_account(request).await.unwrap();
    let account = account.into_inner().channel_account.unwrap();
    account.last_refusal.map(|refusal| refusal.reason)
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_refused_port_may_be_tried_again(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    // Bound and closed again: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (_, refused) = asked_at(&mut stage, format!("http://{address}")).await;
    let expected = (
        Code::Unavailable,
        "CHANNEL_UNREACHABLE".into(),
        "RETRY".into(),
    );
    assert_eq!(told(&refused), expected);
    assert!(refused.message().contains("refused"), "{refused}");
    let retry = refused.get_details_retry_info().unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_secs(1)));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_name_that_leads_nowhere_is_told_and_stands_on_the_account(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let (account, refused) = asked_at(&mut stage, "http://channel.invalid:9".to_owned()).await;
    let expected = (
        Code::Unavailable,
        "CHANNEL_NAME_UNRESOLVED".into(),
        "RETRY".into(),
    );
    assert_eq!(told(&refused), expected);
    let shown = last_refusal(&mut stage, &account).await;
    assert_eq!(shown.as_deref(), Some("CHANNEL_NAME_UNRESOLVED"));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn https_at_a_plain_port_is_told_from_an_unreachable_one(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let plain = stage.sandbox.coupang_url.replace("http://", "https://");
    let (account, refused) = asked_at(&mut stage, plain).await;
    let expected = (
        Code::FailedPrecondition,
        "CHANNEL_TLS_FAILED".into(),
        "PAGE".into(),
    );
    assert_eq!(told(&refused), expected);
    assert!(refused.message().contains("https"), "{refused}");
    let shown = last_refusal(&mut stage, &account).await;
    assert_eq!(shown.as_deref(), Some("CHANNEL_TLS_FAILED"));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn silence_after_the_call_was_sent_is_waited_out_and_never_repeated_blindly(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let (address, _server) = serve(Manners::Silent).await;
    let (_, refused) = asked_at(&mut stage, format!("http://{address}")).await;
    let expected = (
        Code::DeadlineExceeded,
        "CHANNEL_TIMED_OUT".into(),
        "WAIT".into(),
    );
    assert_eq!(told(&refused), expected);
    assert!(refused.message().contains("begin"), "{refused}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_connection_that_breaks_before_the_answer_is_told_from_one_that_never_was(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let (address, _server) = serve(Manners::HangsUp).await;
    let (_, refused) = asked_at(&mut stage, format!("http://{address}")).await;
    let expected = (
        Code::Aborted,
        "CHANNEL_CONNECTION_LOST".into(),
        "WAIT".into(),
    );
    assert_eq!(told(&refused), expected);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn half_an_answer_is_told_from_none(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    for (manners, word) in [
        (Manners::SendsHalf, "broke"),
        (Manners::StopsHalfway, "in time"),
    ] {
        let (address, _server) = serve(manners).await;
        // Two accounts of one seller would be one account.
        let credentials = stage.credentials().await;
        let mut request = stage.registration(word, credentials, 50);
        let digit = word.len();
        let vendor = format!("A0000000{digit}");
        if let Some(pb::credentials::Channel::Coupang(coupang)) = request
            .credentials
            .as_mut()
            .and_then(|c| c.channel.as_mut())
        {
            coupang.vendor_id = vendor;
        }
        request.base_url = format!("http://{address}");
        let account = stage.admin.register_channel_account(request).await.unwrap();
        let account = account
            .into_inner()
            .channel_account
            .unwrap()
            .channel_account_id;
        let request = stage.orders_request(&account, pb::LineState::Placed);
        let refused = stage.order_sync.fetch_orders(request).await.unwrap_err();
        let expected = (
            Code::Aborted,
            "CHANNEL_ANSWER_UNFINISHED".into(),
            "WAIT".into(),
        );
        assert_eq!(told(&refused), expected);
        assert!(refused.message().contains(word), "{refused}");
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_web_page_under_status_200_is_no_answer(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let (address, _server) = serve(Manners::ShowsPage).await;
    let (_, refused) = asked_at(&mut stage, format!("http://{address}")).await;
    let expected = (Code::Aborted, "CHANNEL_FAULT".into(), "WAIT".into());
    assert_eq!(told(&refused), expected);
    assert!(refused.message().contains("서비스 점검"), "{refused}");
}
