//! What somebody reaches of a tenant's things: all of them, or those of some of its brands.

use crate::{BrandId, TenantId};

/// On whose behalf something is read or changed. The store reads nothing that belongs to brands without one: what is beyond
/// it is not there.
///
/// Callers have the one of their key. What works for the product itself, such as the workers, says [`whole`](Self::whole).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    tenant: TenantId,
    /// Empty means all: so keys of all versions say it.
    brands: Vec<BrandId>,
}

impl Reach {
    /// All that the tenant has.
    pub fn whole(tenant: &TenantId) -> Self {
        Self { tenant: tenant.clone(), brands: Vec::new() }
    }

    /// What these brands have or, if none is named, all: so keys say it.
    pub const fn limited_to(tenant: TenantId, brands: Vec<BrandId>) -> Self {
        Self { tenant, brands }
    }

    /// Whose things. What another tenant has is beyond every reach.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Whether it is all that the tenant has.
    pub const fn is_whole(&self) -> bool {
        self.brands.is_empty()
    }

    /// The brands that it is limited to; empty means that it is not.
    pub fn brands(&self) -> &[BrandId] {
        &self.brands
    }

    /// Whether this brand is within it, with what belongs to the brand.
    pub fn has(&self, brand: &BrandId) -> bool {
        self.is_whole() || self.brands.contains(brand)
    }

    /// Whether it has what these brands share or, without any, what is the whole tenant's: that is there for everybody.
    pub fn sees(&self, brands: &[BrandId]) -> bool {
        brands.iter().all(|brand| self.has(brand))
    }

    /// Whether what these brands share may be changed or deleted or, without any, what is the whole tenant's: a key that is
    /// limited to brands may use the latter, and no more.
    pub fn owns(&self, brands: &[BrandId]) -> bool {
        are_all_among(&self.brands, brands)
    }

    /// The part of it that these brands have. Nothing if they have none of it: an empty list would mean all.
    pub fn of(&self, brands: impl IntoIterator<Item = BrandId>) -> Option<Self> {
        let brands: Vec<_> = brands.into_iter().filter(|brand| self.has(brand)).collect();
        (!brands.is_empty()).then(|| Self { tenant: self.tenant.clone(), brands })
    }
}

/// Whether what concerns the brands `of` is all there is for who is limited to `brands` or, if these are none, to nothing.
/// What is another brand's, too, is not: as with a post for accounts of several.
pub fn are_all_among(brands: &[BrandId], of: &[BrandId]) -> bool {
    brands.is_empty() || (!of.is_empty() && of.iter().all(|brand| brands.contains(brand)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brands(names: &[&str]) -> Vec<BrandId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn reach(names: &[&str]) -> Reach {
        Reach::limited_to("ten_1".parse().unwrap(), brands(names))
    }

    #[test]
    fn what_a_key_sees_and_owns_goes_by_the_brands_that_share_a_thing() {
        // The key's brands, the thing's, whether it is seen, and whether it is owned.
        for (own, of, sees, owns) in [
            (&[][..], &[][..], true, true),
            (&[], &["brand_1"], true, true),
            (&["brand_1"], &[], true, false),
            (&["brand_1"], &["brand_1"], true, true),
            (&["brand_1"], &["brand_2"], false, false),
            (&["brand_1"], &["brand_1", "brand_2"], false, false),
            (&["brand_1", "brand_2"], &["brand_1", "brand_2"], true, true),
        ] {
            let (reach, of) = (reach(own), brands(of));
            assert_eq!((reach.sees(&of), reach.owns(&of)), (sees, owns), "{own:?} {of:?}");
        }
    }

    #[test]
    fn a_part_is_never_more_than_the_whole() {
        for (own, asked, part) in [
            (&[][..], &["brand_1"][..], Some(&["brand_1"][..])),
            (&["brand_1"], &["brand_1", "brand_2"], Some(&["brand_1"])),
            (&["brand_1"], &["brand_2"], None),
            (&["brand_1"], &[], None),
            (&[], &[], None),
        ] {
            let found = reach(own).of(brands(asked));
            assert_eq!(found, part.map(reach), "{own:?} {asked:?}");
        }
    }
}
