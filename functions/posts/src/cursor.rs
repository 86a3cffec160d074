//! Where a page of posts ends, as callers carry it.

use sha2::{Digest as _, Sha256};
use slipway_domain::TenantId;
use slipway_store::posts::Place;

/// Writes a cursor. It is bound to the tenant, and an altered one is told from a genuine one; what it leads to is
/// the tenant's own list in any case.
pub(crate) fn write(tenant: &TenantId, last: &Place) -> String {
    format!("{}{}", hex::encode(last.as_str()), check(tenant, last))
}

/// Reads a cursor that [`write`] made for this tenant.
pub(crate) fn read(tenant: &TenantId, cursor: &str) -> Option<Place> {
    let (place, found) = cursor.split_at_checked(cursor.len().checked_sub(CHECK)?)?;
    let place = Place::parse(&String::from_utf8(hex::decode(place).ok()?).ok()?)?;
    (check(tenant, &place) == found).then_some(place)
}

/// Characters of the check at a cursor's end.
const CHECK: usize = 16;

fn check(tenant: &TenantId, last: &Place) -> String {
    let digest = Sha256::digest(format!("posts behind {} of {tenant}", last.as_str()));
    hex::encode(&digest[..CHECK / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_tenant_only_and_not_when_altered() {
        let (tenant, other): (TenantId, TenantId) = ("ten_1".parse().unwrap(), "ten_2".parse().unwrap());
        let place = Place::parse("2026-11-22T12:00:00.000000000Z#post_1").unwrap();
        let cursor = write(&tenant, &place);
        assert_eq!(read(&tenant, &cursor), Some(place));
        assert_eq!(read(&other, &cursor), None);
        for index in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[index] = if altered[index] == b'0' { b'1' } else { b'0' };
            assert_eq!(read(&tenant, &String::from_utf8(altered).unwrap()), None, "{index}");
        }
        for text in ["", "x", "é", "0123456789abcdef", "ééééééééé"] {
            assert_eq!(read(&tenant, text), None, "{text:?}");
        }
    }
}
