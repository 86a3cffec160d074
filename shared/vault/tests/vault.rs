//! The vault on KMS's stand-in.
#![expect(clippy::unwrap_used, reason = "what a test can not set up fails the test")]

use std::time::Duration;

use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use aws_stand_in::{AwsStandIn, Options};
use secrecy::{ExposeSecret as _, SecretString};
use slipway_domain::{AccountId, TenantId};
use slipway_vault::{Context, Limits, Purpose, Sealed, Vault, VaultError};

struct Kms {
    aws: AwsStandIn,
    client: aws_sdk_kms::Client,
    key: String,
}

impl Kms {
    async fn start() -> Self {
        log_watch::start();
        let aws = AwsStandIn::start(Options::default()).await.unwrap();
        let key = aws.create_key("tokens").unwrap();
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region()))
            .credentials_provider(Credentials::new(aws.access_key_id(), aws.secret_access_key(), None, None, "test"))
            .endpoint_url(aws.endpoint())
            .build();
        Self { client: aws_sdk_kms::Client::from_conf(config), aws, key }
    }

    /// A vault with an empty cache, like that of a process that has just started.
    fn vault(&self) -> Vault {
        self.vault_with(Limits::default())
    }

    fn vault_with(&self, limits: Limits) -> Vault {
        Vault::with_limits(self.client.clone(), self.key.clone(), limits)
    }

    fn calls(&self, operation: &str) -> u64 {
        self.aws.request_counts().get(&format!("KMS.{operation}")).copied().unwrap_or_default()
    }
}

fn context(tenant: &str, account: &str, purpose: Purpose) -> Context {
    Context { tenant: tenant.parse().unwrap(), owner: account.parse::<AccountId>().unwrap().into(), purpose }
}

fn here() -> Context {
    context("ten_1", "acc_1", Purpose::RefreshToken)
}

fn secret() -> SecretString {
    SecretString::from("rft.a*secret!with\u{e9}")
}

#[tokio::test]
async fn a_secret_opens_again_in_another_process() {
    let kms = Kms::start().await;
    let sealed = kms.vault().seal(&here(), &secret()).await.unwrap();
    assert!(!sealed.as_str().contains("secret"));
    let opened = kms.vault().open(&here(), &sealed).await.unwrap();
    assert_eq!(opened.expose_secret(), secret().expose_secret());
}

#[tokio::test]
async fn a_secret_moved_to_another_place_does_not_open_whatever_is_cached() {
    let kms = Kms::start().await;
    let warm = kms.vault();
    let sealed = warm.seal(&here(), &secret()).await.unwrap();
    for place in [
        context("ten_1", "acc_2", Purpose::RefreshToken),
        context("ten_1", "acc_1", Purpose::AccessToken),
        context("ten_2", "acc_1", Purpose::RefreshToken),
    ] {
        for vault in [&warm, &kms.vault()] {
            let refused = vault.open(&place, &sealed).await.err();
            assert!(matches!(refused, Some(VaultError::Tampered(_))), "{place:?}: {refused:?}");
        }
    }
    assert!(warm.open(&here(), &sealed).await.is_ok(), "the refusals spoilt nothing");
}

#[tokio::test]
async fn no_altered_character_goes_unnoticed() {
    let kms = Kms::start().await;
    let vault = kms.vault();
    let sealed = vault.seal(&here(), &secret()).await.unwrap().into_string();
    let places: Vec<usize> = (0..sealed.len()).step_by(7).chain([sealed.len() - 1]).collect();
    for place in places {
        let mut altered = sealed.clone().into_bytes();
        // Always another character, and one that may stand in any part.
        altered[place] = if altered[place] == b'1' { b'2' } else { b'1' };
        let altered = Sealed::from_stored(String::from_utf8(altered).unwrap());
        let refused = vault.open(&here(), &altered).await.err();
        assert!(matches!(refused, Some(VaultError::Tampered(_))), "character {place}: {refused:?}");
    }
}

#[tokio::test]
async fn a_burst_makes_one_call() {
    let kms = Kms::start().await;
    let vault = kms.vault();
    let (place, secret) = (here(), secret());
    let burst = (0..50).map(|_| vault.seal(&place, &secret));
    let sealed = futures_util::future::try_join_all(burst).await.unwrap();
    assert_eq!(kms.calls("GenerateDataKey"), 1);

    let cold = kms.vault();
    futures_util::future::try_join_all(sealed.iter().map(|sealed| cold.open(&place, sealed))).await.unwrap();
    assert_eq!(kms.calls("Decrypt"), 1);
}

#[tokio::test]
async fn a_process_that_has_opened_a_young_record_seals_under_its_key() {
    let kms = Kms::start().await;
    let first = kms.vault().seal(&here(), &secret()).await.unwrap();
    let cold = kms.vault();
    cold.open(&here(), &first).await.unwrap();
    let second = cold.seal(&here(), &secret()).await.unwrap();
    assert_eq!((kms.calls("GenerateDataKey"), kms.calls("Decrypt")), (1, 1));
    assert_ne!(first.as_str(), second.as_str(), "every seal has a nonce of its own");
}

#[tokio::test]
async fn after_a_rotation_new_records_have_a_new_key_and_old_ones_still_open() {
    let kms = Kms::start().await;
    let old = kms.vault().seal(&here(), &secret()).await.unwrap();
    let rotated = kms.vault_with(Limits { seal_with_key_for: Duration::ZERO, ..Limits::default() });
    rotated.open(&here(), &old).await.unwrap();
    let new = rotated.seal(&here(), &secret()).await.unwrap();
    let wrapped = |sealed: &Sealed| sealed.as_str().split('.').nth(2).unwrap().to_owned();
    assert_ne!(wrapped(&old), wrapped(&new));
    for sealed in [&old, &new] {
        assert_eq!(kms.vault().open(&here(), sealed).await.unwrap().expose_secret(), secret().expose_secret());
    }
}

#[tokio::test]
async fn a_cached_key_ends_with_its_uses_and_its_time() {
    let kms = Kms::start().await;
    let sparing = kms.vault_with(Limits { uses: 3, ..Limits::default() });
    for _ in 0..9 {
        sparing.seal(&here(), &secret()).await.unwrap();
    }
    assert_eq!(kms.calls("GenerateDataKey"), 3);

    kms.aws.reset_counts();
    let forgetful = kms.vault_with(Limits { cache_for: Duration::ZERO, ..Limits::default() });
    for _ in 0..3 {
        forgetful.seal(&here(), &secret()).await.unwrap();
    }
    assert_eq!(kms.calls("GenerateDataKey"), 3);
}

#[tokio::test]
async fn the_cache_keeps_the_keys_used_last() {
    let kms = Kms::start().await;
    let small = kms.vault_with(Limits { entries: 4, ..Limits::default() });
    let place = |n: usize| Context {
        tenant: format!("ten_{n}").parse::<TenantId>().unwrap(),
        owner: "acc_1".parse::<AccountId>().unwrap().into(),
        purpose: Purpose::AccessToken,
    };
    // Each tenant takes two entries: for sealing, and for opening what was sealed.
    for n in [1, 2, 3] {
        small.seal(&place(n), &secret()).await.unwrap();
    }
    small.seal(&place(3), &secret()).await.unwrap();
    assert_eq!(kms.calls("GenerateDataKey"), 3);
    small.seal(&place(1), &secret()).await.unwrap();
    assert_eq!(kms.calls("GenerateDataKey"), 4);
}

#[tokio::test]
async fn kms_being_away_is_no_verdict_on_the_record() {
    let kms = Kms::start().await;
    let sealed = kms.vault().seal(&here(), &secret()).await.unwrap();
    let cold = kms.vault();
    kms.aws.fail_next("KMS", 20, 503);
    let failed = cold.open(&here(), &sealed).await.err();
    assert!(failed.as_ref().is_some_and(VaultError::is_retryable), "{failed:?}");
    kms.aws.clear_faults();
    assert!(cold.open(&here(), &sealed).await.is_ok(), "a failure is not remembered");
}

#[tokio::test]
async fn a_sealer_works_while_kms_is_away_but_only_for_its_tenant() {
    let kms = Kms::start().await;
    let vault = kms.vault();
    let local = vault.sealer(&here().tenant).await.unwrap();
    kms.aws.fail_next("KMS", 20, 503);
    let sealed = local.seal(&here(), &secret()).unwrap();
    assert_eq!(vault.open(&here(), &sealed).await.unwrap().expose_secret(), secret().expose_secret());
    let elsewhere = context("ten_2", "acc_1", Purpose::RefreshToken);
    assert!(matches!(local.seal(&elsewhere, &secret()), Err(VaultError::Internal(_))));
}

#[tokio::test]
async fn nothing_printed_shows_a_secret() {
    let kms = Kms::start().await;
    let vault = kms.vault();
    let sealed = vault.seal(&here(), &secret()).await.unwrap();
    let refused = vault.open(&context("ten_1", "acc_2", Purpose::RefreshToken), &sealed).await.unwrap_err();
    let printed =
        format!("{vault:?} {sealed:?} {:?} {refused:?} {refused}", vault.sealer(&here().tenant).await.unwrap());
    assert!(!printed.contains("rft.") && !printed.contains(sealed.as_str()), "{printed}");
}
