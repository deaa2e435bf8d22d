use super::*;

fn names(product: &str, option: &str, sku: &str) -> Names {
    Names {
        product_name: product.to_owned(),
        option_name: option.to_owned(),
        sku_code: sku.to_owned(),
    }
}

fn ordered(names: Names) -> Sight {
    Sight {
        ordered: Some(names),
        listed: None,
    }
}

fn listed(names: Names, barcode: &str) -> Sight {
    let offer = Offer {
        names,
        barcode: barcode.to_owned(),
        channel_product_id: "30000001".to_owned(),
        price: Some(Money::krw(12_000)),
        on_sale: None,
        read_at: None,
    };
    Sight {
        ordered: None,
        listed: Some(offer),
    }
}

fn told(changes: &[Change]) -> Vec<(Field, &str, &str)> {
    changes
        .iter()
        .map(|change| (change.field, change.old.as_str(), change.new.as_str()))
        .collect()
}

/// A listing that a person has mapped.
fn known(sight: Sight) -> Known {
    Known {
        attention: None,
        ..Known::first(sight)
    }
}

#[test]
fn a_listing_seen_first_is_new_and_shows_what_was_seen() {
    let known = Known::first(ordered(names("머그컵", "색상: 흰색", "MUG-W")));
    assert_eq!(known.attention, Some(Attention::New));
    assert_eq!(known.shown, names("머그컵", "색상: 흰색", "MUG-W"));
}

#[test]
fn another_option_or_code_is_a_change_for_a_person() {
    let mut known = known(ordered(names("머그컵", "흰색", "MUG-W")));
    assert_eq!(known.see(ordered(names("머그컵", "흰색", "MUG-W"))), []);
    assert_eq!(known.attention, None);
    let changes = known.see(ordered(names("머그컵", "검정", "MUG-B")));
    assert_eq!(
        told(&changes),
        [
            (Field::OptionName, "흰색", "검정"),
            (Field::SkuCode, "MUG-W", "MUG-B")
        ]
    );
    assert_eq!(known.attention, Some(Attention::Changed));
    assert_eq!(known.shown, names("머그컵", "검정", "MUG-B"));
}

#[test]
fn a_new_listing_stays_new_whatever_changes() {
    let mut known = Known::first(ordered(names("머그컵", "", "")));
    assert_eq!(known.see(ordered(names("머그", "", ""))).len(), 1);
    assert_eq!(known.attention, Some(Attention::New));
}

#[test]
fn two_places_that_word_it_differently_are_no_change() {
    let mut known = known(ordered(names("머그컵", "색상: 흰색", "MUG-W")));
    assert_eq!(known.see(listed(names("머그컵", "흰색", ""), "8801")), []);
    assert_eq!(
        known.see(ordered(names("머그컵", "색상: 흰색", "MUG-W"))),
        []
    );
    assert_eq!(known.shown, names("머그컵", "색상: 흰색", "MUG-W"));
    let barcode = known.see(listed(names("머그컵", "흰색", ""), "8802"));
    assert_eq!(told(&barcode), [(Field::Barcode, "8801", "8802")]);
}

#[test]
fn a_change_is_told_once_wherever_it_shows_first() {
    let mut known = known(ordered(names("머그컵", "", "")));
    known.see(listed(names("머그컵", "", ""), ""));
    let renamed = known.see(listed(names("머그컵 2세대", "", ""), ""));
    assert_eq!(
        told(&renamed),
        [(Field::ProductName, "머그컵", "머그컵 2세대")]
    );
    assert_eq!(known.see(ordered(names("머그컵 2세대", "", ""))), []);
    let both = Sight {
        ordered: Some(names("머그컵 3세대", "", "")),
        ..listed(names("머그컵 3세대", "", ""), "")
    };
    assert_eq!(known.see(both).len(), 1);
}

#[test]
fn what_is_empty_overwrites_nothing() {
    let mut known = known(ordered(names("머그컵", "흰색", "MUG-W")));
    assert_eq!(known.see(ordered(names("머그컵", "", ""))), []);
    assert_eq!(known.shown, names("머그컵", "흰색", "MUG-W"));
    assert_eq!(known.sight.ordered, Some(names("머그컵", "흰색", "MUG-W")));
    // A code that there was none of is news.
    let mut bare = Known {
        attention: None,
        ..Known::first(ordered(names("머그컵", "", "")))
    };
    let changes = bare.see(ordered(names("머그컵", "", "MUG-W")));
    assert_eq!(told(&changes), [(Field::SkuCode, "", "MUG-W")]);
}
