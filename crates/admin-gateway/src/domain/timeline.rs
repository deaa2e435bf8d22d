//! What happened to an order, in words. Entries are stored as a kind with parameters, without personal data, and become
//! text here when they are read, so that both languages and a better wording reach old entries too.

use std::collections::BTreeMap;

use crate::domain::locale::Locale;

/// The parameters of an entry.
pub type Params = BTreeMap<String, String>;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $ko:literal, $en:literal;)+) => {
        /// What happened. The words stand beside each kind; `{name}` is filled from the entry's parameters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TimelineKind {
            $($(#[$doc])+ $variant,)+
        }

        impl TimelineKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As stored and as answered.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            const fn template(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$variant, Locale::Ko) => $ko, (Self::$variant, Locale::En) => $en,)+
                }
            }
        }
    };
}

kinds! {
    /// The customer ordered.
    OrderPlaced = "ORDER_PLACED", "{channel}에서 주문되었습니다.", "Ordered on {channel}.";
    /// Moa first had the order.
    OrderCollected = "ORDER_COLLECTED", "주문을 수집했습니다.", "The order was collected.";
    /// The merchant accepted it.
    OrderAcknowledged = "ORDER_ACKNOWLEDGED", "주문을 확인했습니다.", "The order was acknowledged.";
    /// Some of its lines left.
    OrderPartiallyDispatched = "ORDER_PARTIALLY_DISPATCHED", "일부 상품이 발송되었습니다.", "Part of the order was dispatched.";
    /// All of it left.
    OrderDispatched = "ORDER_DISPATCHED", "판매채널에서 발송이 확인되었습니다.", "The channel shows the order as dispatched.";
    /// It arrived.
    OrderDelivered = "ORDER_DELIVERED", "배송이 완료되었습니다.", "The order was delivered.";
    /// The customer confirmed the purchase.
    OrderConfirmed = "ORDER_CONFIRMED", "구매가 확정되었습니다.", "The purchase was confirmed.";
    /// It was cancelled.
    OrderCancelled = "ORDER_CANCELLED", "주문이 취소되었습니다.", "The order was cancelled.";
    /// It came back.
    OrderReturned = "ORDER_RETURNED", "반품되었습니다.", "The order was returned.";
    /// The customer asks for something after the sale.
    ClaimRequested = "CLAIM_REQUESTED", "고객이 {claim}을(를) 요청했습니다.", "The customer asked for: {claim}.";
    /// It was granted.
    ClaimCompleted = "CLAIM_COMPLETED", "{claim} 처리가 완료되었습니다.", "Completed: {claim}.";
    /// The customer took it back.
    ClaimWithdrawn = "CLAIM_WITHDRAWN", "고객이 {claim} 요청을 철회했습니다.", "The customer withdrew: {claim}.";
    /// A parcel was packed under a tracking number.
    ShipmentCreated = "SHIPMENT_CREATED", "운송장이 등록되었습니다: {carrier} {tracking_number}", "A tracking number was entered: {carrier} {tracking_number}";
    /// Its dispatch was asked for.
    ShipmentDispatching = "SHIPMENT_DISPATCHING", "발송 처리를 시작했습니다: {tracking_number}", "The dispatch has begun: {tracking_number}";
    /// It left.
    ShipmentDispatched = "SHIPMENT_DISPATCHED", "발송되었습니다: {carrier} {tracking_number}", "Dispatched: {carrier} {tracking_number}";
    /// Something speaks against it: the entry's reason.
    ShipmentHeld = "SHIPMENT_HELD", "발송이 보류되었습니다.", "The dispatch is held.";
    /// Its receiver changed after it was packed.
    ReceiverChanged = "RECEIVER_CHANGED", "송장 등록 뒤 받는 분의 주소가 바뀌어 발송이 보류되었습니다. 새 주소를 확인해 주세요: {tracking_number}", "The receiver changed after it was packed, so it is held. Look at the new address: {tracking_number}";
    /// It was taken back.
    ShipmentCancelled = "SHIPMENT_CANCELLED", "운송장 등록을 취소했습니다: {tracking_number}", "The shipment was taken back: {tracking_number}";
    /// The channel took our acknowledgement.
    ParcelAcknowledged = "PARCEL_ACKNOWLEDGED", "판매채널에 주문 확인을 전달했습니다.", "The channel accepted the acknowledgement.";
    /// The channel took the tracking number.
    ParcelDispatched = "PARCEL_DISPATCHED", "판매채널에 운송장을 전달했습니다: {carrier} {tracking_number}", "The channel accepted the tracking number: {carrier} {tracking_number}";
    /// A digital line may be delivered.
    EntitlementGranted = "ENTITLEMENT_GRANTED", "디지털 상품 이용권이 발급되었습니다: {product_name}", "A digital product was granted: {product_name}";
    /// The link went out.
    EntitlementLinkSent = "ENTITLEMENT_LINK_SENT", "이용 링크를 보냈습니다.", "The activation link was sent.";
    /// The customer has it.
    EntitlementActivated = "ENTITLEMENT_ACTIVATED", "고객이 디지털 상품을 등록했습니다.", "The customer activated the digital product.";
    /// It was taken back.
    EntitlementRevoked = "ENTITLEMENT_REVOKED", "디지털 상품 이용권이 회수되었습니다.", "The digital product was revoked.";
    /// The provider took a message.
    MessageAccepted = "MESSAGE_ACCEPTED", "메시지를 발송했습니다: {template}", "A message was handed over: {template}";
    /// The message arrived.
    MessageDelivered = "MESSAGE_DELIVERED", "메시지가 전달되었습니다: {template}", "A message was delivered: {template}";
    /// The message did not arrive by any means.
    MessageFailed = "MESSAGE_FAILED", "메시지를 전달하지 못했습니다: {template}", "A message could not be delivered: {template}";
    /// An operator looked at the contact.
    ContactRevealed = "CONTACT_REVEALED", "담당자가 고객 연락처를 조회했습니다.", "An operator looked at the contact.";
    /// The contact was erased.
    ContactErased = "CONTACT_ERASED", "고객의 개인정보를 삭제했습니다.", "The customer's personal data was erased.";
}

impl TimelineKind {
    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The entry for people.
    pub fn text(self, params: &Params, locale: Locale) -> String {
        let mut text = String::new();
        let mut rest = self.template(locale);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            let value = params.get(name).map_or("", String::as_str);
            text.push_str(word(name, value, locale));
            rest = tail;
        }
        text.push_str(rest);
        text.trim_end_matches([' ', ':']).to_owned()
    }
}

/// The name people know for a code; a value without one stands for itself.
fn word<'a>(param: &str, value: &'a str, locale: Locale) -> &'a str {
    let (ko, en) = match (param, value) {
        ("channel", "coupang") => ("쿠팡", "Coupang"),
        ("channel", "smartstore") => ("스마트스토어", "SmartStore"),
        ("claim", "CANCEL") => ("취소", "cancellation"),
        ("claim", "STOP_SHIPMENT") => ("출고 중지", "stop of shipment"),
        ("claim", "RETURN") => ("반품", "return"),
        ("claim", "EXCHANGE") => ("교환", "exchange"),
        ("template", "activation_link") => ("이용 링크 안내", "activation link"),
        ("template", "new_orders") => ("신규 주문 알림", "new orders"),
        ("template", "inquiry_digest") => ("문의 알림", "open questions"),
        ("template", "key_expiring") => ("API 키 만료 알림", "an ending API key"),
        ("carrier", code) => match carrier_name(code) {
            Some(names) => names,
            None => return value,
        },
        _ => return value,
    };
    match locale {
        Locale::Ko => ko,
        Locale::En => en,
    }
}

/// Our carrier codes with their names in Korean and English.
pub const CARRIERS: [(&str, &str, &str); 6] = [
    ("CJ_LOGISTICS", "CJ대한통운", "CJ Logistics"),
    ("LOTTE", "롯데택배", "Lotte Global Logistics"),
    ("HANJIN", "한진택배", "Hanjin"),
    ("KOREA_POST", "우체국택배", "Korea Post"),
    ("LOGEN", "로젠택배", "Logen"),
    ("DIRECT", "직접 전달", "Direct delivery"),
];

fn carrier_name(code: &str) -> Option<(&'static str, &'static str)> {
    CARRIERS
        .iter()
        .find(|(known, _, _)| *known == code)
        .map(|(_, ko, en)| (*ko, *en))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn an_entry_reads_in_both_languages() {
        let params = params(&[
            ("carrier", "CJ_LOGISTICS"),
            ("tracking_number", "123456789012"),
        ]);
        let kind = TimelineKind::ShipmentDispatched;
        assert_eq!(
            kind.text(&params, Locale::Ko),
            "발송되었습니다: CJ대한통운 123456789012"
        );
        assert_eq!(
            kind.text(&params, Locale::En),
            "Dispatched: CJ Logistics 123456789012"
        );
    }

    #[test]
    fn a_code_without_a_name_stands_for_itself_and_a_missing_parameter_leaves_no_trace() {
        let unknown = params(&[("carrier", "ROCKET")]);
        let text = TimelineKind::ShipmentDispatched.text(&unknown, Locale::En);
        assert_eq!(text, "Dispatched: ROCKET");
        let text = TimelineKind::ShipmentDispatching.text(&Params::new(), Locale::En);
        assert_eq!(text, "The dispatch has begun");
    }

    #[test]
    fn every_kind_survives_being_stored_and_has_words() {
        for kind in TimelineKind::ALL {
            assert_eq!(TimelineKind::parse(kind.as_str()), Some(*kind));
            for locale in [Locale::Ko, Locale::En] {
                let text = kind.text(&Params::new(), locale);
                assert!(
                    !text.is_empty() && !text.contains(['{', '}']),
                    "{kind:?}: {text}"
                );
            }
        }
    }
}
