//! Money in minor units with its currency.
//!
//! An amount is an `i64` of the currency's minor unit; won has none, so `Money::krw(19_000)` is 19,000 won. Arithmetic
//! is checked: an overflow or a mix of currencies is a refusal, never a wrong sum.

use std::fmt;

/// An ISO 4217 currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// South Korean won.
    pub const KRW: Self = Self(*b"KRW");

    /// Reads three capital letters.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::UnknownCurrency(code.chars().take(8).collect())),
        }
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        // Only ASCII capitals get in, so the fallback is never seen.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// In the currency's minor unit; may be negative.
    pub amount_minor: i64,
    /// What it is an amount of.
    pub currency: Currency,
}

/// Why a sum could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("currency must be three capital letters such as KRW, not {0:?}")]
    UnknownCurrency(String),
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be summed")]
    CurrencyMismatch(Currency, Currency),
    /// Beyond what an `i64` holds.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// An amount of a currency.
    pub const fn new(amount_minor: i64, currency: Currency) -> Self {
        Self {
            amount_minor,
            currency,
        }
    }

    /// An amount of won.
    pub const fn krw(amount: i64) -> Self {
        Self::new(amount, Currency::KRW)
    }

    /// The sum, when both are of one currency and it fits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference, when both are of one currency and it fits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// So many times the amount, when it fits.
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        let amount_minor = self.amount_minor.checked_mul(times);
        Ok(Self::new(
            amount_minor.ok_or(MoneyError::Overflow)?,
            self.currency,
        ))
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let amount_minor = operation(self.amount_minor, other.amount_minor);
        Ok(Self::new(
            amount_minor.ok_or(MoneyError::Overflow)?,
            self.currency,
        ))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.amount_minor.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        if self.currency == Currency::KRW {
            write!(f, "{sign}{grouped}원")
        } else {
            write!(f, "{sign}{grouped} {}", self.currency)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn won_is_written_as_koreans_write_it() {
        assert_eq!(Money::krw(0).to_string(), "0원");
        assert_eq!(Money::krw(999).to_string(), "999원");
        assert_eq!(Money::krw(19_000).to_string(), "19,000원");
        assert_eq!(Money::krw(-1_234_567).to_string(), "-1,234,567원");
    }

    #[test]
    fn currencies_do_not_mix() {
        let usd = Currency::parse("USD").unwrap();
        let sum = Money::krw(1).checked_add(Money::new(1, usd));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch(Currency::KRW, usd)));
        assert!(Currency::parse("won").is_err());
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_nothing(a in any::<i64>(), b in any::<i64>()) {
            if let Ok(sum) = Money::krw(a).checked_add(Money::krw(b)) {
                prop_assert_eq!(sum.checked_sub(Money::krw(b)), Ok(Money::krw(a)));
            } else {
                prop_assert!(a.checked_add(b).is_none());
            }
        }

        #[test]
        fn writing_an_amount_never_panics(a in any::<i64>()) {
            prop_assert!(Money::krw(a).to_string().ends_with('원'));
        }
    }
}
