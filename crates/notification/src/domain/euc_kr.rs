//! Korean text messages are counted and carried in EUC-KR (with its common extension, as carriers take it).

use encoding_rs::EUC_KR;

/// What stands for characters that cannot be carried.
const REPLACEMENT: char = '?';
const ELLIPSIS: &str = "...";

/// Bytes of the text; `None` when a character cannot be carried.
pub(crate) fn length(text: &str) -> Option<usize> {
    let (bytes, _, unmappable) = EUC_KR.encode(text);
    (!unmappable).then_some(bytes.len())
}

/// The text on one line, without what cannot be carried: a run of such characters (an emoji is often several)
/// becomes one question mark.
pub(crate) fn representable(text: &str) -> String {
    let mut carried = String::with_capacity(text.len());
    let mut replacing = false;
    for c in text.chars() {
        let c = if c.is_control() || c.is_whitespace() {
            ' '
        } else {
            c
        };
        if char_length(c).is_some() {
            carried.push(c);
            replacing = false;
        } else if !replacing {
            carried.push(REPLACEMENT);
            replacing = true;
        }
    }
    carried.trim().to_owned()
}

/// The text in at most so many bytes, its end marked when something was cut off. Expects a representable text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if length(text).is_some_and(|bytes| bytes <= most) {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(ELLIPSIS.len()) else {
        return String::new();
    };
    let mut short = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += char_length(c).unwrap_or(0);
        if used > room {
            break;
        }
        short.push(c);
    }
    short.truncate(short.trim_end().len());
    short + ELLIPSIS
}

fn char_length(c: char) -> Option<usize> {
    if c.is_ascii() {
        return Some(1);
    }
    length(c.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_korean_letter_is_two_bytes_and_an_emoji_has_none() {
        assert_eq!(length("한글ab 12"), Some(9));
        assert_eq!(length("똠양꿍"), Some(6));
        assert_eq!(length("전자책 📚"), None);
    }

    #[test]
    fn what_cannot_be_carried_becomes_one_question_mark() {
        assert_eq!(representable("전자책 📚"), "전자책 ?");
        assert_eq!(representable("가족 👨‍👩‍👧‍👦 세트"), "가족 ? 세트");
        assert_eq!(representable(" 두\n줄\t이름 "), "두 줄 이름");
        assert_eq!(representable("똠양꿍 ™"), "똠양꿍 ™");
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        assert_eq!(shortened("가나다라", 8), "가나다라");
        assert_eq!(shortened("가나다라", 7), "가나...");
        assert_eq!(shortened("가나다라", 6), "가...");
        assert_eq!(shortened("가 나다라", 6), "가...");
        assert_eq!(shortened("가나다라", 2), "");
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_that_can_be_carried(text in any::<String>(), most in 3_usize..200) {
            let text = representable(&text);
            prop_assert!(length(&text).is_some());
            prop_assert!(length(&shortened(&text, most)).is_some_and(|bytes| bytes <= most));
        }
    }
}
