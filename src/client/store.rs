//! What a client keeps between sessions.

use std::future::Future;

use tidelock_crypto::{AgreementKey, SigningKey};

use crate::error::Result;

/// The private keys of an identity as the store holds them: in a browser, keys that cannot be taken out of it.
#[derive(Clone, Debug)]
pub struct IdentityKeys {
    /// The private agreement key.
    pub agreement: AgreementKey,
    /// The private signing key.
    pub signing: SigningKey,
}

/// Keeps keys and small values by name. One store serves one platform; names begin with the data owner they belong to.
pub trait Store {
    /// The value of that name.
    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>>>;

    /// Keeps a value; when the future is done, it survives a crash.
    fn put(&self, name: &str, value: &[u8]) -> impl Future<Output = Result<()>>;

    /// Forgets a value.
    fn delete(&self, name: &str) -> impl Future<Output = Result<()>>;

    /// The private keys of a data owner.
    fn keys(&self, owner: &str) -> impl Future<Output = Result<Option<IdentityKeys>>>;

    /// Keeps the private keys of a data owner.
    fn put_keys(&self, owner: &str, keys: &IdentityKeys) -> impl Future<Output = Result<()>>;
}
