//! What processes count together.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::TenantId;
use slipway_http::limits::{Exceeded, Limiter, RateStanding};
use workbench::{Bench, new_tenant};

use super::LIMIT;

/// Processes that answer requests at times that a test says.
struct Processes {
    bench: Bench,
    tenant: TenantId,
    now: Timestamp,
}

impl Processes {
    async fn start() -> Self {
        let now = Timestamp::from_second(1_764_000_000).unwrap();
        Self { bench: Bench::of("WorkspaceFunction").await, tenant: new_tenant(), now }
    }

    fn process() -> Limiter {
        Limiter::new("100".parse().unwrap())
    }

    async fn count(&self, process: &Limiter) -> Result<RateStanding, Exceeded> {
        process.count(&self.bench.role.tenants, &self.tenant, self.now).await.map(Option::unwrap)
    }

    /// How many requests these processes answer in turn until one is refused.
    async fn answered(&self, processes: &[Limiter]) -> u64 {
        for (number, process) in (0..).zip(processes.iter().cycle()) {
            if self.count(process).await.is_err() {
                return number;
            }
        }
        unreachable!("no end of processes")
    }

    /// How often AWS was called for this.
    async fn calls<T>(&self, work: impl AsyncFnOnce() -> T) -> (T, u64) {
        self.bench.deployment.aws().reset_counts();
        let done = work().await;
        (done, self.bench.deployment.aws().request_counts().values().sum())
    }
}

#[tokio::test]
async fn a_tenant_has_its_minute_and_not_one_request_more() {
    let mut world = Processes::start().await;
    let process = Processes::process();
    for used in 1..=LIMIT {
        let standing = world.count(&process).await.unwrap();
        assert_eq!(standing, RateStanding { limit: LIMIT, remaining: LIMIT - used, reset: 60 });
    }
    world.now += SignedDuration::from_secs(45);
    let Err(Exceeded(standing)) = world.count(&process).await else { panic!("it may not") };
    assert_eq!(standing, RateStanding { limit: LIMIT, remaining: 0, reset: 15 });
    let neighbour = Processes { tenant: new_tenant(), ..world };
    assert_eq!(neighbour.count(&process).await.unwrap().remaining, LIMIT - 1);
    let next = Processes { now: neighbour.now + SignedDuration::from_secs(15), ..neighbour };
    assert_eq!(next.answered(&[process]).await, LIMIT, "a new minute has begun");
}

#[tokio::test]
async fn processes_together_answer_no_more_than_one_alone() {
    let world = Processes::start().await;
    let processes = [(); 5].map(|()| Processes::process());
    // Each of the others may have taken one that it does not come to answer.
    let answered = world.answered(&processes).await;
    assert!((LIMIT - 4..=LIMIT).contains(&answered), "{answered} were answered");
    // All of them at the same moment.
    let world = Processes { tenant: new_tenant(), ..world };
    let all = (0..100).map(|number| world.count(&processes[number % 5]));
    let answered = futures_util::future::join_all(all).await.into_iter().flatten().count();
    let answered = u64::try_from(answered).unwrap();
    assert!((LIMIT / 2..=LIMIT).contains(&answered), "{answered} were answered");
}

#[tokio::test]
async fn a_process_that_dies_takes_no_more_along_than_it_has_answered() {
    let world = Processes::start().await;
    let process = Processes::process();
    for _ in 0..9 {
        world.count(&process).await.unwrap();
    }
    // The ninth was one of seven.
    assert_eq!(world.answered(&[Processes::process()]).await, LIMIT - 15);
}

#[tokio::test]
async fn most_requests_cost_no_call_and_who_is_refused_none_from_then_on() {
    let world = Processes::start().await;
    let process = Processes::process();
    let (_, first) = world.calls(async || world.count(&process).await).await;
    let (answered, all) = world.calls(async || world.answered(std::slice::from_ref(&process)).await).await;
    assert_eq!((first, answered + 1), (1, LIMIT));
    assert_eq!(all, 22, "of 59 requests that are answered, and one that is not");
    let (refused, calls) = world.calls(async || world.count(&process).await.is_err()).await;
    assert_eq!((refused, calls), (true, 0));
    // Whoever comes into a minute that others have begun looks first.
    let world = Processes { tenant: new_tenant(), ..world };
    world.count(&process).await.unwrap();
    let another = Processes::process();
    let (_, joined) = world.calls(async || world.count(&another).await.unwrap()).await;
    assert_eq!(joined, 2);
    world.answered(&[process]).await;
    let (refused, late) = world.calls(async || world.count(&Processes::process()).await.is_err()).await;
    assert_eq!((refused, late), (true, 1), "of who comes when nothing is left");
}

#[tokio::test]
async fn a_clock_that_is_behind_gives_nobody_a_minute_again() {
    let world = Processes::start().await;
    let ahead = Processes { now: world.now + SignedDuration::from_mins(1), ..world };
    assert_eq!(ahead.answered(&[Processes::process()]).await, LIMIT);
    let behind = Processes { now: ahead.now - SignedDuration::from_mins(1), ..ahead };
    assert!(behind.count(&Processes::process()).await.is_err());
}

#[tokio::test]
async fn a_count_that_does_not_answer_keeps_nobody_out() {
    let mut world = Processes::start().await;
    let process = Processes::process();
    // As DynamoDB words throttling.
    world.bench.deployment.aws().fail_next("DynamoDB.UpdateItem", 9, 429);
    let count = async |world: &Processes| process.count(&world.bench.role.tenants, &world.tenant, world.now).await;
    let (first, calls) = world.calls(async || count(&world).await).await;
    assert!(first == Ok(None) && calls > 0, "{first:?}, {calls} calls");
    let (next, calls) = world.calls(async || count(&world).await).await;
    assert_eq!((next, calls), (Ok(None), 0), "it is left alone for some seconds");
    world.bench.deployment.aws().clear_faults();
    // The count of another one is another item.
    let neighbour = new_tenant();
    let counted = process.count(&world.bench.role.tenants, &neighbour, world.now).await;
    assert_eq!(counted.unwrap().unwrap().remaining, LIMIT - 1);
    world.now += SignedDuration::from_secs(5);
    assert_eq!(count(&world).await.unwrap().unwrap().remaining, LIMIT - 1);
}

#[tokio::test]
async fn more_accounts_make_more_requests() {
    let mut world = Processes::start().await;
    world.tenant = world.bench.tenant.clone();
    for limit in [60, 60, 600] {
        let account = world.bench.connect().await;
        assert_eq!(world.count(&Processes::process()).await.unwrap().limit, limit);
        if limit == 600 {
            assert!(world.bench.owner.accounts.forget(&account).await.unwrap().is_done());
            assert_eq!(world.count(&Processes::process()).await.unwrap().limit, 60);
        }
    }
}
