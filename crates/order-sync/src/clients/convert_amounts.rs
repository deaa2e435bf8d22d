//! What a line costs, as channel-proxy tells it.

use moa_money::Currency;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;

/// A line's amounts, in minor units of its currency; absent is what the channel does not say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) unit_price: Option<i64>,
    pub(super) line_total: Option<i64>,
    pub(super) discount: Option<i64>,
    pub(super) merchant_discount: Option<i64>,
    pub(super) expected_settlement: Option<i64>,
    pub(super) currency: Option<Currency>,
    /// In the order's currency.
    pub(super) shipping_fee: Option<i64>,
}

/// A line's amounts, or the field that cannot be right and why.
pub(super) fn amounts(line: &pb::ChannelOrderLine) -> Result<Amounts, String> {
    let mut first: Option<(&str, Currency)> = None;
    let mut amount = |field: &'static str, told: &Option<Money>| {
        let Some((amount, currency)) = money(field, told.as_ref())? else {
            return Ok(None);
        };
        match first {
            Some((other, theirs)) if theirs != currency => {
                Err(format!("{field} must be in the currency of {other}"))
            }
            _ => {
                first.get_or_insert((field, currency));
                Ok(Some(amount))
            }
        }
    };
    let mut amounts = Amounts {
        unit_price: amount("unit_price", &line.unit_price)?,
        line_total: amount("line_total", &line.line_total)?,
        discount: amount("discount", &line.discount)?,
        merchant_discount: amount("merchant_discount", &line.merchant_discount)?,
        expected_settlement: amount("expected_settlement", &line.expected_settlement)?,
        ..Amounts::default()
    };
    amounts.currency = first.map(|(_, currency)| currency);
    amounts.shipping_fee = money("shipping_fee", line.shipping_fee.as_ref())?.map(|(fee, _)| fee);
    if amounts.discount.is_some_and(|discount| discount < 0) {
        return Err("discount must not be negative".to_owned());
    }
    if let Some(share) = amounts.merchant_discount {
        let Some(discount) = amounts.discount else {
            return Err("merchant_discount needs the discount that it is a part of".to_owned());
        };
        if !(0..=discount).contains(&share) {
            return Err("merchant_discount must be from 0 to discount".to_owned());
        }
    }
    Ok(amounts)
}

/// An amount in minor units, and of what.
pub(super) fn money(field: &str, money: Option<&Money>) -> Result<Option<(i64, Currency)>, String> {
    let Some(money) = money else {
        return Ok(None);
    };
    match Currency::parse(&money.currency) {
        Ok(currency) => Ok(Some((money.amount_minor, currency))),
        Err(_) => Err(format!("{field}.currency must be three capital letters")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(amount_minor: i64, currency: &str) -> Option<Money> {
        Some(Money {
            amount_minor,
            currency: currency.to_owned(),
        })
    }

    fn won(amount: i64) -> Option<Money> {
        of(amount, "KRW")
    }

    #[test]
    fn each_amount_has_its_place_and_all_have_one_currency() {
        let line = pb::ChannelOrderLine {
            unit_price: won(9000),
            line_total: won(16_000),
            discount: won(2000),
            merchant_discount: won(1500),
            expected_settlement: won(14_900),
            shipping_fee: won(3000),
            ..Default::default()
        };
        let expected = Amounts {
            unit_price: Some(9000),
            line_total: Some(16_000),
            discount: Some(2000),
            merchant_discount: Some(1500),
            expected_settlement: Some(14_900),
            currency: Some(Currency::KRW),
            shipping_fee: Some(3000),
        };
        assert_eq!(amounts(&line), Ok(expected));
        assert_eq!(
            amounts(&pb::ChannelOrderLine::default()),
            Ok(Amounts::default())
        );
    }

    #[test]
    fn an_amount_that_cannot_be_right_names_its_field() {
        let table = [
            (
                won(1000),
                won(-1),
                "merchant_discount must be from 0 to discount",
            ),
            (
                won(1000),
                won(1001),
                "merchant_discount must be from 0 to discount",
            ),
            (won(-1), None, "discount must not be negative"),
            (
                None,
                won(1),
                "merchant_discount needs the discount that it is a part of",
            ),
            (
                of(1, "USD"),
                None,
                "discount must be in the currency of unit_price",
            ),
            (
                of(1, "won"),
                None,
                "discount.currency must be three capital letters",
            ),
        ];
        for (discount, merchant_discount, reason) in table {
            let line = pb::ChannelOrderLine {
                unit_price: won(9000),
                discount,
                merchant_discount,
                ..Default::default()
            };
            assert_eq!(amounts(&line), Err(reason.to_owned()));
        }
    }

    fn any_money() -> impl Strategy<Value = Option<Money>> {
        let amount = prop_oneof![Just(i64::MIN), Just(i64::MAX), -2_i64..3, any::<i64>()];
        let currency = prop_oneof![Just("KRW"), Just("KRW"), Just("USD"), Just("")];
        prop_oneof![
            Just(None),
            (amount, currency).prop_map(|(amount, currency)| of(amount, currency)),
        ]
    }

    proptest! {
        /// Whatever is told, what is taken over adds up: a merchant's share is a part of its discount.
        #[test]
        fn absurd_amounts_are_refused_or_add_up(
            unit_price in any_money(), line_total in any_money(), discount in any_money(),
            merchant_discount in any_money(), expected_settlement in any_money(), shipping_fee in any_money(),
        ) {
            let line = pb::ChannelOrderLine {
                unit_price, line_total, discount, merchant_discount, expected_settlement, shipping_fee,
                ..Default::default()
            };
            if let Ok(Amounts { merchant_discount: Some(share), discount, .. }) = amounts(&line) {
                prop_assert!(share >= 0 && discount.is_some_and(|discount| share <= discount));
            }
        }
    }
}
