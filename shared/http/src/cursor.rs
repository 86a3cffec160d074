//! Cursors: sealed, so that nobody reads in one what its list does not show, or writes one. What is in it is a key of the
//! list, which may be that of a thing that is not the caller's to see.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use slipway_domain::TenantId;

use crate::Keyring;
use crate::keyring::{NoCipher, What};

/// Writes a cursor. It is bound to the list and the tenant.
pub(crate) fn write(keyring: &Keyring, list: &str, tenant: &TenantId, end: &str) -> Result<String, NoCipher> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(keyring.seal(What::Cursor, &name(list, tenant), end)?))
}

/// Reads a cursor that [`write`] made for this list and tenant.
pub(crate) fn read(keyring: &Keyring, list: &str, tenant: &TenantId, cursor: &str) -> Option<String> {
    keyring.open(What::Cursor, &name(list, tenant), BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?)
}

fn name(list: &str, tenant: &TenantId) -> String {
    format!("cursor of {list} of {tenant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_list_and_tenant_only_and_not_when_altered() {
        let (tenant, other): (TenantId, TenantId) = ("ten_1".parse().unwrap(), "ten_2".parse().unwrap());
        let keyring = Keyring::of("secret");
        let cursor = write(&keyring, "accounts", &tenant, "acc_1").unwrap();
        assert_eq!(read(&keyring, "accounts", &tenant, &cursor).as_deref(), Some("acc_1"));
        assert_eq!(read(&keyring, "accounts", &other, &cursor), None);
        assert_eq!(read(&keyring, "invites", &tenant, &cursor), None);
        assert_eq!(read(&Keyring::of("another secret"), "accounts", &tenant, &cursor), None);
        for place in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'Q' } else { b'A' };
            assert_eq!(read(&keyring, "accounts", &tenant, &String::from_utf8(altered).unwrap()), None, "{place}");
        }
        for text in ["", "x", "é", "0123456789abcdef0123456789abcdef", &"é".repeat(17)] {
            assert_eq!(read(&keyring, "accounts", &tenant, text), None, "{text:?}");
        }
    }

    #[test]
    fn nobody_reads_in_a_cursor_behind_what_the_list_ended() {
        let cursor = write(&Keyring::of("secret"), "posts", &"ten_1".parse().unwrap(), "post_others").unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("post_") && !cursor.contains("post_"), "{cursor}");
    }
}
