//! What of the log is within reach. Which brands an entry concerns the accounts may have to say, so that the log itself
//! does not know whose it is.

use jiff::Timestamp;
use slipway_domain::{BrandId, LogKey, Reach};
use slipway_store::StoreError;
use slipway_store::events::LogEntry;

use crate::App;

/// An entry of the log. Of one that is beyond reach nothing is known but where it stands, for whoever goes on behind it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where it stands.
    pub(crate) place: LogKey,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What it says.
    pub(crate) shown: Option<Shown>,
}

/// An entry that is within reach.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) entry: LogEntry,
    /// The brands that it concerns. Nobody has asked where all of them are within reach.
    pub(crate) brands: Vec<BrandId>,
}

/// Up to `limit` entries behind `after`, the newest first, and whether there are more.
pub(crate) async fn newest(
    app: &App,
    reach: &Reach,
    after: Option<&LogKey>,
    limit: usize,
) -> Result<(Vec<Entry>, bool), StoreError> {
    let page = app.webhooks.events().list(&Reach::whole(reach.tenant()), after, limit).await?;
    Ok((within(app, reach, page.entries).await?, page.next.is_some()))
}

/// Up to `limit` entries that are newer than this place, the oldest first, and whether there are more.
pub(crate) async fn since(
    app: &App,
    reach: &Reach,
    place: &LogKey,
    limit: usize,
) -> Result<(Vec<Entry>, bool), StoreError> {
    let (entries, more) = app.webhooks.events().since(&Reach::whole(reach.tenant()), place, limit).await?;
    Ok((within(app, reach, entries).await?, more))
}

/// As with a post: what is another brand's, too, is beyond reach.
async fn within(app: &App, reach: &Reach, entries: Vec<LogEntry>) -> Result<Vec<Entry>, StoreError> {
    let brands = if reach.is_whole() {
        vec![Vec::new(); entries.len()]
    } else {
        app.accounts.brands_of(&entries.iter().collect::<Vec<_>>()).await?
    };
    let entries = entries.into_iter().zip(brands).map(|(entry, brands)| Entry {
        place: entry.key(),
        at: entry.at,
        shown: reach.owns(&brands).then_some(Shown { entry, brands }),
    });
    Ok(entries.collect())
}
