//! Options inside a full replacement: known ones keep their numbers, others get new ones, what is left out is gone.

use serde::Deserialize;

use super::super::answer::Answer;
use super::super::world::{Product, ProductOption};
use super::{check_stock, invalid};

/// What every option holds that is not counted.
pub const UNCOUNTED: i64 = 9_999;

/// `optionInfo` as far as stock and price go.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OptionInfo {
    pub option_combinations: Vec<Combination>,
    pub option_standards: Vec<serde_json::Value>,
    pub option_simple: Vec<serde_json::Value>,
    pub use_stock_management: bool,
}

/// One row of `optionCombinations`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Combination {
    pub id: Option<i64>,
    pub stock_quantity: i64,
    pub price: i64,
    pub usable: Option<bool>,
    pub option_name1: Option<String>,
    pub option_name2: Option<String>,
    pub option_name3: Option<String>,
    pub option_name4: Option<String>,
    pub seller_manager_code: Option<String>,
}

impl Combination {
    fn names(&self) -> Vec<String> {
        [
            &self.option_name1,
            &self.option_name2,
            &self.option_name3,
            &self.option_name4,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }
}

/// Replaces a product's options by those of the body.
pub fn replace(product: &mut Product, info: &OptionInfo) -> Result<(), Answer> {
    let kinds = [
        info.option_combinations.len(),
        info.option_standards.len(),
        info.option_simple.len(),
    ];
    if kinds.into_iter().filter(|count| *count > 0).count() > 1 {
        let message = "단독형, 조합형, 표준형 옵션은 함께 사용할 수 없습니다.";
        return Err(invalid(
            "originProduct.detailAttribute.optionInfo",
            "Invalid",
            message,
        ));
    }
    let mut options: Vec<ProductOption> = Vec::new();
    for (place, row) in info.option_combinations.iter().enumerate() {
        let field = format!("originProduct.detailAttribute.optionInfo.optionCombinations[{place}]");
        let names = row.names();
        if names.is_empty() {
            let name = format!("{field}.optionName1");
            return Err(invalid(&name, "NotBlank", "옵션값은 필수입니다."));
        }
        let known = match row.id {
            Some(id) => {
                let found = product.options.iter().find(|option| option.id == id);
                let missing = || {
                    invalid(
                        &format!("{field}.id"),
                        "Invalid",
                        "존재하지 않는 옵션입니다.",
                    )
                };
                Some(found.ok_or_else(missing)?)
            }
            None => product.options.iter().find(|option| option.names == names),
        };
        let next = options.iter().map(|option| option.id + 1).max();
        let fresh = product.next_option_id().max(next.unwrap_or(0));
        options.push(ProductOption {
            id: known.map_or(fresh, |option| option.id),
            listing: known.and_then(|option| option.listing),
            names,
            stock: check_stock(&format!("{field}.stockQuantity"), row.stock_quantity)?,
            price: row.price,
            usable: row.usable.unwrap_or(true),
            seller_code: row.seller_manager_code.clone(),
        });
    }
    if !info.use_stock_management {
        for option in &mut options {
            option.stock = UNCOUNTED;
        }
    }
    product.options = options;
    Ok(())
}
