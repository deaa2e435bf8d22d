//! Texts that answers begin from, with gaps that are filled from a question and its order.

/// Templates of one merchant; more would be found by nobody.
pub(crate) const MOST: i64 = 100;
const NAME_LENGTH: usize = 60;
const TEXT_LENGTH: usize = 2000;

/// What a template may leave open. Written as `{name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Buyer,
    Product,
    TrackingNumber,
    OrderNumber,
}

impl Gap {
    const ALL: [Self; 4] = [
        Self::Buyer,
        Self::Product,
        Self::TrackingNumber,
        Self::OrderNumber,
    ];

    /// As written between braces.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Product => "product",
            Self::TrackingNumber => "tracking_number",
            Self::OrderNumber => "order_number",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gap| gap.as_str() == name)
    }
}

/// What is wrong with a template: the field, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) field: &'static str,
    pub(crate) reason: String,
}

/// What gaps are filled with; empty where nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filling {
    /// Masked.
    pub(crate) buyer: String,
    pub(crate) product: String,
    pub(crate) tracking_number: String,
    pub(crate) order_number: String,
}

impl Filling {
    fn of(&self, gap: Gap) -> &str {
        match gap {
            Gap::Buyer => &self.buyer,
            Gap::Product => &self.product,
            Gap::TrackingNumber => &self.tracking_number,
            Gap::OrderNumber => &self.order_number,
        }
    }
}

/// A text to begin an answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    /// Gaps for which nothing is known stand in it as they were written.
    pub(crate) text: String,
    /// Their names, each once.
    pub(crate) unfilled: Vec<&'static str>,
}

enum Piece<'a> {
    Text(&'a str),
    Gap(Gap),
    /// Between braces, and no gap that is known.
    Unknown(&'a str),
}

/// Reads a template's name.
pub(crate) fn parse_name(text: &str) -> Result<String, Malformed> {
    let malformed = |reason| Malformed {
        field: "name",
        reason,
    };
    let name = text.trim();
    if !(1..=NAME_LENGTH).contains(&name.chars().count()) {
        return Err(malformed(format!(
            "must have 1 to {NAME_LENGTH} characters"
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(malformed(
            "must be one line without control characters".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

/// Reads a template's text. A gap that nothing fills would go out to a buyer as it is written, so it is refused here.
pub(crate) fn parse_text(text: &str) -> Result<String, Malformed> {
    let malformed = |reason| Malformed {
        field: "text",
        reason,
    };
    let text = text.trim();
    if !(1..=TEXT_LENGTH).contains(&text.chars().count()) || text.contains('\0') {
        return Err(malformed(format!(
            "must have 1 to {TEXT_LENGTH} characters"
        )));
    }
    let unknown = pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Unknown(name) => Some(name),
        Piece::Text(_) | Piece::Gap(_) => None,
    });
    match unknown {
        None => Ok(text.to_owned()),
        Some(name) => {
            let known = Gap::ALL.map(|gap| format!("{{{}}}", gap.as_str()));
            let name: String = name.chars().take(40).collect();
            Err(malformed(format!(
                "has the unknown placeholder {{{name}}}; the known ones are {}",
                known.join(", ")
            )))
        }
    }
}

/// Fills a template's text. What fills a gap is never read for gaps itself.
pub(crate) fn fill(text: &str, filling: &Filling) -> Filled {
    let mut filled = String::with_capacity(text.len());
    let mut unfilled = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Gap(gap) if !filling.of(gap).is_empty() => filled.push_str(filling.of(gap)),
            Piece::Gap(gap) => {
                filled.push_str(&format!("{{{}}}", gap.as_str()));
                if !unfilled.contains(&gap.as_str()) {
                    unfilled.push(gap.as_str());
                }
            }
            Piece::Unknown(name) => filled.push_str(&format!("{{{name}}}")),
        }
    }
    Filled {
        text: filled,
        unfilled,
    }
}

/// A name as it may be shown to people who need not know it: its ends, and stars between.
pub(crate) fn mask_name(name: &str) -> String {
    let letters: Vec<char> = name.trim().chars().collect();
    match letters.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, between @ .., last] => format!("{first}{}{last}", "*".repeat(between.len())),
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before));
        let Some((name, tail)) = after.split_once('}') else {
            // A brace that is never closed is a brace.
            pieces.push(Piece::Text("{"));
            rest = after;
            continue;
        };
        pieces.push(Gap::parse(name).map_or(Piece::Unknown(name), Piece::Gap));
        rest = tail;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling() -> Filling {
        Filling {
            buyer: mask_name("김모아"),
            product: "머그컵".to_owned(),
            ..Filling::default()
        }
    }

    #[test]
    fn gaps_are_filled_and_those_without_a_value_stay_and_are_named() {
        let filled = fill(
            "{buyer}님, {product}의 송장은 {tracking_number}입니다. {tracking_number}",
            &filling(),
        );
        assert_eq!(
            filled.text,
            "김*아님, 머그컵의 송장은 {tracking_number}입니다. {tracking_number}"
        );
        assert_eq!(filled.unfilled, ["tracking_number"]);
    }

    #[test]
    fn what_a_buyers_data_says_is_never_read_as_a_gap() {
        let filling = Filling {
            product: "{buyer}".to_owned(),
            ..filling()
        };
        assert_eq!(fill("{product}", &filling).text, "{buyer}");
    }

    #[test]
    fn a_gap_that_nothing_fills_is_refused_by_name() {
        let refused = parse_text("{buyer}님, {phone}로 연락드릴게요").unwrap_err();
        assert_eq!(refused.field, "text");
        assert!(refused.reason.contains("{phone}"), "{}", refused.reason);
        assert!(refused.reason.contains("{buyer}"), "{}", refused.reason);
        assert_eq!(parse_text(" {buyer} { ").unwrap(), "{buyer} {");
        for wrong in ["", "  ", &"가".repeat(2001)] {
            assert!(parse_text(wrong).is_err());
        }
        for wrong in ["", " ", "배송\n안내", &"가".repeat(61)] {
            assert!(parse_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_shows_its_ends_only() {
        for (name, masked) in [
            ("김모아", "김*아"),
            ("남궁민수", "남**수"),
            ("이산", "이*"),
            ("A", "*"),
            ("", ""),
        ] {
            assert_eq!(mask_name(name), masked);
        }
    }
}
