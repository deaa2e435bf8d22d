//! Names, phones and ids of people, as SmartStore writes and hides them.

/// A phone number as people write it: `0502-1234-5678`.
pub fn hyphenated(digits: &str) -> String {
    let front = if digits.starts_with("050") {
        4
    } else if digits.starts_with("02") {
        2
    } else {
        3
    };
    let (Some(head), Some(rest)) = (digits.get(..front), digits.get(front..)) else {
        return digits.to_owned();
    };
    let (Some(middle), Some(tail)) = (
        rest.get(..rest.len().saturating_sub(4)),
        rest.get(rest.len().saturating_sub(4)..),
    ) else {
        return digits.to_owned();
    };
    format!("{head}-{middle}-{tail}")
}

/// `김서연` as `김*연`.
pub fn mask_name(name: &str) -> String {
    let count = name.chars().count();
    name.chars()
        .enumerate()
        .map(|(place, letter)| {
            if place == 0 || (count > 2 && place == count - 1) {
                letter
            } else {
                '*'
            }
        })
        .collect()
}

/// `0502-1234-5678` as `0502-****-5678`.
pub fn mask_phone(phone: &str) -> String {
    let mut part = 0;
    phone
        .chars()
        .map(|letter| {
            part += usize::from(letter == '-');
            if part == 1 && letter != '-' {
                '*'
            } else {
                letter
            }
        })
        .collect()
}

/// Hides all but the first letters of an id.
pub fn mask_tail(text: &str, shown: usize) -> String {
    text.chars()
        .enumerate()
        .map(|(place, letter)| if place < shown { letter } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_names_are_written_and_hidden_as_in_korea() {
        assert_eq!(hyphenated("050212345678"), "0502-1234-5678");
        assert_eq!(hyphenated("05021234567"), "0502-123-4567");
        assert_eq!(hyphenated("0230001000"), "02-3000-1000");
        assert_eq!(mask_phone("0502-1234-5678"), "0502-****-5678");
        assert_eq!(mask_name("김서연"), "김*연");
        assert_eq!(mask_name("이철"), "이*");
        assert_eq!(mask_name("남궁서연"), "남**연");
        assert_eq!(mask_tail("abcdefghi", 4), "abcd*****");
    }
}
