//! Reading how much of a parcel leaves.

use std::collections::HashSet;

use chrono::NaiveDate;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::invalid_field;
use tonic::Status;

use super::parse::{MAX_LINES, channel_id, day};
use crate::domain::facts::PackedLine;
use crate::domain::permit::Part;

/// A part as both requests name it.
pub enum AskedPart {
    First(pb::FirstPart),
    Last,
}

impl From<pb::inspect_item::Part> for AskedPart {
    fn from(part: pb::inspect_item::Part) -> Self {
        match part {
            pb::inspect_item::Part::FirstPart(first) => Self::First(first),
            pb::inspect_item::Part::LastPart(_) => Self::Last,
        }
    }
}

impl From<pb::dispatch_item::Part> for AskedPart {
    fn from(part: pb::dispatch_item::Part) -> Self {
        match part {
            pb::dispatch_item::Part::FirstPart(first) => Self::First(first),
            pb::dispatch_item::Part::LastPart(_) => Self::Last,
        }
    }
}

/// How much of a parcel leaves, and when the lines that wait will.
pub fn part(
    at: usize,
    part: Option<AskedPart>,
    packed: &[PackedLine],
) -> Result<(Part, Vec<(String, NaiveDate)>), Status> {
    let first = match part {
        None => return Ok((Part::Whole, Vec::new())),
        Some(AskedPart::Last) => return Ok((Part::Last, Vec::new())),
        Some(AskedPart::First(first)) => first,
    };
    let field = format!("items[{at}].first_part.waiting");
    if first.waiting.is_empty() || first.waiting.len() > MAX_LINES {
        return Err(invalid_field(&field, format!("must be 1 to {MAX_LINES}")));
    }
    let packed = packed.iter().map(|line| line.channel_line_id.clone());
    let mut seen: HashSet<String> = packed.collect();
    let mut planned = Vec::with_capacity(first.waiting.len());
    for line in first.waiting {
        let id_field = format!("{field}.channel_line_id");
        let line_id = channel_id(&id_field, &line.channel_line_id)?;
        if !seen.insert(line_id.clone()) {
            return Err(invalid_field(
                &id_field,
                "stands twice: a line leaves or waits",
            ));
        }
        planned.push((
            line_id,
            day(&format!("{field}.planned_on"), &line.planned_on)?,
        ));
    }
    let waiting = planned.iter().map(|(line_id, _)| line_id.clone());
    let waiting = waiting.collect();
    Ok((Part::First { waiting }, planned))
}
