//! Metrics: counted by a line of the log, in CloudWatch's embedded metric format. Nothing is called, and where nobody reads
//! logs nothing happens.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// The longest value of a dimension.
const LONGEST: usize = 100;

/// Counts one of `metric`, by the `value` of a dimension. Each value is a metric of its own and has its price: there are
/// to be few, and none that a stranger chooses.
pub fn count(metric: &str, dimension: &str, value: &str) {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    // A log that can't be written is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{}", line(metric, dimension, value, millis));
}

fn line(metric: &str, dimension: &str, value: &str, millis: u128) -> String {
    let value: String =
        value.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(LONGEST).collect();
    format!(
        r#"{{"_aws":{{"Timestamp":{millis},"CloudWatchMetrics":[{{"Namespace":"Slipway","Dimensions":[["{dimension}"]],"Metrics":[{{"Name":"{metric}","Unit":"Count"}}]}}]}},"{dimension}":"{value}","{metric}":1}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_line_in_the_embedded_metric_format() {
        assert_eq!(
            line("RefusedTikTokWebhooks", "reason", "forged", 1_790_000_000_000),
            concat!(
                r#"{"_aws":{"Timestamp":1790000000000,"CloudWatchMetrics":[{"Namespace":"Slipway","#,
                r#""Dimensions":[["reason"]],"Metrics":[{"Name":"RefusedTikTokWebhooks","Unit":"Count"}]}]},"#,
                r#""reason":"forged","RefusedTikTokWebhooks":1}"#
            )
        );
    }

    #[test]
    fn a_value_stays_in_its_place() {
        let line = line("M", "d", &format!("a\"b\n{{c}}{}", "x".repeat(200)), 1);
        assert!(line.contains(&format!(r#""d":"abc{}""#, "x".repeat(97))), "{line}");
    }
}
