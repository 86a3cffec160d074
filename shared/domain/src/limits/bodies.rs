//! How much is read of what comes from outside, and how long a server of a customer's may take.

use std::time::Duration;

/// The largest file that comes in a request, in bytes.
///
/// Lambda takes 6 MiB (6,291,456 bytes) of JSON, in which a body is a third larger; what is over is for headers and
/// the form around the file.
pub const REQUEST_FILE_MAX_BYTES: usize = 4_500_000;
/// The largest form that is read at all, in bytes: what API Gateway lets through. So a file that is too large for us
/// is still refused with its size. A route that takes a form has it as its `DefaultBodyLimit`.
pub const FORM_MAX_BYTES: usize = 10 * 1024 * 1024;
/// The largest body of JSON that is read, in bytes. Media comes as files, and all else is far smaller.
pub const JSON_MAX_BYTES: usize = 1024 * 1024;
/// The most values of a body of JSON, those inside of others included. The largest request that makes sense has far fewer,
/// and an object of a single name takes six hundred bytes of memory.
pub const JSON_MAX_VALUES: usize = 60_000;
/// The most ids of one kind that narrow a list, by all of their parameter's names together.
pub const IDS_PER_FILTER: usize = 100;
/// The longest address to which a creator returns, in bytes.
pub const LONGEST_RETURN_URL: usize = 2048;
/// The largest webhook of TikTok's that is read, in bytes. They are a few hundred.
pub const TIKTOK_WEBHOOK_MAX_BYTES: usize = 64 * 1024;
/// How much is kept of the content of an event of TikTok's that nobody knows, in characters.
pub const KEPT_OF_STRANGE_EVENT: usize = 2_000;
/// The most that is read of an answer of TikTok's, in bytes. They are a few KiB.
pub const TIKTOK_ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// How much is kept of a message of TikTok's, in characters.
pub const KEPT_OF_TIKTOK_MESSAGE: usize = 500;
/// How much is kept of TikTok's id of a call, in characters.
pub const KEPT_OF_LOG_ID: usize = 100;
/// How much is kept of what TikTok calls the reason why no account was connected, in characters.
pub const KEPT_OF_CONNECT_ERROR: usize = 64;
/// The longest address of a customer's that is called, in bytes: of a file, of an endpoint, or to which one redirects.
pub const LONGEST_PUBLIC_URL: usize = 2048;
/// How many redirects are followed to a file.
pub const FILE_REDIRECTS: usize = 5;
/// How long a connection to a customer's server may take to stand, the look at the DNS included.
pub const SERVER_CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// How long a customer's server may send nothing.
pub const SERVER_IS_SILENT: Duration = Duration::from_secs(20);
/// How slow a customer's server may be, in bytes a second, as long as nobody waits for the worker (see
/// [`least_rate`](crate::shares::least_rate)).
pub const SLOWEST_SERVER: u64 = 16 * 1024;
/// Over how long a time that is measured.
pub const SLOWNESS_IS_MEASURED: Duration = Duration::from_secs(30);
