//! Giving keys back to an owner who lost hers: by those with whom she had shared, to her new identity.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{Digest, Engine, Pending, SecretKey, cbor, cbor_array, cbor_map};
use zeroize::Zeroizing;

use super::VaultLog;
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Identity, IdentityStatement, KeyName, VaultKey};
use crate::records::{Capacity, EntityKey};
use crate::sealed;
use crate::signed::{Signed, Statement, Unverified};

/// The most keys of single entities that one part has.
const MAXIMUM_ENTITIES: usize = 1_000;

/// One part of what somebody gives back, signed by him. It conveys no rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// Whose vault: the owner who gets the keys.
    pub vault: String,
    /// The owner's fingerprint before, as the giver has it pinned.
    pub before: Digest,
    /// How many entries the vault log has that the giver knows.
    pub log_number: u64,
    /// The digest of the last of them.
    pub log_head: Digest,
    /// The giver's user id.
    pub giver: String,
    /// The giver's fingerprint.
    pub fingerprint: Digest,
    /// The clinic in whose name he gives.
    pub capacity: Option<Capacity>,
    /// The owner's new fingerprint, which the giver has verified.
    pub after: Digest,
    /// The number of this part, from 1.
    pub part: u64,
    /// How many parts there are.
    pub parts: u64,
    /// The keys, in an HPKE message to the owner's new identity.
    pub sealed: ByteVec,
    /// When, in milliseconds since the epoch, by the giver's clock.
    pub time: u64,
}

cbor_map!(GiveBack {
    0: vault,
    1: before,
    2: log_number,
    3: log_head,
    4: giver,
    5: fingerprint,
    6: capacity,
    7: after,
    8: part,
    9: parts,
    10: sealed,
    11: time
});

impl Statement for GiveBack {
    const LABEL: &'static str = "give back";
}

struct ReturnedKey {
    name: KeyName,
    secret: SecretKey,
}

cbor_array!(ReturnedKey [name, secret]);

struct ReturnedEntity {
    entity: Id,
    secret: SecretKey,
}

cbor_array!(ReturnedEntity [entity, secret]);

/// What is encrypted: both lists are strictly ascending.
struct Content {
    keys: Vec<ReturnedKey>,
    entities: Vec<ReturnedEntity>,
}

cbor_map!(Content { 0: keys, 1: entities });

/// Keys that are given back.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// Vault keys: given, the newest version of each epoch; got, with all versions before.
    pub vault_keys: Vec<VaultKey>,
    /// The keys of single entities.
    pub entity_keys: Vec<(Id, EntityKey)>,
}

/// From whom and to whom keys are given back.
#[derive(Clone, Copy, Debug)]
pub struct Giving<'a> {
    /// The giver.
    pub giver: &'a Identity,
    /// The clinic in whose name he gives.
    pub capacity: Option<&'a Capacity>,
    /// The vault's log as far as he knows it.
    pub log: &'a VaultLog,
    /// The owner's new identity, which he has verified.
    pub to: &'a Signed<IdentityStatement>,
}

impl Returned {
    /// Divides keys into parts of which each fits into one message.
    pub fn divide(self) -> Vec<Self> {
        let mut parts = vec![Self { vault_keys: self.vault_keys, entity_keys: Vec::new() }];
        for keys in self.entity_keys.chunks(MAXIMUM_ENTITIES) {
            match parts.last_mut() {
                Some(first) if first.entity_keys.is_empty() => first.entity_keys = keys.to_vec(),
                _ => parts.push(Self { vault_keys: Vec::new(), entity_keys: keys.to_vec() }),
            }
        }
        parts
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Few, and usually in order.
        let mut keys: Vec<ReturnedKey> = Vec::with_capacity(self.vault_keys.len());
        for key in &self.vault_keys {
            let place = keys.partition_point(|other| other.name < key.name());
            keys.insert(place, ReturnedKey { name: key.name(), secret: key.secret().clone() });
        }
        let mut entities: Vec<ReturnedEntity> = Vec::with_capacity(self.entity_keys.len());
        for (entity, key) in &self.entity_keys {
            let place = entities.partition_point(|other| other.entity < *entity);
            entities.insert(place, ReturnedEntity { entity: *entity, secret: key.secret().clone() });
        }
        Zeroizing::new(cbor::encode(&Content { keys, entities }))
    }

    /// The key of an entity, if it was given back.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not the one that the entity's header commits to.
    pub fn entity_key(&self, entity: &Id, commitment: &Digest) -> Result<Option<&EntityKey>> {
        match self.entity_keys.iter().find(|(id, _)| id == entity) {
            Some((_, key)) if key.commitment() != *commitment => Err(not_committed()),
            found => Ok(found.map(|(_, key)| key)),
        }
    }
}

fn not_committed() -> Box<Error> {
    Error::tampered("a returned key that is not the one committed to")
}

impl GiveBack {
    /// What the message is bound to.
    fn place(&self) -> impl Encode + '_ {
        let giver = (&self.giver, self.fingerprint);
        let owner = (&self.vault, self.after);
        (&self.vault, self.before, giver, owner, self.log_number, self.log_head, self.part, self.parts)
    }

    /// Seals and signs one part: its number, from 1, and how many there are.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn seal<'a>(
        engine: &'a Engine,
        giving: Giving<'a>,
        returned: &'a Returned,
        (part, parts): (u64, u64),
        now: u64,
    ) -> Pending<'a, Result<Signed<Self>>> {
        Box::pin(async move {
            let Giving { giver, capacity, log, to } = giving;
            let mut body = Self {
                vault: log.vault().to_owned(),
                before: log.owner().fingerprint(),
                log_number: log.number(),
                log_head: log.head(),
                giver: giver.owner().to_owned(),
                fingerprint: giver.fingerprint(),
                capacity: capacity.cloned(),
                after: to.digest(),
                part,
                parts,
                sealed: Vec::new().into(),
                time: now,
            };
            let content = returned.encode();
            let sealing = sealed::seal(engine, &to.body().agreement, Self::LABEL, &body.place(), &content);
            body.sealed = sealing.await?;
            Signed::sign(engine, giver.signing(), body).await
        })
    }

    /// Verifies and opens one part, as the owner under the new identity, with the log under the old one. The giver, and
    /// the clinic in whose name he gives, are those that the owner has verified.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is from somebody else, for somebody else, under another log, or has a vault key that is
    /// not the one committed to.
    pub fn open<'a>(
        engine: &'a Engine,
        bytes: &'a [u8],
        giver: &'a Signed<IdentityStatement>,
        clinic: Option<&'a Clinic>,
        log: &'a VaultLog,
        own: &'a Identity,
    ) -> Pending<'a, Result<Returned>> {
        Box::pin(async move {
            let claimed = Unverified::<Self>::decode(bytes)?;
            claimed.claims().check(giver, clinic, log, own)?;
            let signed = claimed.verify(engine, &giver.body().signing).await?;
            let body = signed.body();
            let content = sealed::open(engine, own.agreement(), Self::LABEL, &body.place(), &body.sealed).await?;
            let Content { keys, entities } = cbor::decode(&content)?;
            if !keys.is_sorted_by(|left, right| left.name < right.name)
                || !entities.is_sorted_by(|left, right| left.entity < right.entity)
                || entities.len() > MAXIMUM_ENTITIES
            {
                return Err(Error::tampered("returned keys out of their order"));
            }
            let mut vault_keys = Vec::new();
            for ReturnedKey { name, secret } in keys {
                let key = VaultKey::new(log.vault(), name, secret);
                let minted = log.mints().find(|(number, mint)| *number <= body.log_number && mint.key == name);
                if minted.is_none_or(|(_, mint)| mint.commitment != key.commitment()) {
                    return Err(not_committed());
                }
                log.open_older(key, &mut vault_keys)?;
            }
            let entity_keys = entities.into_iter().map(|entity| (entity.entity, EntityKey::new(entity.secret)));
            Ok(Returned { vault_keys, entity_keys: entity_keys.collect() })
        })
    }

    fn check(
        &self,
        giver: &Signed<IdentityStatement>,
        clinic: Option<&Clinic>,
        log: &VaultLog,
        own: &Identity,
    ) -> Result<()> {
        if (&self.giver, self.fingerprint) != (&giver.body().owner, giver.digest()) {
            return Err(Error::tampered("keys that are given back by somebody else"));
        }
        let in_the_name_of = match (&self.capacity, clinic) {
            (None, None) => true,
            (Some(capacity), Some(clinic)) => capacity.is_of(clinic, giver),
            _ => false,
        };
        if !in_the_name_of {
            return Err(Error::tampered("keys that are given back in the name of another clinic"));
        }
        let (vault, before) = (log.vault(), log.owner_at(self.log_number).fingerprint());
        if (self.vault.as_str(), self.before) != (vault, before)
            || (vault, self.after) != (own.owner(), own.fingerprint())
            || self.part == 0
            || self.part > self.parts
        {
            return Err(Error::tampered("keys that are given back to somebody else"));
        }
        log.check_has(self.log_number, &self.log_head)
    }
}
