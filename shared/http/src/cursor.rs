//! Where a page of a list ends, as callers carry it.

use sha2::{Digest as _, Sha256};
use slipway_domain::TenantId;

/// Writes a cursor. It is bound to the list and the tenant, and a mistyped one is not taken. Its check is no signature:
/// whoever makes a cursor up gets somewhere in the tenant's own list, and nowhere else.
pub fn write(list: &str, tenant: &TenantId, end: &str) -> String {
    format!("{}{}", hex::encode(end), check(list, tenant, end))
}

/// Reads a cursor that [`write`] made for this list and tenant.
pub fn read(list: &str, tenant: &TenantId, cursor: &str) -> Option<String> {
    let (end, found) = cursor.split_at_checked(cursor.len().checked_sub(CHECK)?)?;
    let end = String::from_utf8(hex::decode(end).ok()?).ok()?;
    (check(list, tenant, &end) == found).then_some(end)
}

/// Characters of the check at a cursor's end.
const CHECK: usize = 16;

fn check(list: &str, tenant: &TenantId, end: &str) -> String {
    let digest = Sha256::digest(format!("{list} after {end} of {tenant}"));
    hex::encode(&digest[..CHECK / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_list_and_tenant_only_and_not_when_mistyped() {
        let (tenant, other): (TenantId, TenantId) = ("ten_1".parse().unwrap(), "ten_2".parse().unwrap());
        let cursor = write("accounts", &tenant, "acc_1");
        assert_eq!(read("accounts", &tenant, &cursor).as_deref(), Some("acc_1"));
        assert_eq!(read("accounts", &other, &cursor), None);
        assert_eq!(read("invites", &tenant, &cursor), None);
        for place in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[place] = if altered[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(read("accounts", &tenant, &String::from_utf8(altered).unwrap()), None, "{place}");
        }
        for text in ["", "x", "é", "0123456789abcdef", "ééééééééé"] {
            assert_eq!(read("accounts", &tenant, text), None, "{text:?}");
        }
    }
}
