//! Links from children to parents that only readers of the parent can follow.

use tidelock_crypto::{Digest, SecretKey, hmac_sha256};

use crate::signed::labelled;

/// A random secret inside a parent's content. Whoever can read the parent can compute the links of her children; the
/// platform sees that children belong together, not to whom.
pub type LinkSecret = SecretKey;

/// The link that a child of that type carries: HMAC-SHA-256 under the parent's newest link secret.
pub fn link(secret: &LinkSecret, child_type: &str) -> Digest {
    hmac_sha256(secret.expose(), &labelled("link", &child_type))
}
