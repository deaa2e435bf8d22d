use std::sync::Arc;

use checkout::{App, PasswordHashing};
use chrono::TimeDelta;
use moa_id::{Ids, MerchantId};
use moa_proto::moa::checkout::v1 as pb;
use moa_proto::moa::checkout::v1::checkout_service_client::CheckoutServiceClient;
use moa_service::{Clock, ServiceChannel, ServiceName, reason_of};
use moa_testkit::{fixed_clock, identity, serve};
use moa_vault::{KeyRing, Vault};
use sqlx::PgPool;

const EMAIL: &str = "canary-hong@example.com";
const PASSWORD: &str = "아주 긴 비밀번호";

struct Stage {
    pool: PgPool,
    clock: Clock,
    merchant: MerchantId,
    client: CheckoutServiceClient<ServiceChannel>,
}

impl Stage {
    async fn new(pool: PgPool) -> Self {
        let clock = fixed_clock();
        let ids = Ids::seeded(1);
        let section = KeyRing::generate_section();
        let file = format!(r#"{{"vault": {section}}}"#);
        let key_ring = Arc::new(KeyRing::from_json(&file).unwrap());
        let app = App {
            db: pool.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            vault: Vault::new(checkout::SCHEMA, Arc::clone(&key_ring)),
            key_ring,
            hashing: PasswordHashing::new(2),
        };
        let server = checkout::grpc(Arc::new(app), identity(ServiceName::Checkout));
        let channel = serve(server, ServiceName::Checkout, ServiceName::StoreGateway).await;
        Self {
            pool,
            clock,
            merchant: ids.next(),
            client: CheckoutServiceClient::new(channel),
        }
    }

    async fn register(&mut self) -> Result<pb::CustomerSession, tonic::Status> {
        let request = pb::RegisterCustomerRequest {
            merchant_id: self.merchant.to_string(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let answer = self.client.register_customer(request).await?;
        Ok(answer.into_inner().session.unwrap())
    }

    async fn log_in(&mut self, email: &str, password: &str) -> Result<pb::CustomerSession, String> {
        let request = pb::LogInRequest {
            merchant_id: self.merchant.to_string(),
            email: email.to_owned(),
            password: password.to_owned(),
        };
        match self.client.log_in(request).await {
            Ok(answer) => Ok(answer.into_inner().session.unwrap()),
            Err(status) => Err(reason_of(&status).unwrap()),
        }
    }
}

#[sqlx::test(migrator = "checkout::MIGRATOR")]
async fn a_customer_registers_logs_in_and_out(pool: PgPool) {
    let mut stage = Stage::new(pool).await;
    let registered = stage.register().await.unwrap();
    let session = stage
        .log_in("Canary-Hong@Example.com", PASSWORD)
        .await
        .unwrap();
    assert_eq!(session.customer_id, registered.customer_id);

    let ask = pb::GetSessionRequest {
        merchant_id: stage.merchant.to_string(),
        session_token: session.session_token.clone(),
    };
    let held = stage
        .client
        .get_session(ask.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(held.customer_id, registered.customer_id);
    let leave = pb::LogOutRequest {
        merchant_id: ask.merchant_id.clone(),
        session_token: ask.session_token.clone(),
    };
    stage.client.log_out(leave).await.unwrap();
    let refused = stage.client.get_session(ask).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("SESSION_UNKNOWN"));
}

#[sqlx::test(migrator = "checkout::MIGRATOR")]
async fn a_second_account_for_one_address_is_refused(pool: PgPool) {
    let mut stage = Stage::new(pool).await;
    stage.register().await.unwrap();
    let refused = stage.register().await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("CUSTOMER_EXISTS"));
}

#[sqlx::test(migrator = "checkout::MIGRATOR")]
async fn an_unknown_address_and_a_wrong_password_are_refused_alike_and_slow_down(pool: PgPool) {
    let mut stage = Stage::new(pool).await;
    stage.register().await.unwrap();
    let unknown = stage
        .log_in("nobody@example.com", PASSWORD)
        .await
        .unwrap_err();
    for _ in 0..5 {
        let wrong = stage.log_in(EMAIL, "틀린 비밀번호").await.unwrap_err();
        assert_eq!(wrong, unknown);
    }
    assert_eq!(
        stage.log_in(EMAIL, PASSWORD).await.unwrap_err(),
        "LOGIN_THROTTLED"
    );
    stage.clock.advance(TimeDelta::seconds(2));
    stage.log_in(EMAIL, PASSWORD).await.unwrap();
}

#[sqlx::test(migrator = "checkout::MIGRATOR")]
async fn guesses_at_the_same_moment_do_not_pass_the_throttle(pool: PgPool) {
    let mut stage = Stage::new(pool).await;
    stage.register().await.unwrap();
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..12 {
        let mut client = stage.client.clone();
        let request = pb::LogInRequest {
            merchant_id: stage.merchant.to_string(),
            email: EMAIL.to_owned(),
            password: format!("틀린 비밀번호 {n}"),
        };
        guesses.spawn(async move { client.log_in(request).await.map(|_| ()) });
    }
    let answers = guesses.join_all().await;
    let answers = answers.into_iter().map(|answer| answer.unwrap_err());
    let mut reasons: Vec<_> = answers.map(|status| reason_of(&status).unwrap()).collect();
    reasons.sort();
    assert_eq!(reasons[..5], ["CREDENTIALS_REFUSED"; 5]);
    assert_eq!(reasons[5..], ["LOGIN_THROTTLED"; 7]);
    // Those that were not heard lengthened no pause.
    stage.clock.advance(TimeDelta::seconds(1));
    stage.log_in(EMAIL, PASSWORD).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM checkout.login_failures")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[sqlx::test(migrator = "checkout::MIGRATOR")]
async fn no_table_holds_the_address_the_password_or_the_token(pool: PgPool) {
    let mut stage = Stage::new(pool).await;
    let session = stage.register().await.unwrap();
    let dump: Vec<String> = sqlx::query_scalar(
        "SELECT c::text FROM checkout.customers c
         UNION ALL SELECT s::text FROM checkout.sessions s
         UNION ALL SELECT encode(email_sealed, 'escape') FROM checkout.customers",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    assert_eq!(dump.len(), 3);
    for row in dump {
        for secret in ["canary", PASSWORD, &session.session_token] {
            assert!(!row.contains(secret), "{row}");
        }
    }
}
