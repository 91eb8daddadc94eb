//! COSE_Sign1 (RFC 9052 §4.2) with ES256, in one form only: an untagged array of the protected header `{1: -7}`, an empty
//! unprotected header, the payload and a signature of 64 bytes with a low `s`.

use minicbor::{Decoder, Encoder};

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
        let mut d = Decoder::new(bytes);
        let sign1 = Self::decode_parts(&mut d).map_err(|error| match error.position() {
            Some(position) => Error::Malformed { position },
            None => Error::Cose,
        })?;
        if d.position() != bytes.len() {
            return Err(Error::Malformed { position: d.position() });
        }
        if sign1.encode() == bytes { Ok(sign1) } else { Err(Error::NotCanonical) }
    }

    /// An error without a position says that the form is not ours.
    fn decode_parts(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let not_ours = || minicbor::decode::Error::message("not ours");
        if d.array()? != Some(4) || d.bytes()? != PROTECTED || d.map()? != Some(0) {
            return Err(not_ours());
        }
        let payload = d.bytes()?.to_vec();
        let signature = d.bytes()?.try_into().map_err(|_| not_ours())?;
        Ok(Self { payload, signature: Signature::from_bytes(signature) })
    }

    /// The one encoding of this message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        write(|e| {
            e.array(4)?.bytes(PROTECTED)?.map(0)?.bytes(&self.payload)?.bytes(self.signature.as_bytes())?;
            Ok(())
        })
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
    write(|e| {
        e.array(4)?.str("Signature1")?.bytes(PROTECTED)?.bytes(external_aad)?.bytes(payload)?;
        Ok(())
    })
}

type Written = Result<(), minicbor::encode::Error<core::convert::Infallible>>;

#[expect(clippy::expect_used, reason = "writing to a vector cannot fail")]
fn write(parts: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Written) -> Vec<u8> {
    let mut out = Vec::new();
    parts(&mut Encoder::new(&mut out)).expect("writing to memory cannot fail");
    out
}
