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
