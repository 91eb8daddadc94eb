/// What can go wrong in cryptography.
///
/// No variant carries a secret, and [`Error::Decryption`] and [`Error::Signature`] deliberately do not say more than they do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The platform's random number generator failed.
    #[error("no random numbers are to be had")]
    Random,
    /// Bytes that are no uncompressed point of P-256.
    #[error("not a public key")]
    PublicKey,
    /// Bytes that are no private scalar of P-256 (zero, or not below the group's order).
    #[error("not a private key")]
    PrivateKey,
    /// A signature does not verify, is not well-formed, or has a high `s`.
    #[error("the signature does not verify")]
    Signature,
    /// A ciphertext does not open: wrong key, wrong associated data, or changed on the way.
    #[error("the ciphertext does not open")]
    Decryption,
    /// A value has the wrong length.
    #[error("{what} has the wrong length")]
    Length {
        /// What has the wrong length.
        what: &'static str,
    },
    /// Bytes that are no CBOR of the expected shape.
    #[error("malformed CBOR at byte {position}")]
    Malformed {
        /// Where decoding stopped, counted in bytes from 0.
        position: usize,
    },
    /// CBOR that says the right thing in another form than the deterministic one (RFC 8949 §4.2).
    #[error("the CBOR is not in its deterministic form")]
    NotCanonical,
    /// A COSE_Sign1 that is not exactly of our form (RFC 9052 §4.2, ES256, no other header).
    #[error("not a COSE_Sign1 with ES256")]
    Cose,
    /// An index beyond a Merkle tree's leaves.
    #[error("the tree has no such leaf")]
    NoSuchLeaf,
    /// A Merkle inclusion proof that does not lead to the root.
    #[error("the inclusion proof does not lead to the root")]
    InclusionProof,
    /// Argon2id parameters that the algorithm does not allow, or memory that is not to be had.
    #[error("Argon2id cannot run with these parameters")]
    Argon2id,
    /// In WebAssembly, Argon2id is a function from elsewhere, and none has been set.
    #[error("no function for Argon2id has been set")]
    Argon2idMissing,
    /// In WebAssembly, Argon2id is a module of its own, and it did not arrive; the text is the exception's.
    #[error("Argon2id could not be loaded: {0}")]
    Argon2idNotLoaded(Box<str>),
    /// A private key that only WebCrypto can use was handed to an engine that has none; or a build for WebAssembly without
    /// the feature `software` was asked for curve work in software.
    #[error("this key needs WebCrypto")]
    NeedsWebCrypto,
    /// WebCrypto refused; the text is the name of its exception.
    #[error("WebCrypto refused: {0}")]
    WebCrypto(Box<str>),
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;
