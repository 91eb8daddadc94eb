//! COSE_Sign1 (RFC 9052 §4.2) with ES256, in one form only: an untagged array of the protected header `{1: -7}`, an empty
//! unprotected header, the payload and a signature of 64 bytes with a low `s`.

use crate::cbor::{Encode, Invalid, Reader, Writer};
use crate::{Digest, Engine, Error, Pending, PublicKey, Result, Signature, SigningKey};

/// The protected header `{1: -7}` (algorithm: ES256), encoded.
const PROTECTED: &[u8] = &[0xa1, 0x01, 0x26];

/// Signs `payload`, with `external_aad` signed along but not contained.
///
/// # Errors
/// As [`Engine::sign`].
pub fn sign1<'a>(
    engine: &'a Engine,
    key: &'a SigningKey,
    external_aad: &'a [u8],
    payload: &'a [u8],
) -> Pending<'a, Result<Vec<u8>>> {
    Box::pin(async move {
        let signature = engine.sign(key, &to_be_signed(external_aad, payload)).await?;
        Ok(Sign1 { payload: payload.to_vec(), signature }.encode())
    })
}

/// A decoded COSE_Sign1. Its payload is nobody's word until [`verify`](Self::verify) says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign1 {
    /// What is signed.
    pub payload: Vec<u8>,
    /// The signature over it.
    pub signature: Signature,
}

impl Sign1 {
    /// Decodes `bytes`, all of them.
    ///
    /// # Errors
    /// [`Error::Malformed`] if they are no CBOR; [`Error::Cose`] if they are no COSE_Sign1 of the one form accepted here;
    /// [`Error::NotCanonical`] if they are one, in another than the deterministic encoding.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let parts = Self::decode_parts(&mut reader).map_err(|invalid| reader.error(invalid))?;
        reader.end()?;
        parts.ok_or(Error::Cose)
    }

    /// Nothing says that the form is not ours.
    fn decode_parts(reader: &mut Reader<'_>) -> Result<Option<Self>, Invalid> {
        if reader.array()? != 4 || reader.bytes()? != PROTECTED || reader.map()?.end().is_err() {
            return Ok(None);
        }
        let payload = reader.bytes()?.to_vec();
        let signature = reader.bytes()?;
        Ok(signature.try_into().ok().map(|signature| Self { payload, signature: Signature::from_bytes(signature) }))
    }

    /// The one encoding of this message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(4);
        writer.bytes(PROTECTED);
        writer.members(&[]);
        writer.bytes(&self.payload);
        self.signature.encode(&mut writer);
        writer.into_bytes()
    }

    /// Verifies the signature over the payload and `external_aad`, and returns the payload.
    ///
    /// # Errors
    /// [`Error::Signature`] if it does not verify under `key`; [`Error::PublicKey`] if that is no point of the curve.
    pub fn verify<'a>(
        &'a self,
        engine: &'a Engine,
        key: &'a PublicKey,
        external_aad: &'a [u8],
    ) -> Pending<'a, Result<&'a [u8]>> {
        Box::pin(async move {
            engine.verify(key, &to_be_signed(external_aad, &self.payload), &self.signature).await?;
            Ok(self.payload.as_slice())
        })
    }

    /// The hash by which a signed thing is named and chained: SHA-256 of the payload. Signatures enter no hash.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.payload)
    }
}

/// The `Sig_structure` of RFC 9052 §4.4: what the signature is made over.
#[must_use]
pub fn to_be_signed(external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(4);
    writer.text("Signature1");
    writer.bytes(PROTECTED);
    writer.bytes(external_aad);
    writer.bytes(payload);
    writer.into_bytes()
}
