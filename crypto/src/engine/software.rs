//! The software engine: the RustCrypto crates. Synchronous, so that the server can verify without an executor.

use p256::ecdsa::signature::{Signer, Verifier};

use super::keys::{PrivateAgreementKey, PrivateSigningKey};
use crate::{AgreementKey, Error, PublicKey, Result, SecretKey, Signature, hpke, random};

/// Whether this build can sign, verify and agree in software. A module for browsers leaves that out, unless the feature
/// `software` asks for it: whoever has no WebCrypto has no place to keep a private key, either.
const CURVE_WORK: bool = cfg!(any(not(target_arch = "wasm32"), feature = "software"));

/// A fresh key pair for key agreement.
///
/// # Errors
/// [`Error::Random`] if there are no random numbers to be had.
pub fn generate_agreement_key() -> Result<AgreementKey> {
    import_agreement_key(&generate_private_key()?)
}

/// A fresh key pair for signing.
///
/// # Errors
/// [`Error::Random`] if there are no random numbers to be had.
pub fn generate_signing_key() -> Result<crate::SigningKey> {
    import_signing_key(&generate_private_key()?)
}

/// A fresh private scalar, for keys that have to be backed up before they are imported.
///
/// # Errors
/// [`Error::Random`] if there are no random numbers to be had.
pub fn generate_private_key() -> Result<SecretKey> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    random::fill(seed.as_mut_slice())?;
    Ok(hpke::derive_key_pair(seed.as_slice())?.0)
}

/// The key pair for key agreement with this private scalar.
///
/// # Errors
/// [`Error::PrivateKey`] if it is zero or not below the group's order.
pub fn import_agreement_key(scalar: &SecretKey) -> Result<AgreementKey> {
    let private = p256::SecretKey::from_slice(scalar.expose()).map_err(|_| Error::PrivateKey)?;
    let public = PublicKey::from_point(&private.public_key())?;
    Ok(AgreementKey { public, private: PrivateAgreementKey::Software(private) })
}

/// The key pair for signing with this private scalar.
///
/// # Errors
/// [`Error::PrivateKey`] if it is zero or not below the group's order.
pub fn import_signing_key(scalar: &SecretKey) -> Result<crate::SigningKey> {
    let private = p256::ecdsa::SigningKey::from_slice(scalar.expose()).map_err(|_| Error::PrivateKey)?;
    let public = PublicKey::from_point(&private.verifying_key().into())?;
    Ok(crate::SigningKey { public, private: PrivateSigningKey::Software(private) })
}

/// ECDH: the x coordinate of the shared point.
pub(super) fn agree(private: &p256::SecretKey, public: &PublicKey) -> Result<SecretKey> {
    if !CURVE_WORK {
        return Err(Error::NeedsWebCrypto);
    }
    let shared = private.diffie_hellman(&public.to_point()?);
    Ok(SecretKey::from_bytes((*shared.raw_secret_bytes()).into()))
}

/// ECDSA over SHA-256 of `message`, deterministic (RFC 6979), with a low `s`.
pub(super) fn sign(private: &p256::ecdsa::SigningKey, message: &[u8]) -> Result<Signature> {
    if !CURVE_WORK {
        return Err(Error::NeedsWebCrypto);
    }
    let signature: p256::ecdsa::Signature = private.try_sign(message).map_err(|_| Error::Signature)?;
    Ok(Signature::from_bytes(signature.normalize_s().to_bytes().into()))
}

/// Verifies an ECDSA signature over SHA-256 of `message`; its `s` must be low.
///
/// # Errors
/// [`Error::Signature`] if it does not verify; [`Error::PublicKey`] if the key is no point of the curve;
/// [`Error::NeedsWebCrypto`] in a build for WebAssembly without the feature `software`.
pub fn verify(public: &PublicKey, message: &[u8], signature: &Signature) -> Result<()> {
    if !CURVE_WORK {
        return Err(Error::NeedsWebCrypto);
    }
    let key = p256::ecdsa::VerifyingKey::from(public.to_point()?);
    key.verify(message, &signature.to_checked()?).map_err(|_| Error::Signature)
}
