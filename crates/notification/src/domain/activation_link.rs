//! What a buyer of a digital product is told.

use moa_vault::Pii;

use super::euc_kr;

/// The most bytes of a short message; a longer one costs more and has a subject.
const SMS_BYTES: usize = 90;
/// The most bytes of any text message.
const LMS_BYTES: usize = 2000;
/// At most 40 bytes.
const SUBJECT: &str = "디지털 상품 활성화 안내";
/// Of the merchant's name, at most: the product and the link matter more.
const MERCHANT_BYTES: usize = 40;
/// When nothing of the product's name is left.
const NAMELESS: &str = "디지털 상품";

/// A text message as it goes to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextMessage {
    pub(crate) kind: TextKind,
    /// The link in it is as good as the product, so it does not print.
    pub(crate) text: Pii<String>,
    pub(crate) bytes: usize,
}

/// Short or long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextKind {
    Sms,
    Lms { subject: &'static str },
}

/// Why there is no message for a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error(
        "the link holds characters that text messages cannot carry; check the store's public address"
    )]
    LinkUnencodable,
    #[error("the link leaves no room in a text message; check the store's public address")]
    LinkTooLong,
}

/// The message with the link as it is, said by `merchant`, if that is not empty; the product's name gives way when
/// something cannot be carried or is too long.
pub(crate) fn compose(
    merchant: &str,
    product_name: &str,
    url: &str,
) -> Result<TextMessage, ComposeError> {
    let merchant = euc_kr::shortened(&euc_kr::representable(merchant), MERCHANT_BYTES);
    let link = euc_kr::length(url).ok_or(ComposeError::LinkUnencodable)?;
    let frame = euc_kr::length(&text(&merchant, "", "")).unwrap_or(LMS_BYTES);
    let room = LMS_BYTES
        .checked_sub(frame + link)
        .filter(|room| *room >= 2 * NAMELESS.chars().count())
        .ok_or(ComposeError::LinkTooLong)?;
    let mut name = euc_kr::shortened(&euc_kr::representable(product_name), room);
    if name.is_empty() {
        name = NAMELESS.to_owned();
    }
    let text = text(&merchant, &name, url);
    let bytes = euc_kr::length(&text).ok_or(ComposeError::LinkUnencodable)?;
    let kind = if bytes <= SMS_BYTES {
        TextKind::Sms
    } else {
        TextKind::Lms { subject: SUBJECT }
    };
    Ok(TextMessage {
        kind,
        text: Pii::new(text),
        bytes,
    })
}

fn text(merchant: &str, product_name: &str, url: &str) -> String {
    let said_by = if merchant.is_empty() {
        String::new()
    } else {
        format!("[{merchant}] ")
    };
    format!("{said_by}{product_name} 구매 감사합니다. 아래 링크에서 활성화해 주세요. {url}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const URL: &str = "https://shop.example/a/0190163d-8694-739b-aea5-966c26f8ad91#Zm9vYmFy";

    #[test]
    fn the_message_names_the_product_and_carries_the_link() {
        let message = compose("책방 모아", "러스트 입문 전자책", URL).unwrap();
        assert_eq!(
            message.text.reveal(),
            &format!(
                "[책방 모아] 러스트 입문 전자책 구매 감사합니다. 아래 링크에서 활성화해 주세요. {URL}"
            )
        );
        assert_eq!(message.kind, TextKind::Lms { subject: SUBJECT });
        assert!(euc_kr::length(SUBJECT).unwrap() <= 40);
    }

    #[test]
    fn ninety_bytes_are_short_and_one_more_is_long() {
        let frame = euc_kr::length(&text("", "책", "")).unwrap();
        let fits = compose("", "책", &"x".repeat(90 - frame)).unwrap();
        assert_eq!((fits.bytes, fits.kind), (90, TextKind::Sms));
        let longer = compose("", "책", &"x".repeat(91 - frame)).unwrap();
        assert_eq!(longer.bytes, 91);
        assert_ne!(longer.kind, TextKind::Sms);
    }

    #[test]
    fn an_emoji_in_the_name_gives_way_and_the_link_does_not() {
        let message = compose("", "📚 전자책 👨‍👩‍👧", URL).unwrap();
        assert!(message.text.reveal().starts_with("? 전자책 ? 구매"));
        assert!(message.text.reveal().ends_with(URL));
        assert_eq!(
            compose("", "전자책", "https://상점.example/📚"),
            Err(ComposeError::LinkUnencodable)
        );
    }

    #[test]
    fn a_name_of_nothing_is_called_a_digital_product() {
        let message = compose(" ", " \n ", URL).unwrap();
        assert!(message.text.reveal().starts_with("디지털 상품 구매"));
    }

    #[test]
    fn a_link_that_fills_the_message_is_refused() {
        assert_eq!(
            compose("", "책", &"x".repeat(1950)),
            Err(ComposeError::LinkTooLong)
        );
    }

    #[test]
    fn a_message_does_not_print_its_link() {
        assert!(!format!("{:?}", compose("", "책", URL).unwrap()).contains("Zm9v"));
    }

    proptest! {
        #[test]
        fn any_name_fits_with_its_link_whole(name in any::<String>(), repeat in 1_usize..400) {
            let message = compose(&name, &name.repeat(repeat), URL).unwrap();
            prop_assert!(message.bytes <= LMS_BYTES);
            prop_assert!(message.text.reveal().ends_with(URL));
        }
    }
}
