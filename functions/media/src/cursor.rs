//! Where a page of media ends, as callers carry it.

use sha2::{Digest as _, Sha256};
use slipway_domain::{MediaId, TenantId};

/// Writes a cursor. It is bound to the tenant, and an altered one is told from a genuine one; what it leads to is
/// the tenant's own list in any case.
pub(crate) fn write(tenant: &TenantId, last: &MediaId) -> String {
    format!("{}{}", hex::encode(last.as_str()), check(tenant, last))
}

/// Reads a cursor that [`write`] made for this tenant.
pub(crate) fn read(tenant: &TenantId, cursor: &str) -> Option<MediaId> {
    let (id, found) = cursor.split_at_checked(cursor.len().checked_sub(CHECK)?)?;
    let id: MediaId = String::from_utf8(hex::decode(id).ok()?).ok()?.parse().ok()?;
    (check(tenant, &id) == found).then_some(id)
}

/// Characters of the check at a cursor's end.
const CHECK: usize = 16;

fn check(tenant: &TenantId, last: &MediaId) -> String {
    let digest = Sha256::digest(format!("media before {last} of {tenant}"));
    hex::encode(&digest[..CHECK / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_tenant_only_and_not_when_altered() {
        let (tenant, other): (TenantId, TenantId) = ("ten_1".parse().unwrap(), "ten_2".parse().unwrap());
        let id: MediaId = "med_1".parse().unwrap();
        let cursor = write(&tenant, &id);
        assert_eq!(read(&tenant, &cursor), Some(id));
        assert_eq!(read(&other, &cursor), None);
        for place in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[place] = if altered[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(read(&tenant, &String::from_utf8(altered).unwrap()), None, "{place}");
        }
        for text in ["", "x", "é", "0123456789abcdef", "ééééééééé"] {
            assert_eq!(read(&tenant, text), None, "{text:?}");
        }
    }
}
