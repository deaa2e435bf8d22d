//! Which variants a listing may be: by equal codes first, then by names that are alike.
//!
//! Every variant is prepared once and compared with every listing of a page: two letters at a time (Dice's coefficient),
//! which bears words in another order and Korean written with or without spaces.

use moa_id::VariantId;
use unicode_normalization::UnicodeNormalization;

use super::listing::VariantBrief;
use super::sight::Names;

/// Suggestions of one listing, at most.
pub(crate) const MAX_SUGGESTIONS: usize = 5;
/// Names less alike than this are not worth a look.
const LEAST_SCORE: i32 = 40;
/// How much the product's name counts beside the option's, of 100.
const PRODUCT_WEIGHT: i32 = 65;

/// A variant that a listing may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) id: VariantId,
    pub(crate) sku: String,
    pub(crate) barcode: String,
    pub(crate) product_name: String,
    pub(crate) variant_name: String,
    pub(crate) digital: bool,
}

/// What is known of the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    pub(crate) names: &'a Names,
    pub(crate) barcode: &'a str,
}

/// A variant that a listing may be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) variant: VariantBrief,
    pub(crate) reason: Reason,
    /// 0 to 100.
    pub(crate) score: i32,
}

/// Why a variant is suggested; the stronger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Sku,
    Barcode,
    Name,
}

/// The variants of a merchant, prepared to be compared.
pub(crate) struct Suggester {
    prepared: Vec<(Candidate, Likeness)>,
}

/// A name as it is compared.
struct Likeness {
    whole: Vec<Pair>,
    product: Vec<Pair>,
    option: Vec<Pair>,
}

/// Two letters beside each other.
type Pair = (char, char);

impl Suggester {
    pub(crate) fn new(candidates: Vec<Candidate>) -> Self {
        let prepared = candidates.into_iter().map(|candidate| {
            let likeness = Likeness::of(&candidate.product_name, &candidate.variant_name);
            (candidate, likeness)
        });
        Self {
            prepared: prepared.collect(),
        }
    }

    /// The variants that a listing may be, the best first.
    pub(crate) fn suggest(&self, wanted: &Wanted<'_>) -> Vec<Suggestion> {
        let likeness = Likeness::of(&wanted.names.product_name, &wanted.names.option_name);
        let mut hits: Vec<(Reason, i32, &Candidate)> = self
            .prepared
            .iter()
            .filter_map(|(candidate, prepared)| {
                if same_code(&wanted.names.sku_code, &candidate.sku) {
                    return Some((Reason::Sku, 100, candidate));
                }
                if same_code(wanted.barcode, &candidate.barcode) {
                    return Some((Reason::Barcode, 100, candidate));
                }
                let score = likeness.score(prepared);
                (score >= LEAST_SCORE).then_some((Reason::Name, score, candidate))
            })
            .collect();
        hits.sort_by(|a, b| (a.0, -a.1, &a.2.sku).cmp(&(b.0, -b.1, &b.2.sku)));
        hits.truncate(MAX_SUGGESTIONS);
        let suggestions = hits
            .into_iter()
            .map(|(reason, score, candidate)| Suggestion {
                variant: candidate.brief(),
                reason,
                score,
            });
        suggestions.collect()
    }
}

impl Candidate {
    fn brief(&self) -> VariantBrief {
        VariantBrief {
            id: self.id,
            sku: self.sku.clone(),
            name: full_name(&self.product_name, &self.variant_name),
            digital: self.digital,
        }
    }
}

/// A product's and its variant's name as one.
pub(crate) fn full_name(product: &str, variant: &str) -> String {
    match variant {
        "" => product.to_owned(),
        variant => format!("{product} {variant}"),
    }
}

/// Codes are equal whatever their case and the spaces around them; none is equal to none.
fn same_code(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    !a.is_empty() && a.eq_ignore_ascii_case(b)
}

impl Likeness {
    fn of(product: &str, option: &str) -> Self {
        let product = letters(product);
        let option = letters(&option_values(option));
        let whole: Vec<char> = product.iter().chain(&option).copied().collect();
        Self {
            whole: pairs(&whole),
            product: pairs(&product),
            option: pairs(&option),
        }
    }

    fn score(&self, other: &Self) -> i32 {
        let whole = dice(&self.whole, &other.whole);
        // An option may stand in the product's name here and by itself there: then only the whole tells.
        if self.option.is_empty() || other.option.is_empty() {
            return whole;
        }
        let product = dice(&self.product, &other.product);
        let option = dice(&self.option, &other.option);
        let parts = (product * PRODUCT_WEIGHT + option * (100 - PRODUCT_WEIGHT)) / 100;
        // Sizes and colours decide between variants of one product: where both name one, it must tell.
        parts.max((whole * 9) / 10)
    }
}

/// "색상: 흰색 / 사이즈: L" and "흰색,L" are one choice: only the values count.
fn option_values(option: &str) -> String {
    let parts = option.split(['/', ',', '|']);
    let values = parts.map(|part| part.rsplit_once(':').map_or(part, |(_, value)| value));
    values.collect::<Vec<_>>().join(" ")
}

/// What of a text is compared: letters and digits, composed, in lower case. What stands in square brackets is
/// advertising ("[무료배송]"); round ones keep what they hold.
fn letters(text: &str) -> Vec<char> {
    let mut depth = 0_u32;
    let mut letters = Vec::new();
    for letter in text.nfkc() {
        match letter {
            '[' | '【' => depth += 1,
            ']' | '】' => depth = depth.saturating_sub(1),
            letter if depth == 0 && letter.is_alphanumeric() => {
                letters.extend(letter.to_lowercase())
            }
            _ => {}
        }
    }
    letters
}

/// The pairs of a text, sorted. A single letter is a pair with nothing.
fn pairs(letters: &[char]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = match letters {
        [one] => vec![(*one, '\0')],
        letters => letters
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] => Some((*a, *b)),
                _ => None,
            })
            .collect(),
    };
    pairs.sort_unstable();
    pairs
}

/// How many pairs both have, of all they have: 0 to 100. Both are sorted.
fn dice(a: &[Pair], b: &[Pair]) -> i32 {
    let all = a.len() + b.len();
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0_usize;
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => _ = a.next(),
            std::cmp::Ordering::Greater => _ = b.next(),
            std::cmp::Ordering::Equal => {
                common += 1;
                a.next();
                b.next();
            }
        }
    }
    i32::try_from(200 * common / all).unwrap_or(0)
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
