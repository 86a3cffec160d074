//! `slipway keys`, `slipway brands` and `slipway user`: what belongs to a tenant as a whole.

use std::path::PathBuf;

use clap::Subcommand;

use crate::id::{BrandId, KeyId};

/// `slipway keys`.
#[derive(Debug, clap::Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// `slipway init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Whose key it is: keys of one address belong to one tenant
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: String,
    /// The stack's name
    #[arg(long, value_name = "NAME", default_value = "slipway")]
    pub(crate) stack: String,
    /// What to call the key
    #[arg(long, value_name = "NAME", default_value = "operator")]
    pub(crate) name: String,
    /// AWS region; the AWS CLI's own if not given
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile of the AWS CLI
    #[arg(long)]
    pub(crate) profile: Option<String>,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List the keys, without their secrets
    List {
        /// Those of test mode; a live key lists live ones without this
        #[arg(long)]
        test: bool,
    },
    /// Make a key, and print its secret once
    Create {
        /// What to call it
        name: String,
        /// What it may do, such as posts:read,media:read; everything without any
        #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
        scopes: Vec<String>,
        /// Which brand it may touch; all without any
        #[arg(long = "brand", value_name = "BRAND_ID")]
        brands: Vec<BrandId>,
        /// Make it for test mode, in which nothing reaches TikTok
        #[arg(long)]
        test: bool,
    },
    /// Give a key a new secret, and print it once
    Rotate {
        /// The key's id, key_…
        key: KeyId,
        /// For how long the old secret counts, too
        #[arg(long, value_name = "SECONDS", default_value = "0")]
        overlap: u32,
    },
    /// Revoke a key
    Revoke {
        /// The key's id, key_…
        key: KeyId,
    },
}

/// `slipway test`.
#[derive(Debug, clap::Args)]
pub(crate) struct TestMode {
    #[command(subcommand)]
    pub(crate) command: TestCommand,
}

/// What to do in test mode.
#[derive(Debug, Subcommand)]
pub(crate) enum TestCommand {
    /// List what a caption can ask for, and what creators there are
    Outcomes,
    /// Connect a test creator at once, and print the account's id
    Connect {
        /// The creator's name; slipway test outcomes says what names do
        #[arg(default_value = "creator", value_parser = creator)]
        name: String,
    },
}

/// With or without the `@` that names are written with.
fn creator(name: &str) -> Result<String, &'static str> {
    let name = name.strip_prefix('@').unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_');
    let is_name = (1..=24).contains(&name.len()) && name.bytes().all(fits);
    if is_name { Ok(name.to_owned()) } else { Err("use 1 to 24 of a-z, 0-9, dot and underscore") }
}

/// `slipway brands`.
#[derive(Debug, clap::Args)]
pub(crate) struct Brands {
    #[command(subcommand)]
    pub(crate) command: BrandsCommand,
}

/// What to do with brands.
#[derive(Debug, Subcommand)]
pub(crate) enum BrandsCommand {
    /// List the brands with the number of their accounts
    List,
    /// Make a brand, and print its id
    Create {
        /// What to call it
        name: String,
    },
    /// Give a brand another name
    Rename {
        /// The brand's id, brand_…
        brand: BrandId,
        /// What to call it
        name: String,
    },
    /// Delete a brand, and disconnect its accounts
    Delete {
        /// The brand's id, brand_…
        brand: BrandId,
    },
}

/// `slipway user`.
#[derive(Debug, clap::Args)]
pub(crate) struct User {
    #[command(subcommand)]
    pub(crate) command: UserCommand,
}

/// What to do with the tenant itself.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Show whose key this is, and the plan
    Show,
    /// Write all that the tenant has as JSON lines
    Export {
        /// Where to; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Delete the tenant with all that it has, for ever
    Delete {
        /// The tenant's address, so that it is no other one's: slipway user show has it
        #[arg(value_name = "EMAIL")]
        email: String,
    },
}
