//! Labelled encodings and signed statements.
//!
//! Everything that is signed, hashed or used as associated data begins with the same four elements, so that nothing
//! made for one purpose is ever accepted for another:
//!
//! ```text
//! labelled(label, body) = CBOR [version = 1, suite = 1, label, body]
//! ```
//!
//! A signed statement is a COSE_Sign1 (RFC 9052 §4.2) over a labelled encoding, with `tidelock/1/` and the label as
//! external data. Its name, wherever something refers to it, is the SHA-256 of the *unsigned* labelled encoding: the
//! bytes of a signature enter no hash, because ECDSA signatures are not unique.

use tidelock_crypto::cbor::{Decode, Encode, Reader, Writer};
use tidelock_crypto::{Digest, Engine, PublicKey, SigningKey, cose};

use crate::error::{Error, Result};

/// The version of every format in this crate.
const VERSION: u8 = 1;

/// Suite 1: P-256 HPKE, ECDSA P-256, HKDF-SHA256, AES-256-GCM. Suite 2 is kept for a post-quantum hybrid.
pub const SUITE: u8 = 1;

/// Encodes a body with version, suite and label.
pub fn labelled(label: &str, body: &dyn Encode) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.items(&[&VERSION, &SUITE, &label, &body]);
    writer.into_bytes()
}

/// Decodes what [`labelled`] encoded.
///
/// # Errors
/// [`Error::Tampered`] when the bytes are not the canonical encoding of such a body under this label,
/// [`Error::Unsupported`] when they are of another version or suite.
pub fn decode_labelled<T: Decode>(label: &str, bytes: &[u8]) -> Result<T> {
    let mut reader = Reader::new(bytes);
    read_label(label, &mut reader)?;
    let body = T::decode(&mut reader);
    reader.end()?;
    Ok(body)
}

fn read_label(label: &str, reader: &mut Reader<'_>) -> Result<()> {
    reader.array_of(4);
    let (version, suite, found) = (reader.unsigned(), reader.unsigned(), reader.text());
    // Before the body, which another version may have changed.
    if !reader.has_failed() && (version, suite) != (VERSION.into(), SUITE.into()) {
        return Err(Error::Unsupported.into());
    }
    if found != label && !reader.has_failed() {
        return Err(Error::tampered("a statement of one kind stands where another belongs"));
    }
    Ok(())
}

/// Something that can be signed.
pub trait Statement: Encode + Decode {
    /// The label that separates this kind of statement from all others.
    const LABEL: &'static str;
}

fn external_data(label: &str) -> Vec<u8> {
    ["tidelock/1/", label].concat().into_bytes()
}

/// A statement whose signature has been checked or was made here.
#[derive(Clone, Debug)]
pub struct Signed<T> {
    body: T,
    digest: Digest,
    bytes: Vec<u8>,
}

impl<T: Statement> Signed<T> {
    /// Signs a statement.
    ///
    /// # Errors
    /// When the engine cannot sign.
    pub async fn sign(engine: &Engine, key: &SigningKey, body: T) -> Result<Self> {
        let payload = labelled(T::LABEL, &body);
        let digest = Digest::of(&payload);
        let bytes = cose::sign1(engine, key, &external_data(T::LABEL), &payload).await?;
        Ok(Self { body, digest, bytes })
    }

    /// What the statement says.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The name of the statement: SHA-256 of its unsigned encoding.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The COSE_Sign1 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A statement as it came in: nothing it says may be believed before [`verify`](Unverified::verify).
#[derive(Clone, Debug)]
pub struct Unverified<T> {
    body: T,
    envelope: cose::Sign1,
    bytes: Vec<u8>,
}

impl<T: Statement> Unverified<T> {
    /// Parses the COSE_Sign1 bytes of a statement.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they are no canonical statement of this kind.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let envelope = cose::Sign1::decode(bytes)?;
        let body = decode_labelled(T::LABEL, &envelope.payload)?;
        Ok(Self { body, envelope, bytes: bytes.to_vec() })
    }

    /// What the statement claims; for finding the key to verify it with.
    pub fn claims(&self) -> &T {
        &self.body
    }

    /// The name of the statement, see [`Signed::digest`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.envelope.payload)
    }

    /// The unsigned encoding, which is what Merkle trees over statements hash.
    pub fn payload(&self) -> &[u8] {
        &self.envelope.payload
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not the signature of this key over this statement.
    pub async fn verify(self, engine: &Engine, key: &PublicKey) -> Result<Signed<T>> {
        self.envelope.verify(engine, key, &external_data(T::LABEL)).await?;
        Ok(self.trust())
    }

    /// Takes the signature for granted: for what was verified before it was stored in a place of one's own.
    pub fn trust(self) -> Signed<T> {
        let digest = self.digest();
        Signed { body: self.body, digest, bytes: self.bytes }
    }
}
