//! Schedule expressions.

use std::str::FromStr;
use std::time::Duration;

/// When a schedule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `rate(5 minutes)`: each time this long after the last.
    Rate(Duration),
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || format!("the local stack understands schedules such as rate(5 minutes), not {text}");
        let inside = text.trim().strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(unknown)?;
        let (count, unit) = inside.trim().split_once(' ').ok_or_else(unknown)?;
        let count: u32 = count.parse().map_err(|_| unknown())?;
        let seconds: u32 = match unit.trim() {
            "minute" | "minutes" => 60,
            "hour" | "hours" => 3_600,
            "day" | "days" => 86_400,
            _ => return Err(unknown()),
        };
        // EventBridge insists on the grammar: one minute, two minutes.
        let grammatical = unit.trim().ends_with('s') == (count != 1);
        if count == 0 || !grammatical {
            return Err(unknown());
        }
        Ok(Self::Rate(Duration::from_secs(u64::from(count) * u64::from(seconds))))
    }
}
