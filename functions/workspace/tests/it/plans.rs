//! What an operator writes of plans: the template lets through what the program reads.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use jiff::Timestamp;
use slipway_domain::{EventType, Plan, Plans};

use crate::support::World;

/// What CloudFormation refuses besides, and no shell can look for: a limit that is there twice.
const TWICE: &str = r"(?!(.*,)?([a-z]+\.[a-z_]+)=.*,\2=)";

#[test]
fn no_stack_is_deployed_with_limits_that_no_function_reads() {
    let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
    let parameter = template.split_once("\n  PlanLimits:\n").unwrap().1;
    let pattern = parameter.split_once("AllowedPattern: >-\n").unwrap().1.lines().next().unwrap().trim();
    let single = pattern.replacen(TWICE, "", 1);
    assert_ne!(single, pattern, "what is there twice is refused");
    let numbers = ["-2", "-1", "0", "1", "7", "07", "90", "91", "100", "999999999", "1000000000", "+1", "1.5", "x", ""];
    let mut texts = vec!["usual".to_owned(), String::new()];
    for plan in ["hobby", "starter", "pro", "enterprise", "unlimited", "free"] {
        for limit in ["brands", "posts", "storage_mb", "log_days", "likes"] {
            texts.extend(numbers.iter().flat_map(|number| {
                let text = format!("{plan}.{limit}={number}");
                [text.clone(), format!("starter.posts=1,{text}"), format!("{text},"), format!("usual,{text}")]
            }));
        }
    }
    // What is there twice is taken out above.
    let written =
        matching(&single, &texts).into_iter().filter(|text| !text.starts_with("starter.posts=1,starter.posts="));
    let written: Vec<_> = written.collect();
    for text in &written {
        let plans: Result<Plans, _> = format!("hobby,{text}").parse();
        assert!(plans.is_ok(), "{text}: {plans:?}");
    }
    // An empty one SAM would drop, so that the last one stayed.
    assert!(written.contains(&"usual".to_owned()) && !written.contains(&String::new()));
    let (brands, counts, days) = (7, 9, 3);
    assert_eq!(written.len(), 1 + 4 * 2 * (brands + 2 * counts + days) - counts, "{written:#?}");
}

/// Those of the lines that bash finds to match this regular expression.
fn matching(pattern: &str, lines: &[String]) -> Vec<String> {
    let script = "while IFS= read -r line; do if [[ $line =~ $1 ]]; then printf '%s\\n' \"$line\"; fi; done";
    let mut bash = Command::new("bash")
        .args(["-c", script, "bash", pattern])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = bash.stdin.take().unwrap();
    let lines = lines.join("\n") + "\n";
    let writer = thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = bash.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_becomes_of_a_key_is_kept_for_as_long_as_the_plan_says() {
    let world = World::start().await;
    let key = world.tenants.key(&world.caller.hash()).await.unwrap().unwrap();
    for (own, expected) in [(None, 7), (Some(Plan::Unlimited), 90)] {
        let tenants = world.tenants.clone().under("hobby,hobby.log_days=7".parse().unwrap());
        let key = slipway_store::tenants::KeyRecord { plan: own, ..key.clone() };
        let entry = tenants.key_changed(&key, EventType::KeyUpdated, Timestamp::now()).unwrap();
        assert_eq!(entry.terms.map(|terms| terms.limits.event_log_days), Some(expected), "{own:?}");
    }
}
