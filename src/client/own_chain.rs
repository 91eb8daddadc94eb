//! The own chains of manifests: where the next one goes on.

use tidelock_crypto::merkle::{self, Frontier};
use tidelock_crypto::{Digest, PublicKey};

use super::{Control, LocalPending, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::records::Manifest;
use crate::sharing::ChainName;
use crate::signed::Unverified;
use crate::wire::OwnManifests;

impl<T: Transport, S: Store> Session<T, S> {
    /// How far an own chain in a vault has come: as this session knows, or what this device remembers and the platform has
    /// more.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the platform shows another chain than the one that is remembered, or one that was not signed
    /// here.
    pub(super) fn own_chain<'a>(
        &'a self,
        vault: &'a str,
        chain: &'a ChainName,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Frontier>> {
        Box::pin(async move {
            let known = self.known.borrow().chain(vault, chain);
            if let Some(frontier) = known {
                return Ok(frontier);
            }
            let mut frontier = self.remembered().chain(vault, chain).await?.unwrap_or_default();
            let remembered = frontier.size();
            loop {
                control.check()?;
                let path = format!("/vaults/{vault}/manifests?after={}&capacity={}", frontier.size(), chain.capacity);
                let page: OwnManifests = self.platform.get_cbor(&path, control).await?;
                for bytes in &page.manifests {
                    let manifest = Unverified::<Manifest>::decode(bytes)?;
                    let claims = manifest.claims();
                    let continues = claims.vault == vault
                        && claims.chain() == *chain
                        && claims.number == frontier.size() + 1
                        && claims.previous == frontier.root();
                    if !continues {
                        return Err(Error::tampered("a manifest that does not continue its chain"));
                    }
                    let hash = merkle::leaf_hash(manifest.payload());
                    let signing = self.own_signing(&claims.fingerprint)?;
                    manifest.verify(&self.engine, &signing).await?;
                    frontier.push(hash);
                }
                if !page.more {
                    break;
                }
            }
            if frontier.size() > remembered {
                self.keep_chain(vault, chain, frontier.clone()).await?;
            } else {
                self.known.borrow_mut().put_chain(vault, chain, frontier.clone());
            }
            Ok(frontier)
        })
    }

    /// The key with which the person signs, or signed under an identity before.
    fn own_signing(&self, fingerprint: &Digest) -> Result<PublicKey> {
        let known = self.known.borrow();
        let mut version = self.identity.statement();
        while version.digest() != *fingerprint {
            let before =
                version.body().predecessor.and_then(|before| known.directory.statement(&self.account.id, &before));
            version = before.ok_or(Error::Tampered { what: "a manifest that was not signed by its author" })?;
        }
        Ok(version.body().signing)
    }

    /// Keeps how far an own chain has come.
    pub(super) fn keep_chain<'a>(
        &'a self,
        vault: &'a str,
        chain: &'a ChainName,
        frontier: Frontier,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            self.remembered().put_chain(vault, chain, &frontier).await?;
            self.known.borrow_mut().put_chain(vault, chain, frontier);
            Ok(())
        })
    }
}
