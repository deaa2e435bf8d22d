//! Split shipping: some goods of a parcel leave now, in a parcel of their own, the others on a planned day.
//!
//! First every line is sent with `splitShipping` alone: those leaving with a number, the others with a day. Later the
//! old parcel is sent with `splitShipping` and `preSplitShipped`, and numbers.

use super::acknowledge::ItemRefusal;
use super::invoices::{Dto, refuse};
use super::params;
use crate::world::{Parcel, ParcelStatus, PlannedDay};

/// How an upload treats a parcel.
#[derive(Debug)]
pub enum Way {
    Whole,
    Split {
        /// The options that leave now.
        leaving: Vec<i64>,
        planned: Vec<PlannedDay>,
    },
}

/// The entry whose number is that of the parcel: the first that has one.
pub fn representative(dtos: &[Dto]) -> Option<&Dto> {
    dtos.iter()
        .find(|dto| !dto.invoice_number.is_empty())
        .or(dtos.first())
}

/// Decides whether a parcel goes whole or in part.
pub fn plan(parcel: &Parcel, dtos: &[Dto]) -> Result<Way, ItemRefusal> {
    let splits = dtos.iter().any(|dto| dto.split_shipping);
    let later = dtos.iter().any(|dto| dto.pre_split_shipped);
    if parcel.split {
        return again(parcel, dtos);
    }
    if !splits && !later {
        return Ok(Way::Whole);
    }
    if dtos.iter().any(|dto| dto.delivery_company_code == "DIRECT") {
        let message = "업체직송은 분리배송을 할 수 없습니다.";
        return Err(refuse("NOT_ALLOW_VENDOR_DIRECT", false, message));
    }
    if parcel.lines.iter().filter(|line| line.open() > 0).count() == 1 {
        let message = "상품이 하나인 주문은 분리배송을 할 수 없습니다.";
        return Err(refuse(
            "NOT_ALLOW_SEPARATE_WHEN_ONE_VENDOR_ITEM",
            false,
            message,
        ));
    }
    if parcel.status > ParcelStatus::Instruct {
        let message = "이미 일반배송으로 처리된 주문은 분리배송을 할 수 없습니다.";
        return Err(refuse(
            "NOT_ALLOW_SEPARATE_AFTER_NORMAL_DELIVERY",
            false,
            message,
        ));
    }
    if later || !dtos.iter().all(|dto| dto.split_shipping) {
        let message = "모든 상품에 splitShipping true, preSplitShipped false가 필요합니다.";
        return Err(refuse("UNDEFINED_ERROR_OCCUR", true, message));
    }
    part(parcel, dtos)
}

/// A parcel that was split before: its number may change, its planned day may not.
fn again(parcel: &Parcel, dtos: &[Dto]) -> Result<Way, ItemRefusal> {
    let id = parcel.id;
    if !dtos.iter().all(|dto| dto.split_shipping) {
        let message =
            format!("분리배송된 주문은 splitShipping이 true여야 합니다. [합포장번호 : {id}]");
        return Err(refuse(
            "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY",
            false,
            &message,
        ));
    }
    let waiting = parcel.lines.iter().any(|line| line.planned_day.is_some());
    if waiting
        && dtos
            .iter()
            .any(|dto| !dto.estimated_shipping_date.is_empty())
    {
        let message = format!("출고예정일은 변경할 수 없습니다. [합포장번호 : {id}]");
        return Err(refuse("PSD_NOT_ALLOW_TO_CHANGE", false, &message));
    }
    if dtos.iter().any(|dto| dto.invoice_number.is_empty()) {
        let message = format!("송장번호를 입력해주세요. [합포장번호 : {id}]");
        return Err(refuse("NOT_FOUND_INVOICE_NUMBER", false, &message));
    }
    if parcel.status == ParcelStatus::Instruct && !dtos.iter().all(|dto| dto.pre_split_shipped) {
        let message = format!("preSplitShipped가 true여야 합니다. [합포장번호 : {id}]");
        return Err(refuse("UNDEFINED_ERROR_OCCUR", true, &message));
    }
    if dtos.iter().any(|dto| dto.delivery_company_code == "DIRECT") {
        let message = "업체직송은 분리배송을 할 수 없습니다.";
        return Err(refuse("NOT_ALLOW_VENDOR_DIRECT", false, message));
    }
    Ok(Way::Whole)
}

/// The first time: exactly one of number and day for every line, and both kinds of line.
fn part(parcel: &Parcel, dtos: &[Dto]) -> Result<Way, ItemRefusal> {
    let id = parcel.id;
    let invalid = || {
        let message =
            format!("송장번호와 출고예정일 중 하나만 입력해야 합니다. [합포장번호 : {id}]");
        refuse("INVALID_INVOICE_NUMBER", true, &message)
    };
    let (mut leaving, mut planned) = (Vec::new(), Vec::new());
    for dto in dtos {
        match (
            dto.invoice_number.as_str(),
            dto.estimated_shipping_date.as_str(),
        ) {
            ("", day) => planned.push(PlannedDay {
                vendor_item_id: dto.vendor_item_id,
                day: params::plain_day(day).ok_or_else(invalid)?,
            }),
            (_, "") => leaving.push(dto),
            _ => return Err(invalid()),
        }
    }
    let one_number = leaving.iter().all(|dto| {
        leaving.first().is_some_and(|first| {
            first.invoice_number == dto.invoice_number
                && first.delivery_company_code == dto.delivery_company_code
        })
    });
    if !one_number {
        let message = format!("송장번호가 유효하지 않습니다. [합포장번호 : {id}]");
        return Err(refuse("INVALID_INVOICE_NUMBER", true, &message));
    }
    if leaving.is_empty() || planned.is_empty() {
        let message =
            format!("지금 보낼 상품과 나중에 보낼 상품이 모두 있어야 합니다. [합포장번호 : {id}]");
        return Err(refuse("UNDEFINED_ERROR_OCCUR", true, &message));
    }
    Ok(Way::Split {
        leaving: leaving.into_iter().map(|dto| dto.vendor_item_id).collect(),
        planned,
    })
}
