//! Gaps of answer templates that nobody filled: a buyer would read them as they are written.

/// What order-sync's answer templates may leave open, as it is written there. A new gap belongs here, too: the story of a
/// question in `crates/e2e` puts every gap that order-sync lists into an answer, and wants it refused.
const PLACEHOLDERS: [&str; 4] = [
    "{buyer}",
    "{product}",
    "{tracking_number}",
    "{order_number}",
];

/// Words for a buyer still hold gaps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{field} still holds {}: fill in what it stands for, or take it out",
    .placeholders.join(", ")
)]
pub struct Unfilled {
    /// Where.
    pub field: &'static str,
    /// Which, each once.
    pub placeholders: Vec<&'static str>,
}

/// Refuses words for a buyer that still hold a gap of a template. Other braces are a person's own.
pub fn check(field: &'static str, words: &str) -> Result<(), Unfilled> {
    let left = PLACEHOLDERS.into_iter();
    let placeholders: Vec<&str> = left.filter(|gap| words.contains(gap)).collect();
    if placeholders.is_empty() {
        return Ok(());
    }
    Err(Unfilled {
        field,
        placeholders,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_that_is_left_is_named_with_the_way_out_and_other_braces_pass() {
        let left = "{buyer}님, 송장번호는 {tracking_number}입니다. {buyer}";
        let refused = check("text", left).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "text still holds {buyer}, {tracking_number}: fill in what it stands for, or take it out"
        );
        for fine in [
            "",
            "내일 출발합니다",
            "중괄호 {는} 괜찮습니다",
            "{ buyer }",
            "{buyer",
        ] {
            assert_eq!(check("text", fine), Ok(()), "{fine}");
        }
    }
}
