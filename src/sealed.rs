//! Secrets in HPKE messages, each under a label and bound to its place.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{AgreementKey, Engine, Pending, PublicKey, hpke};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::signed::labelled;

/// Seals a secret: encapsulated key, ciphertext and tag.
///
/// # Errors
/// When the engine fails.
pub(crate) fn seal<'a>(
    engine: &'a Engine,
    recipient: &'a PublicKey,
    label: &str,
    place: &dyn Encode,
    secret: &'a [u8],
) -> Pending<'a, Result<ByteVec>> {
    let info = labelled(label, place);
    Box::pin(async move { Ok(hpke::seal(engine, recipient, &info, &[], secret).await?.into()) })
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`Error::Tampered`](crate::Error::Tampered) when it was sealed to another key, under another label or for another
/// place.
pub(crate) fn open<'a>(
    engine: &'a Engine,
    recipient: &'a AgreementKey,
    label: &str,
    place: &dyn Encode,
    sealed: &'a [u8],
) -> Pending<'a, Result<Zeroizing<Vec<u8>>>> {
    let info = labelled(label, place);
    Box::pin(async move { Ok(hpke::open(engine, recipient, &info, &[], sealed).await?) })
}
