use super::*;
use moa_id::Ids;

/// (sku, barcode, product, variant)
type Goods<'a> = (&'a str, &'a str, &'a str, &'a str);

const SHELF: &[Goods<'static>] = &[
    ("MUG-W", "8800000000011", "머그컵", "흰색"),
    ("MUG-B", "8800000000028", "머그컵", "검정"),
    ("TEE-L", "", "기본 반팔 티셔츠", "네이비 L"),
    ("TEE-M", "", "기본 반팔 티셔츠", "네이비 M"),
    ("EBOOK", "", "러스트 입문 전자책", ""),
];

fn suggester(shelf: &[Goods<'_>]) -> Suggester {
    let ids = Ids::seeded(1);
    let candidates = shelf
        .iter()
        .map(|(sku, barcode, product, variant)| Candidate {
            id: ids.next(),
            sku: (*sku).to_owned(),
            barcode: (*barcode).to_owned(),
            product_name: (*product).to_owned(),
            variant_name: (*variant).to_owned(),
            digital: false,
        });
    Suggester::new(candidates.collect())
}

fn suggested(product: &str, option: &str, sku: &str, barcode: &str) -> Vec<(String, Reason, i32)> {
    let names = Names {
        product_name: product.to_owned(),
        option_name: option.to_owned(),
        sku_code: sku.to_owned(),
    };
    let wanted = Wanted {
        names: &names,
        barcode,
    };
    let suggestions = suggester(SHELF).suggest(&wanted).into_iter();
    suggestions
        .map(|s| (s.variant.sku, s.reason, s.score))
        .collect()
}

fn best(product: &str, option: &str) -> Option<String> {
    let suggestions = suggested(product, option, "", "");
    suggestions.into_iter().next().map(|(sku, ..)| sku)
}

#[test]
fn an_equal_code_comes_before_an_equal_barcode_and_both_before_names() {
    let suggestions = suggested("머그컵", "흰색", " mug-b ", "8800000000011");
    assert_eq!(
        suggestions,
        [
            ("MUG-B".to_owned(), Reason::Sku, 100),
            ("MUG-W".to_owned(), Reason::Barcode, 100),
        ]
    );
}

#[test]
fn no_code_is_equal_to_no_code() {
    assert_eq!(suggested("전혀 다른 것", "", "", ""), []);
}

#[test]
fn names_are_alike_whatever_their_spaces_brackets_and_forms() {
    assert_eq!(
        best("[무료배송] 머그컵 (흰색)", "").as_deref(),
        Some("MUG-W")
    );
    assert_eq!(best("머그 컵", "색상: 흰색").as_deref(), Some("MUG-W"));
    assert_eq!(best("머그컵", "색상: 검정").as_deref(), Some("MUG-B"));
    assert_eq!(
        best("러스트입문전자책【특가】", "").as_deref(),
        Some("EBOOK")
    );
    // As macOS writes it: the syllables in their parts.
    let decomposed: String = "머그컵 검정".nfd().collect();
    assert_eq!(best(&decomposed, "").as_deref(), Some("MUG-B"));
}

#[test]
fn the_option_decides_between_variants_of_one_product() {
    let option = "색상: 네이비 / 사이즈: M";
    assert_eq!(best("기본 반팔티셔츠", option).as_deref(), Some("TEE-M"));
    let option = "네이비,L";
    assert_eq!(best("기본 반팔티셔츠", option).as_deref(), Some("TEE-L"));
}

#[test]
fn what_is_nothing_alike_is_not_suggested() {
    assert_eq!(best("스테인리스 텀블러 500ml", "실버"), None);
}

#[test]
fn at_most_five_are_suggested() {
    let skus: Vec<String> = (0..20).map(|n| format!("MUG-{n}")).collect();
    let shelf: Vec<Goods<'_>> = skus
        .iter()
        .map(|sku| (sku.as_str(), "", "머그컵", ""))
        .collect();
    let names = Names {
        product_name: "머그컵".to_owned(),
        ..Names::default()
    };
    let wanted = Wanted {
        names: &names,
        barcode: "",
    };
    assert_eq!(suggester(&shelf).suggest(&wanted).len(), MAX_SUGGESTIONS);
}
