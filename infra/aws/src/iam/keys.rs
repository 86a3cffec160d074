//! Keys of principals, made from the root's: the same at each start over the same data, so that URLs which were
//! presigned before still work, and nothing more must be kept.

use aws_lc_rs::hmac;

use crate::credentials::Credentials;

pub(super) fn derive(root: &Credentials, name: &str) -> Credentials {
    let secret = hmac::Key::new(hmac::HMAC_SHA256, root.secret_access_key.as_bytes());
    let derived = |what: &str| hex::encode(hmac::sign(&secret, format!("{what}/{name}").as_bytes()));
    Credentials::shaped(&derived("id"), &derived("secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_keys_of_its_own_and_always_the_same() {
        let root = Credentials::random();
        let parts = |keys: Credentials| [keys.access_key_id, keys.secret_access_key];
        assert_eq!(parts(derive(&root, "A")), parts(derive(&root, "A")));
        let (one, other, elsewhere) = (derive(&root, "A"), derive(&root, "B"), derive(&Credentials::random(), "A"));
        let [one, other, elsewhere, root] = [one, other, elsewhere, root].map(parts);
        for (left, right) in [(&one, &other), (&one, &elsewhere), (&one, &root)] {
            assert!(left[0] != right[0] && left[1] != right[1]);
        }
        assert_eq!((one[0].len(), one[1].len()), (20, 40));
    }
}
