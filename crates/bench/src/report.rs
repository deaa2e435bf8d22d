//! The table.

use std::fmt;

/// A measurement beside what it is held against.
pub struct Row {
    name: String,
    measured: f64,
    against: f64,
    unit: &'static str,
    aim: Option<Aim>,
}

#[derive(Clone, Copy)]
enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    /// A rate beside the yardstick's.
    pub fn ratio(
        name: impl Into<String>,
        measured: f64,
        yardstick: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            name: name.into(),
            measured,
            against: yardstick,
            unit,
            aim: None,
        }
    }

    /// Something beside the most that it should be.
    pub fn limit(name: impl Into<String>, measured: f64, most: f64, unit: &'static str) -> Self {
        Self {
            aim: Some(Aim::AtMost(1.0)),
            ..Self::ratio(name, measured, most, unit)
        }
    }

    /// The least that the ratio should be.
    pub fn at_least(self, ratio: f64) -> Self {
        Self {
            aim: Some(Aim::AtLeast(ratio)),
            ..self
        }
    }

    /// The most that the ratio should be.
    pub fn at_most(self, ratio: f64) -> Self {
        Self {
            aim: Some(Aim::AtMost(ratio)),
            ..self
        }
    }

    /// Only to be looked at.
    pub fn without_aim(self) -> Self {
        Self { aim: None, ..self }
    }

    fn cells(&self) -> [String; 5] {
        let ratio = self.measured / self.against;
        let with_unit = |value: f64| format!("{} {}", number(value), self.unit);
        let aim = match self.aim {
            None => String::new(),
            Some(Aim::AtLeast(least)) if ratio >= least => format!("≥ {least}  met"),
            Some(Aim::AtLeast(least)) => format!("≥ {least}  MISSED"),
            Some(Aim::AtMost(most)) if ratio <= most => format!("≤ {most}  met"),
            Some(Aim::AtMost(most)) => format!("≤ {most}  MISSED"),
        };
        let (measured, against) = (with_unit(self.measured), with_unit(self.against));
        [
            self.name.clone(),
            measured,
            against,
            format!("{ratio:.2}"),
            aim,
        ]
    }
}

fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows, and what has to be said beside them.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a sentence, unless it is empty.
    pub fn note(&mut self, text: String) {
        self.notes.extend((!text.is_empty()).then_some(text));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |[name, measured, against, ratio, aim]: [String; 5]| {
            let text = format!("{name:<36}{measured:>18}{against:>18}{ratio:>8}   {aim}");
            writeln!(f, "{}", text.trim_end())
        };
        line(["", "measured", "held against", "ratio", "aim"].map(str::to_owned))?;
        for row in &self.rows {
            line(row.cells())?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_aim_says_so() {
        let mut report = Report::default();
        report.add(Row::ratio("ingest", 1_234.6, 12_346.0, "orders/s").at_least(0.25));
        let text = report.to_string();
        assert!(text.contains("1,235 orders/s"), "{text}");
        assert!(text.ends_with("0.10   ≥ 0.25  MISSED\n"), "{text}");
    }
}
