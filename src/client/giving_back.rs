//! Giving keys back to an owner who lost hers.

use std::collections::BTreeMap;

use tidelock_crypto::Digest;

use super::fetch::{Page, Query};
use super::known::Party;
use super::remembered::Given;
use super::vault::with_clinic;
use super::{Actor, Control, LocalPending, Method, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{KeyName, VaultKey};
use crate::records::EntityKey;
use crate::sharing::{GiveBack, Giving, Returned, VaultLog};
use crate::signed::labelled;
use crate::wire::{MAXIMUM_ENTITIES, NewGiveBack, Recoveries};

/// Somebody who has a new identity, and to whom one could give keys back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpRequest {
    /// Who.
    pub owner: String,
    /// The name that the identity before went by, if it was pinned under one.
    pub name: String,
    /// The fingerprint of the new identity.
    pub fingerprint: Digest,
    /// Whether the new identity has been verified.
    pub verified: bool,
    /// Whether one has the key to the whole record, or to parts of it.
    pub record: bool,
    /// How many single entities one has, by the platform's count.
    pub entities: u64,
}

/// What was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// Whether it was the key to the whole record, or to parts of it.
    pub record: bool,
    /// The keys of how many single entities.
    pub entities: u64,
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Who has lost her keys of those who have shared something with the person or the clinic.
    ///
    /// # Errors
    /// When the platform cannot be reached, or shows what cannot be.
    pub fn help_requests<'a>(
        &'a self,
        actor: Actor<'a>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<HelpRequest>>> {
        Box::pin(async move {
            let path = with_clinic("/recoveries", actor.clinic());
            let served: Recoveries = self.platform.get_cbor(&path, control).await?;
            let mut requests = Vec::with_capacity(served.owners.len());
            for waiting in served.owners {
                let newest = self.take_statements(&waiting.owner, &waiting.statements).await?.pop();
                let fingerprint = newest.ok_or(Error::NotFound)?.digest();
                let pin = self.remembered().pin(&waiting.owner).await?;
                requests.push(HelpRequest {
                    verified: self.is_verified(&waiting.owner, &fingerprint).await?,
                    owner: waiting.owner,
                    name: pin.map(|pin| pin.name).unwrap_or_default(),
                    fingerprint,
                    record: waiting.grants > 0,
                    entities: waiting.entities,
                });
            }
            Ok(requests)
        })
    }

    /// Gives the keys back that the person or the clinic has: to an owner whose new identity has been verified. When it is
    /// interrupted, it is simply called again, and goes on. Progress counts messages.
    ///
    /// # Errors
    /// [`Error::IdentityChanged`] when another identity is pinned than the new one, [`Error::NotVerified`] when this one has not
    /// been verified, [`Error::NoAccess`] when there is nothing to give.
    pub fn give_back<'a>(
        &'a self,
        actor: Actor<'a>,
        owner: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<GivenBack>> {
        Box::pin(async move {
            let party = self.party(actor, control).await?;
            let newest = self.versions(owner, control).await?.pop().ok_or(Error::NotFound)?;
            let fingerprint = newest.digest();
            match self.remembered().pin(owner).await? {
                Some(pin) if pin.fingerprint != fingerprint => {
                    return Err(Error::IdentityChanged { owner: owner.to_owned() }.into());
                }
                Some(pin) if pin.is_verified() => {}
                _ => return Err(Error::NotVerified { owner: owner.to_owned(), others: Vec::new() }.into()),
            }
            let log = self.read_log(owner, control).await?;
            let mut vault_keys = (*self.vault_keys(&party, &log).await?).clone();
            vault_keys.retain(|key| log.is_newest_version(&key.name()));
            let entity_keys = self.entity_keys(&party, &log, &vault_keys, control).await?;
            let given = GivenBack { record: !vault_keys.is_empty(), entities: entity_keys.len() as u64 };
            if !given.record && given.entities == 0 {
                return Err(Error::NoAccess.into());
            }

            let to = [owner, &fingerprint.to_string(), party.id()].join("/");
            let names: Vec<KeyName> = vault_keys.iter().map(VaultKey::name).collect();
            let ids: Vec<Id> = entity_keys.keys().copied().collect();
            let of = Digest::of(&labelled("given back", &(log.head(), names.as_slice(), ids.as_slice())));
            let sent = self.remembered().given(&to).await?.filter(|sent| sent.of == of);
            let capacity = party.capacity();
            let giving = Giving { giver: &self.identity, capacity: capacity.as_ref(), log: &log, to: &newest };
            let parts = Returned { vault_keys, entity_keys: entity_keys.into_iter().collect() }.divide();
            let total = parts.len() as u64;
            let path = ["/vaults/", owner, "/give_backs"].concat();
            for (part, returned) in (1..).zip(&parts) {
                if sent.is_none_or(|sent| sent.parts < part) {
                    control.check()?;
                    let now = self.platform.now();
                    let message = GiveBack::seal(&self.engine, giving, returned, (part, total), now).await?;
                    let body = NewGiveBack { message: message.bytes().to_vec().into() };
                    self.platform.send_cbor(Method::Post, &path, &body, control).await?;
                    self.remembered().put_given(&to, &Given { of, parts: part }).await?;
                }
                control.report(part, total);
            }
            Ok(given)
        })
    }

    /// The keys of the single entities of a vault that a party has, and that none of these vault keys opens.
    fn entity_keys<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
        vault_keys: &'a [VaultKey],
        control: &'a Control,
    ) -> LocalPending<'a, Result<BTreeMap<Id, EntityKey>>> {
        Box::pin(async move {
            let mut keys = BTreeMap::new();
            let mut after = None;
            loop {
                control.check()?;
                let limit = Some(MAXIMUM_ENTITIES as u64);
                let query = Query { delegated: true, limit, after, ..Query::default() };
                let Page { found, next } = self.page(party, query, control).await?;
                for found in found {
                    let state = &found.entity.state;
                    let opens = |key: &VaultKey| key.name().is_of(state.compartment, state.epoch);
                    if let Some((key, _)) = &found.entity.opened
                        && found.entity.vault == log.vault()
                        && !vault_keys.iter().any(opens)
                    {
                        keys.insert(found.entity.id, key.clone());
                    }
                }
                after = next;
                if after.is_none() {
                    return Ok(keys);
                }
            }
        })
    }
}
