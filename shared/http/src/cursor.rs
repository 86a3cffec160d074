//! Cursors: opaque to callers. What is in one is a key of the list, followed by a check that only this deployment can
//! write.

use slipway_domain::TenantId;

use crate::Keyring;

/// Writes a cursor. It is bound to the list and the tenant.
pub(crate) fn write(keyring: &Keyring, list: &str, tenant: &TenantId, end: &str) -> String {
    format!("{}{}", hex::encode(end), check(keyring, list, tenant, end))
}

/// Reads a cursor that [`write`] made for this list and tenant.
pub(crate) fn read(keyring: &Keyring, list: &str, tenant: &TenantId, cursor: &str) -> Option<String> {
    let (end, found) = cursor.split_at_checked(cursor.len().checked_sub(CHECK)?)?;
    let end = String::from_utf8(hex::decode(end).ok()?).ok()?;
    (check(keyring, list, tenant, &end) == found).then_some(end)
}

/// Characters of the check at a cursor's end.
const CHECK: usize = 32;

fn check(keyring: &Keyring, list: &str, tenant: &TenantId, end: &str) -> String {
    keyring.check(&format!("{list} after {end} of {tenant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_list_and_tenant_only_and_not_when_altered() {
        let (tenant, other): (TenantId, TenantId) = ("ten_1".parse().unwrap(), "ten_2".parse().unwrap());
        let keyring = Keyring::of("secret");
        let cursor = write(&keyring, "accounts", &tenant, "acc_1");
        assert_eq!(read(&keyring, "accounts", &tenant, &cursor).as_deref(), Some("acc_1"));
        assert_eq!(read(&keyring, "accounts", &other, &cursor), None);
        assert_eq!(read(&keyring, "invites", &tenant, &cursor), None);
        assert_eq!(read(&Keyring::of("another secret"), "accounts", &tenant, &cursor), None);
        for place in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[place] = if altered[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(read(&keyring, "accounts", &tenant, &String::from_utf8(altered).unwrap()), None, "{place}");
        }
        for text in ["", "x", "é", "0123456789abcdef0123456789abcdef", &"é".repeat(17)] {
            assert_eq!(read(&keyring, "accounts", &tenant, text), None, "{text:?}");
        }
    }
}
