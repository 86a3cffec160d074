#![doc = include_str!("../README.md")]

mod due;
mod soon;

use std::num::NonZeroUsize;
use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use slipway_domain::schedule::renewal_pause;
use slipway_domain::{AccountId, Reach, TenantId};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_runtime::pause::full_jitter;
use slipway_store::StoreError;
use slipway_store::accounts::{AccountRecord, AccountStatus, Accounts};
use slipway_store::posts::Posts;
use slipway_tokens::{CallError, Tokens, TokensConfig};

use due::Due;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// Accounts, their tokens, and TikTok.
        pub tokens: TokensConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// How many renewals run at the same time.
        pub concurrency: NonZeroUsize = "REFRESH_CONCURRENCY",
    }
}

/// Everything a run needs. Built once a process.
#[derive(Debug, Clone)]
pub struct RefreshTokens {
    /// The accounts table.
    pub accounts: Accounts,
    /// The posts table, for posts that are due soon.
    pub posts: Posts,
    /// What renews.
    pub tokens: Tokens,
    /// How many renewals run at the same time.
    pub concurrency: NonZeroUsize,
}

/// What a run found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Run {
    /// Accounts with new tokens.
    pub renewed: usize,
    /// Accounts that TikTok gave up: their creators must connect them again.
    pub lost: usize,
    /// Accounts whose renewal failed for a reason that may pass. They are due again later.
    pub put_off: usize,
    /// Accounts that were in the index but not due any more.
    pub not_due: usize,
    /// Pages of the index, and accounts, that could not be read or put off. The next run finds them again.
    pub unread: usize,
    /// Whether the deadline came before the end of the index. The next run goes on.
    pub cut_short: bool,
}

/// What became of one account.
enum Renewal {
    Renewed,
    Lost,
    PutOff,
    NotDue,
    Fresh,
    Unread,
}

/// Why an account is to be renewed.
enum RefreshTrigger {
    /// Its time in the index has come.
    Due,
    /// One of its posts is due soon.
    PostSoon,
}

impl RefreshTokens {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        let dynamodb = slipway_store::client(aws);
        let tokens = Tokens::wired(aws, &dynamodb, config.tokens)?;
        Ok(Self {
            accounts: tokens.accounts().clone(),
            posts: Posts::new(dynamodb, config.posts_table.into_string()),
            tokens,
            concurrency: config.concurrency,
        })
    }

    /// Renews everything that is due at `now`, longest overdue first. Begins nothing after `deadline`, and comes back
    /// when everything that was begun has ended.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Run {
        let mut due = Due::at(&self.accounts, now);
        let mut running = FuturesUnordered::new();
        let mut run = Run::default();
        let (mut soon, unread) = soon::accounts(&self.posts, now).await;
        run.unread += unread;
        loop {
            while running.len() < self.concurrency.get() && !run.cut_short {
                if Instant::now() >= deadline {
                    run.cut_short = true;
                } else if let Some((tenant, id)) = soon.pop_first() {
                    running.push(self.renew_if(RefreshTrigger::PostSoon, tenant, id, now));
                } else if let Some((tenant, id)) = due.next().await {
                    running.push(self.renew_if(RefreshTrigger::Due, tenant, id, now));
                } else {
                    break;
                }
            }
            let Some(renewal) = running.next().await else { break };
            run.count(&renewal);
        }
        run.unread += due.unread_pages();
        run
    }

    async fn renew_if(&self, reason: RefreshTrigger, tenant: TenantId, id: AccountId, now: Timestamp) -> Renewal {
        let account = match self.accounts.get(&Reach::whole(&tenant), &id).await {
            Ok(Some(account)) => account,
            // The index lags.
            Ok(None) => return Renewal::NotDue,
            Err(error) => {
                tracing::error!(account.id = %id, %error, "a due account could not be read");
                return Renewal::Unread;
            }
        };
        match reason {
            RefreshTrigger::Due if !is_due(&account, now) => return Renewal::NotDue,
            RefreshTrigger::PostSoon if !soon::ends_before(&account, now) => return Renewal::Fresh,
            RefreshTrigger::Due | RefreshTrigger::PostSoon => {}
        }
        self.renew(&account).await.unwrap_or_else(|error| {
            tracing::error!(account.id = %id, %error, "a failed renewal could not be put off");
            Renewal::Unread
        })
    }

    async fn renew(&self, account: &AccountRecord) -> Result<Renewal, StoreError> {
        let error = match self.tokens.refresh(account).await {
            Ok(_) => return Ok(Renewal::Renewed),
            Err(CallError::ReconnectRequired { .. }) => return Ok(Renewal::Lost),
            Err(CallError::Gone) => return Ok(Renewal::NotDue),
            Err(error) => error,
        };
        let pause = renewal_pause(account.refresh_failures);
        tracing::warn!(account.id = %account.id, %error, failures = account.refresh_failures + 1, "renewal put off");
        let until = Timestamp::now().checked_add(pause + full_jitter(pause / 2)).unwrap_or(Timestamp::MAX);
        // Refused means that somebody else has renewed it, or put it off.
        self.accounts.put_off_refresh(account, until).await?.either_way();
        Ok(Renewal::PutOff)
    }
}

fn is_due(account: &AccountRecord, now: Timestamp) -> bool {
    account.status == AccountStatus::Active && account.refresh_at.is_some_and(|at| at <= now)
}

impl Run {
    /// Writes the run's one log line.
    pub fn log(&self) {
        tracing::info!(
            renewed = self.renewed,
            lost = self.lost,
            put_off = self.put_off,
            not_due = self.not_due,
            unread = self.unread,
            cut_short = self.cut_short,
            "tokens renewed ahead of use"
        );
    }

    fn count(&mut self, renewal: &Renewal) {
        *match renewal {
            Renewal::Fresh => return,
            Renewal::Renewed => &mut self.renewed,
            Renewal::Lost => &mut self.lost,
            Renewal::PutOff => &mut self.put_off,
            Renewal::NotDue => &mut self.not_due,
            Renewal::Unread => &mut self.unread,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use slipway_tiktok::CallTimeout;

    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("RefreshTokensFunction");
    }
    #[test]
    fn a_call_takes_as_long_as_the_domain_says_by_default() {
        let Config { tokens, .. } = workbench::configuration_of("RefreshTokensFunction");
        assert_eq!(tokens.tiktok.call_timeout, CallTimeout::default());
    }
}
