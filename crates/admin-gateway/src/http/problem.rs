//! How the API refuses: problem documents (RFC 9457), in Korean or English.
//!
//! A handler returns a [`Problem`]; the outermost layer writes it, because only there the language the client asked
//! for and the request id are known ([`render`]).

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use moa_service::{RequestId, metadata_of, reason_of, status::fields_of};
use serde::Serialize;
use tonic::{Code, Status};
use utoipa::ToSchema;

use crate::error::Error;
use crate::http::locale::Locale;

/// The media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was refused. Clients match on `reason`, never on the text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:moa:problem:<reason>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reason for people, in the language of `Accept-Language`.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and the way out.
    pub detail: String,
    /// Stable, e.g. `LINE_ALREADY_SHIPPED`.
    pub reason: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// What the client needs to act on, e.g. the shipment that holds the line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Name of the request in the logs.
    pub request_id: String,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Its path, e.g. `lines[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    reason: String,
    detail: Option<String>,
    fields: Vec<FieldProblem>,
    metadata: BTreeMap<String, String>,
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A refusal with a reason that `titles` knows; its standing explanation serves as detail.
    pub fn new(status: StatusCode, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            detail: None,
            fields: Vec::new(),
            metadata: BTreeMap::new(),
            retry_after_s: None,
        }
    }

    /// The same with what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A wrong field of the request.
    pub fn field(field: &str, description: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
        problem.fields.push(FieldProblem {
            field: field.to_owned(),
            description: description.into(),
        });
        problem
    }

    /// The same for a body that is what another service's contract has below `prefix`: fields lose it.
    pub fn fields_below(mut self, prefix: &str) -> Self {
        for field in &mut self.fields {
            if let Some(rest) = field.field.strip_prefix(prefix) {
                field.field = rest.to_owned();
            }
        }
        let said = self.detail.as_deref();
        if let Some(rest) = said.and_then(|detail| detail.strip_prefix(prefix)) {
            self.detail = Some(rest.to_owned());
        }
        self
    }

    /// A value that it carries.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }

    /// The same with one more value for clients.
    pub fn with_metadata(mut self, name: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// When it is worth trying again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The HTTP status it will have.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn document(self, locale: Locale, request_id: &str) -> ProblemDocument {
        let words = titles::of(&self.reason, self.status);
        let (title, standing) = words.in_locale(locale);
        let detail = self.detail.unwrap_or_else(|| match self.fields.first() {
            Some(first) => format!("{}: {}", first.field, first.description),
            None => standing.to_owned(),
        });
        ProblemDocument {
            kind: format!("urn:moa:problem:{}", self.reason),
            title: title.to_owned(),
            status: self.status.as_u16(),
            detail,
            reason: self.reason,
            fields: self.fields,
            metadata: self.metadata,
            request_id: request_id.to_owned(),
        }
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        let http = http_status(status.code());
        if http == StatusCode::INTERNAL_SERVER_ERROR {
            log_fault(&status);
            return Self::new(http, "INTERNAL");
        }
        let reason = reason_of(&status).unwrap_or_else(|| reason_of_code(status.code()).to_owned());
        let mut problem = Self::new(http, &reason);
        if !status.message().is_empty() && http != StatusCode::SERVICE_UNAVAILABLE {
            problem.detail = Some(status.message().to_owned());
        }
        if http == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(reason, "a service could not answer: {}", status.message());
        }
        problem.fields = fields_of(&status)
            .into_iter()
            .map(|(field, description)| FieldProblem { field, description })
            .collect();
        problem.metadata = metadata_of(&status).into_iter().collect();
        // A refusal with a reason of its own names the field it is about in its metadata.
        if problem.fields.is_empty()
            && let Some(field) = problem.metadata.remove("field")
        {
            problem.fields.push(FieldProblem {
                field,
                description: status.message().to_owned(),
            });
        }
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(status) => Self::from(status),
            Error::CredentialsRefused => Self::new(StatusCode::UNAUTHORIZED, "CREDENTIALS_REFUSED"),
            Error::LoginThrottled { retry_after_s } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "LOGIN_THROTTLED")
                    .retry_after(retry_after_s)
            }
            Error::OrderNotFound => Self::new(StatusCode::NOT_FOUND, "ORDER_NOT_FOUND"),
            fault => {
                log_fault(&fault);
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem of a response in the request's language.
pub async fn render(locale: Locale, request: Request, next: Next) -> Response {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.as_str().to_owned())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let retry_after = problem.retry_after_s;
    let document = problem.document(locale, &request_id);
    let mut rendered = (response.status(), axum::Json(document)).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    let headers = rendered.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(locale.as_str()),
    );
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    rendered
}

fn http_status(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded | Code::Cancelled => StatusCode::GATEWAY_TIMEOUT,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        // PERMISSION_DENIED and UNAUTHENTICATED speak of this service, not of the operator: a fault of the installation.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn reason_of_code(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument | Code::OutOfRange => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::Unavailable => "SERVICE_UNAVAILABLE",
        Code::DeadlineExceeded | Code::Cancelled => "DEADLINE_EXCEEDED",
        Code::Unimplemented => "UNIMPLEMENTED",
        _ => "INTERNAL",
    }
}

fn log_fault(error: &(dyn std::error::Error + 'static)) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %chain, "a request failed: {chain}");
}

mod titles {
    //! What each reason is called, and its standing explanation. Reasons of other services that are not listed take the
    //! title of their status and the detail their service gave.

    use http::StatusCode;

    use crate::http::locale::Locale;

    pub(super) struct Words {
        ko: (&'static str, &'static str),
        en: (&'static str, &'static str),
    }

    impl Words {
        pub(super) fn in_locale(&self, locale: Locale) -> (&'static str, &'static str) {
            match locale {
                Locale::Ko => self.ko,
                Locale::En => self.en,
            }
        }
    }

    const fn words(ko: (&'static str, &'static str), en: (&'static str, &'static str)) -> Words {
        Words { ko, en }
    }

    pub(super) fn of(reason: &str, status: StatusCode) -> Words {
        of_reason(reason).unwrap_or_else(|| of_status(status))
    }

    #[rustfmt::skip]
    fn of_reason(reason: &str) -> Option<Words> {
        Some(match reason {
            "SESSION_REQUIRED" => words(
                ("로그인이 필요합니다", "로그인하지 않았거나 세션이 끝났습니다. 다시 로그인하세요."),
                ("Log-in required", "There is no session, or it has ended. Log in again.")),
            "CREDENTIALS_REFUSED" => words(
                ("로그인할 수 없습니다", "이메일 또는 비밀번호가 올바르지 않습니다."),
                ("Log-in refused", "The e-mail address or the password is wrong.")),
            "LOGIN_THROTTLED" => words(
                ("로그인 시도가 너무 많습니다", "잠시 후 다시 시도하세요."),
                ("Too many log-in attempts", "Wait for the time in Retry-After, then try again.")),
            "ROLE_REQUIRED" => words(
                ("권한이 없습니다", "이 작업을 할 수 있는 역할이 아닙니다. 소유자에게 문의하세요."),
                ("Not permitted", "Your role may not do this. Ask an owner.")),
            "ORIGIN_REFUSED" => words(
                ("허용되지 않은 출처입니다", "다른 사이트에서 보낸 요청은 받지 않습니다."),
                ("Origin refused", "Requests that another site makes are not accepted.")),
            "CONTENT_TYPE_REQUIRED" => words(
                ("지원하지 않는 형식입니다", "본문은 application/json 이어야 합니다."),
                ("Unsupported media type", "The body must be application/json.")),
            "BODY_TOO_LARGE" => words(
                ("요청이 너무 큽니다", "본문은 256 KiB까지 받습니다."),
                ("Request too large", "A body may have up to 256 KiB.")),
            "IDEMPOTENCY_KEY_REUSED" => words(
                ("Idempotency-Key가 이미 쓰였습니다", "같은 키로 다른 요청을 보냈습니다. 새 키를 쓰세요."),
                ("Idempotency-Key already used", "The key was used for another request. Use a new key.")),
            "IDEMPOTENCY_KEY_IN_PROGRESS" => words(
                ("같은 요청을 처리하고 있습니다", "잠시 후 같은 키로 다시 보내세요."),
                ("The same request is being worked on", "Send it again with the same key in a moment.")),
            "INVALID_ARGUMENT" => words(
                ("입력이 올바르지 않습니다", "요청의 값을 확인하세요."),
                ("Invalid input", "Check the values of the request.")),
            "NOT_FOUND" => words(
                ("찾을 수 없습니다", "이 주소에는 아무것도 없습니다. /api/docs 에서 API를 확인하세요."),
                ("Not found", "There is nothing at this address. See /api/docs.")),
            "METHOD_NOT_ALLOWED" => words(
                ("허용되지 않은 메서드입니다", "/api/docs 에서 API를 확인하세요."),
                ("Method not allowed", "See /api/docs.")),
            "TIMED_OUT" => words(
                ("시간이 초과되었습니다", "처리가 끝나지 않았을 수 있습니다. 상태를 확인한 뒤 다시 시도하세요."),
                ("Timed out", "It may still be going on. Look at the state before you try again.")),
            "TOO_MANY_STREAMS" => words(
                ("연결이 너무 많습니다", "열려 있는 화면을 닫고 다시 시도하세요."),
                ("Too many streams", "Close other screens and try again.")),
            "ORDER_NOT_FOUND" => words(
                ("주문을 찾을 수 없습니다", "주문 번호를 확인하세요."),
                ("Order not found", "Check the order's id.")),
            "SHIPMENT_NOT_FOUND" => words(("배송을 찾을 수 없습니다", "배송 번호를 확인하세요."), ("Shipment not found", "Check the shipment's id.")),
            "LINE_NOT_FOUND" => words(("주문 상품을 찾을 수 없습니다", ""), ("Order line not found", "")),
            "LINE_ALREADY_SHIPPED" => words(("이미 배송에 담긴 상품입니다", ""), ("The line is in a shipment already", "")),
            "LINE_CANCELLED" => words(("취소된 상품입니다", ""), ("The line is cancelled", "")),
            "LINE_HELD" => words(("보류된 상품입니다", ""), ("The line is held", "")),
            "QUANTITY_EXCEEDED" => words(("남은 수량보다 많습니다", ""), ("More than is left of the line", "")),
            "CARRIER_UNKNOWN" => words(("알 수 없는 택배사입니다", ""), ("Unknown carrier", "")),
            "TRACKING_NUMBER_MALFORMED" => words(("운송장 번호 형식이 올바르지 않습니다", ""), ("Malformed tracking number", "")),
            "TRACKING_NUMBER_IN_USE" => words(("다른 고객의 운송장 번호입니다", ""), ("The number of another receiver's parcel", "")),
            "PARCEL_LINES_MISSING" => words(("묶음 배송 상품이 빠져 있습니다", ""), ("Lines of the parcel are missing", "")),
            "ORDER_CANCELLED" => words(("취소된 주문입니다", ""), ("The order is cancelled", "")),
            "SHIPMENT_CANCELLED" => words(("취소된 배송입니다", ""), ("The shipment is cancelled", "")),
            "SHIPMENT_DISPATCHING" => words(("발송 처리 중입니다", ""), ("The shipment is being dispatched", "")),
            "SHIPMENT_ALREADY_DISPATCHED" => words(("이미 발송되었습니다", ""), ("The shipment has left already", "")),
            "ANSWERER_UNKNOWN" => words(("답변자 ID가 필요합니다", "이 판매자 계정의 WING ID를 답변자 ID에 넣으세요. 한 번 넣으면 다음부터 이어서 씁니다."), ("Who answers is not known", "Give a WING ID of this seller as answered_by; later answers go on with it.")),
            "ANSWER_LENGTH" => words(("이 문의가 받는 답변 길이가 아닙니다", "쿠팡 고객센터 문의의 답변은 2자에서 1,000자까지입니다."), ("Not a length that this inquiry takes", "An answer to Coupang's call centre has 2 to 1,000 characters.")),
            "ANSWER_TEMPLATE_NOT_FOUND" => words(("답변 양식을 찾을 수 없습니다", "지워졌을 수 있습니다. 목록을 다시 여세요."), ("Answer template not found", "It may have been deleted. Open the list again.")),
            "ANSWER_TEMPLATE_CHANGED" => words(("그사이 다른 사람이 고친 양식입니다", "다시 불러와 바뀐 내용을 확인한 뒤 저장하세요."), ("Somebody changed this template meanwhile", "Read it again, look at what changed, then save yours.")),
            "PLACEHOLDER_UNFILLED" => words(("채우지 않은 자리표시가 남아 있습니다", "중괄호로 된 자리표시를 실제 값으로 바꾸거나 지운 뒤 다시 보내세요."), ("A placeholder is not filled in", "Replace what stands in braces by its value, or delete it, then send it again.")),
            "ANSWER_TEMPLATE_NAME_TAKEN" => words(("같은 이름의 답변 양식이 있습니다", "다른 이름을 쓰거나 그 양식을 고치세요."), ("Another template has this name", "Use another name, or change that template.")),
            "ANSWER_TEMPLATES_TOO_MANY" => words(("답변 양식이 너무 많습니다", "100개까지 둘 수 있습니다. 쓰지 않는 양식을 지우세요."), ("Too many answer templates", "100 are kept. Delete one that nobody uses.")),
            "CLAIM_NOT_FOUND" => words(("클레임을 찾을 수 없습니다", "클레임 번호를 확인하세요."), ("Claim not found", "Check the claim's id.")),
            "CLAIM_ALREADY_DECIDED" => words(("이미 처리한 클레임입니다", ""), ("The claim is decided already", "")),
            "CLAIM_DECISION_UNDER_WAY" => words(("클레임을 처리하는 중입니다", "결과가 나올 때까지 기다려 주세요."), ("A decision is on its way", "Wait for what becomes of it.")),
            "CLAIM_ACTION_NOT_POSSIBLE" => words(("지금은 할 수 없는 처리입니다", ""), ("The channel does not offer this step now", "")),
            "CLAIM_PARCEL_UNCLEAR" => words(("교환 상품의 배송 번호가 필요합니다", "회수 확인 후 몇 분 뒤에 채널이 만듭니다."), ("The exchange's parcel must be named", "The channel makes it some minutes after the goods are back.")),
            "INQUIRY_NOT_FOUND" => words(("문의를 찾을 수 없습니다", "문의 번호를 확인하세요."), ("Inquiry not found", "Check the inquiry's id.")),
            "INQUIRY_ALREADY_ANSWERED" => words(("이미 답변한 문의입니다", ""), ("The inquiry is answered already", "")),
            "INQUIRY_ANSWER_UNDER_WAY" => words(("답변을 보내는 중입니다", "결과가 나올 때까지 기다려 주세요."), ("An answer is on its way", "Wait for what becomes of it.")),
            "INQUIRY_CLOSED" => words(("채널이 닫은 문의입니다", ""), ("The channel closed the inquiry", "")),
            "INQUIRY_NOT_ANSWERABLE" => words(("이 방식으로는 답할 수 없는 문의입니다", ""), ("The inquiry does not take this reply", "")),
            "JOB_NOT_FOUND" => words(("없는 작업입니다", "GET /api/v1/jobs 에서 이름을 확인하세요."), ("No such job", "GET /api/v1/jobs names them.")),
            "EFFECT_NOT_FOUND" => words(("작업을 찾을 수 없습니다", ""), ("Effect not found", "")),
            "EFFECT_NOT_REDRIVABLE" => words(("다시 시도할 수 없는 상태입니다", ""), ("The effect cannot be tried again now", "")),
            "CHANNEL_ACCOUNT_NOT_FOUND" => words(("판매채널 계정을 찾을 수 없습니다", ""), ("Channel account not found", "")),
            "CHANNEL_ACCOUNT_EXISTS" => words(("이미 등록된 판매채널 계정입니다", ""), ("The channel account exists already", "")),
            "CHANNEL_ACCOUNT_CHANGED" => words(("그 사이 계정이 변경되었습니다", "새로 고친 뒤 다시 수정하세요."), ("The account was changed meanwhile", "Reload it and change it again.")),
            "CREDENTIALS_NOT_FOUND" => words(("인증 정보를 찾을 수 없습니다", ""), ("Keys not found", "")),
            "CREDENTIALS_NOT_TESTED" => words(("아직 확인되지 않은 인증 정보입니다", "먼저 연결 테스트를 통과해야 합니다."), ("The keys have not passed a test", "Test them first.")),
            "CREDENTIALS_RETIRED" => words(("폐기된 인증 정보입니다", "다시 입력하세요."), ("The keys are retired", "Enter them again.")),
            "CREDENTIALS_IN_USE" => words(("사용 중인 인증 정보입니다", "다른 인증 정보로 바꾼 뒤 폐기하세요."), ("The keys are in use", "Put others to use first.")),
            "CREDENTIALS_TOO_MANY" => words(("보관 중인 인증 정보가 너무 많습니다", "쓰지 않는 것을 폐기하세요."), ("Too many sets of keys", "Retire those you do not need.")),
            "SKU_TAKEN" => words(("이미 쓰이는 SKU입니다", ""), ("The SKU is taken", "")),
            "VARIANT_NOT_FOUND" => words(("상품 옵션을 찾을 수 없습니다", ""), ("Variant not found", "")),
            "LISTING_NOT_FOUND" => words(("채널 상품을 찾을 수 없습니다", ""), ("Listing not found", "")),
            "LISTING_CHANGED" => words(("그 사이 다른 사람이 연결을 바꾸었습니다", "새로 고친 뒤 다시 정하세요."), ("The mapping was changed meanwhile", "Reload it and decide again.")),
            "VARIANT_TWICE" => words(("같은 상품이 세트에 두 번 있습니다", "개수를 합쳐 한 번만 적으세요."), ("A variant stands twice in the set", "Give its whole quantity once.")),
            "COMPONENT_COUNT" => words(("연결할 상품은 1개에서 20개까지입니다", ""), ("A mapping needs 1 to 20 variants", "")),
            "QUANTITY_INVALID" => words(("개수는 1에서 1,000까지입니다", ""), ("A quantity must be between 1 and 1000", "")),
            "INTERNAL" => words(
                ("처리 중 오류가 발생했습니다", "잠시 후 다시 시도하고, 계속되면 request_id와 함께 관리자에게 알려 주세요."),
                ("Internal error", "Try again in a moment; if it stays, tell the administrator the request_id.")),
            "SERVICE_UNAVAILABLE" => words(
                ("지금은 처리할 수 없습니다", "필요한 서비스가 응답하지 않습니다. 잠시 후 다시 시도하세요."),
                ("Unavailable", "A service that is needed does not answer. Try again in a moment.")),
            _ => return None,
        })
    }

    #[rustfmt::skip]
    fn of_status(status: StatusCode) -> Words {
        match status {
            StatusCode::NOT_FOUND => words(("찾을 수 없습니다", ""), ("Not found", "")),
            StatusCode::CONFLICT => words(("지금 상태에서는 할 수 없습니다", ""), ("Not possible in this state", "")),
            StatusCode::TOO_MANY_REQUESTS => words(("요청이 너무 많습니다", "잠시 후 다시 시도하세요."), ("Too many requests", "Try again in a moment.")),
            StatusCode::SERVICE_UNAVAILABLE => words(("지금은 처리할 수 없습니다", "잠시 후 다시 시도하세요."), ("Unavailable", "Try again in a moment.")),
            StatusCode::GATEWAY_TIMEOUT => words(("시간이 초과되었습니다", "잠시 후 다시 시도하세요."), ("Timed out", "Try again in a moment.")),
            status if status.is_client_error() => words(("요청을 처리할 수 없습니다", ""), ("Refused", "")),
            _ => words(("처리 중 오류가 발생했습니다", ""), ("Internal error", "")),
        }
    }
}
