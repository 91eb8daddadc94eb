//! Entities: one encrypted record each.

use minicbor::bytes::{ByteArray, ByteVec};
use tidelock_crypto::{Digest, Prk, SecretKey, aead, cbor, cbor_map, random};
use zeroize::Zeroizing;

use super::{Leaf, LinkSecret};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::Compartment;
use crate::signed::{decode_labelled, labelled};

/// The type of the record that says who a patient is, and to which her other records link.
pub const PATIENT: &str = "Patient";

/// The size of the salt inside every content, in bytes.
pub const SALT_SIZE: usize = 16;

/// The key of one entity: what a delegation hands over.
#[derive(Clone, Debug)]
pub struct EntityKey {
    secret: SecretKey,
    /// Made once: several keys are derived from it.
    derived: Prk,
}

impl EntityKey {
    pub(crate) fn new(secret: SecretKey) -> Self {
        Self { derived: Prk::from_key(&secret), secret }
    }

    /// The 32 bytes, for handing over inside an HPKE message.
    pub(crate) fn secret(&self) -> &SecretKey {
        &self.secret
    }

    fn derive(&self, label: &str) -> SecretKey {
        self.derived.expand_key(&labelled(label, &()))
    }

    /// What the header carries, so that one ciphertext can never be opened with two keys: AES-GCM alone would allow it.
    pub fn commitment(&self) -> Digest {
        Digest::from_bytes(*self.derive("entity key commitment").expose())
    }
}

/// What stands in clear before an entity's ciphertext, and is bound to it as associated data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In whose vault.
    pub vault: String,
    /// The entity's id.
    pub entity: Id,
    /// The entity's type, such as `DataSample`.
    pub kind: String,
    /// In which compartment.
    pub compartment: Compartment,
    /// The batch from whose key the entity's key is derived.
    pub batch: Id,
    /// The number of this revision, from 1.
    pub sequence: u64,
    /// The leaf hash of the revision before; absent in the first.
    pub previous: Option<Digest>,
    /// The commitment to the entity key.
    pub commitment: Digest,
    /// Links to parents, see [`link`](super::link).
    pub links: Vec<Digest>,
}

cbor_map!(Header {
    0: vault,
    1: entity,
    2: kind,
    3: compartment,
    4: batch,
    5: sequence,
    6: previous,
    7: commitment,
    8: links
});

const HEADER: &str = "entity";

impl Header {
    /// The bytes that are stored and bound as associated data.
    pub fn encode(&self) -> Vec<u8> {
        labelled(HEADER, self)
    }

    /// Whether this is the header of the content that a leaf speaks of, in that vault.
    pub fn belongs_to(&self, leaf: &Leaf, vault: &str) -> bool {
        self.vault == vault
            && self.entity == leaf.entity
            && self.sequence == leaf.sequence
            && self.previous == leaf.previous
    }

    /// Whether an entity of that type and in that compartment may have this as its next revision: nobody turns an
    /// entity into another type, and only the owner moves one to another compartment.
    pub fn may_replace(&self, kind: &str, compartment: Compartment, by_owner: bool) -> bool {
        self.kind == kind && (by_owner || self.compartment == compartment)
    }

    /// Reads them.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they are not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        decode_labelled(HEADER, bytes)
    }
}

/// What is encrypted.
#[derive(Clone, Debug)]
pub struct Content {
    /// Random, so that the digest of the content in the manifest tells nothing about it.
    salt: ByteArray<SALT_SIZE>,
    /// The record: UTF-8 JSON, opaque here.
    body: ByteVec,
    /// The secrets under which children link to this entity, oldest first; absent in types that have no children.
    link_secrets: Option<Vec<LinkSecret>>,
}

cbor_map!(Content { 0: salt, 1: body, 2: link_secrets });

impl Content {
    /// A record with a fresh salt.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn new(body: Vec<u8>, link_secrets: Option<Vec<LinkSecret>>) -> Result<Self> {
        let salt = random::bytes::<SALT_SIZE>()?;
        Ok(Self { salt: salt.into(), body: body.into(), link_secrets })
    }

    /// The record.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The record, for keeping.
    pub fn into_body(self) -> Vec<u8> {
        self.body.into()
    }

    /// The link secrets, oldest first.
    pub fn link_secrets(&self) -> &[LinkSecret] {
        self.link_secrets.as_deref().unwrap_or_default()
    }

    /// The same record, with other link secrets. Its digest stays the same.
    #[must_use]
    pub fn with_link_secrets(self, link_secrets: Option<Vec<LinkSecret>>) -> Self {
        Self { link_secrets, ..self }
    }

    /// SHA-256 of the salt and the record: an author's signature over it outlives a new key.
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[&*self.salt, &self.body])
    }

    /// Encrypts the content under the entity's key, bound to the encoded header.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn seal(&self, key: &EntityKey, header: &[u8]) -> Result<Vec<u8>> {
        let plaintext = Zeroizing::new(cbor::encode(self));
        Ok(aead::seal(&key.derive("entity content"), header, &plaintext)?)
    }

    /// Decrypts what [`seal`](Self::seal) encrypted, after checking that the key is the one the header commits to.
    ///
    /// # Errors
    /// [`Error::Tampered`] when key, header or ciphertext do not fit.
    pub fn open(key: &EntityKey, header: &Header, header_bytes: &[u8], sealed: &[u8]) -> Result<Self> {
        if header.commitment != key.commitment() {
            return Err(Error::tampered("an entity key that is not the one committed to"));
        }
        let plaintext = aead::open(&key.derive("entity content"), header_bytes, sealed)?;
        Ok(cbor::decode(&plaintext)?)
    }
}
