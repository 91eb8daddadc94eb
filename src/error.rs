//! Every way in which Tidelock can fail.
//!
//! The enum below is the one table of errors. Each variant has a stable code, which is what applications compare with;
//! texts may change between versions. No variant carries a secret.

use crate::recovery_code::RecoveryCodeError;
use crate::share_code::ShareCodeError;

/// An error of Tidelock, with a stable [code](Error::code).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What was typed is not a share code.
    #[error("{0}")]
    InvalidShareCode(#[from] ShareCodeError),
    /// What was typed is not a recovery code.
    #[error("{0}")]
    InvalidRecoveryCode(#[from] RecoveryCodeError),
    /// The share code is well formed, but no clinic has it.
    #[error("no clinic has this share code; check it with the clinic")]
    ShareCodeNotFound,
    /// The platform could not show that the clinic's key is the one that the share code certifies.
    #[error("the clinic could not be verified: {reason}; ask the clinic for a new share code")]
    ClinicNotVerified {
        /// What was wrong.
        reason: &'static str,
    },
    /// The newest signed head of the clinic is too old to share a record with it for the first time.
    #[error("the clinic has not renewed its keys for {days} days; ask one of its administrators to sign in")]
    ClinicStale {
        /// Age of the head, in days.
        days: u64,
    },
    /// The identity has not been verified by anybody yet.
    #[error("the identity of {owner} has not been verified; compare safety numbers first")]
    NotVerified {
        /// Whose identity.
        owner: String,
        /// Whose else, where something was to be sealed to several.
        others: Vec<String>,
    },
    /// An identity differs from the one that was pinned before.
    #[error("the identity of {owner} has changed; do not share anything before it is verified again")]
    IdentityChanged {
        /// Whose identity.
        owner: String,
    },
    /// The account has an identity, but its keys are not on this device.
    #[error("the keys of this account are not on this device; enter the recovery code")]
    RecoveryNeeded,
    /// The session has ended or never began.
    #[error("not signed in, or the session has expired; sign in again")]
    NotAuthenticated,
    /// The platform, or the signed log of the vault, does not allow this.
    #[error("not allowed: {reason}")]
    Forbidden {
        /// What is not allowed.
        reason: String,
    },
    /// Nobody has shown yet that he reads mail sent to the account's address.
    #[error("the e-mail address is not verified; open the link in the mail that was sent to it")]
    EmailNotVerified,
    /// What was served cannot be opened with any key at hand.
    #[error("no key at hand opens this")]
    NoAccess,
    /// Something was altered, forged, replayed, withheld or rolled back.
    #[error("what the platform served has been tampered with: {what}")]
    Tampered {
        /// What was wrong.
        what: &'static str,
    },
    /// Somebody else changed the same thing first.
    #[error("somebody else changed this first; read it again and repeat the change")]
    Conflict {
        /// The revision that is current now, when it is known.
        current: Option<String>,
    },
    /// There is no such thing, or none that is served to this user.
    #[error("not found")]
    NotFound,
    /// An invitation or a code has expired.
    #[error("expired; ask for a new one")]
    Expired,
    /// A share code that is well known may not be used any more, although its time is not over.
    #[error("the clinic has put an end to this share code ({how}); ask for a new one")]
    CodeEnded {
        /// `used_up`, `disabled`, or `replaced`: by one that certifies the clinic's newest key.
        how: &'static str,
    },
    /// Too many requests.
    #[error("too many requests; try again in {retry_after} seconds")]
    RateLimited {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// The platform could not be reached.
    #[error("the platform could not be reached: {reason}")]
    Network {
        /// What the network said.
        reason: String,
    },
    /// The platform did not answer in time.
    #[error("the platform did not answer in time; try again")]
    Timeout,
    /// The caller cancelled the operation.
    #[error("cancelled")]
    Aborted,
    /// The platform cannot do this.
    #[error("this platform does not support that")]
    Unsupported,
    /// An argument is not acceptable.
    #[error("invalid {field}: {reason}")]
    InvalidInput {
        /// Which argument.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Something exceeds a limit of size.
    #[error("too large; send less at once")]
    TooLarge,
    /// A defect of this library or of the platform.
    #[error("internal error: {reason}")]
    Internal {
        /// What went wrong.
        reason: String,
    },
}

/// The result of an operation that may fail with an [`Error`], which is boxed: results are moved much more often than
/// they are errors, and each of those moves is code.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// All codes, in the order of the variants; the TypeScript face is tested against it.
pub const CODES: [&str; 24] = [
    "invalid_share_code",
    "invalid_recovery_code",
    "share_code_not_found",
    "clinic_not_verified",
    "clinic_stale",
    "not_verified",
    "identity_changed",
    "recovery_needed",
    "not_authenticated",
    "forbidden",
    "email_not_verified",
    "no_access",
    "tampered",
    "conflict",
    "not_found",
    "expired",
    "rate_limited",
    "network",
    "timeout",
    "aborted",
    "unsupported",
    "invalid_input",
    "too_large",
    "internal",
];

impl Error {
    /// The stable code: lower case words joined by underscores.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidShareCode(_) => "invalid_share_code",
            Self::InvalidRecoveryCode(_) => "invalid_recovery_code",
            Self::ShareCodeNotFound => "share_code_not_found",
            Self::ClinicNotVerified { .. } => "clinic_not_verified",
            Self::ClinicStale { .. } => "clinic_stale",
            Self::NotVerified { .. } => "not_verified",
            Self::IdentityChanged { .. } => "identity_changed",
            Self::RecoveryNeeded => "recovery_needed",
            Self::NotAuthenticated => "not_authenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::EmailNotVerified => "email_not_verified",
            Self::NoAccess => "no_access",
            Self::Tampered { .. } => "tampered",
            Self::Conflict { .. } => "conflict",
            Self::NotFound => "not_found",
            Self::Expired | Self::CodeEnded { .. } => "expired",
            Self::RateLimited { .. } => "rate_limited",
            Self::Network { .. } => "network",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Unsupported => "unsupported",
            Self::InvalidInput { .. } => "invalid_input",
            Self::TooLarge => "too_large",
            Self::Internal { .. } => "internal",
        }
    }

    /// Whether somebody else was faster.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether the same call may succeed when it is simply repeated later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Network { .. } | Self::Timeout)
    }

    /// An [`Error::Tampered`] that says with what.
    pub(crate) fn tampered(what: &'static str) -> Box<Self> {
        Box::new(Self::Tampered { what })
    }

    /// An internal error with a reason.
    pub(crate) fn internal(reason: impl Into<String>) -> Box<Self> {
        Box::new(Self::Internal { reason: reason.into() })
    }

    /// An [`Error::InvalidInput`] for a field.
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Box<Self> {
        Box::new(Self::InvalidInput { field, reason: reason.into() })
    }
}

/// What fails inside the cryptography was made by somebody else, unless it is this device's own random generator.
impl From<tidelock_crypto::Error> for Error {
    fn from(error: tidelock_crypto::Error) -> Self {
        match error {
            tidelock_crypto::Error::Random => {
                Self::Internal { reason: "the random generator of this device failed".to_owned() }
            }
            tidelock_crypto::Error::NeedsWebCrypto => Self::Unsupported,
            tidelock_crypto::Error::Argon2id => {
                Self::Internal { reason: "the memory for Argon2id is not to be had".to_owned() }
            }
            tidelock_crypto::Error::Argon2idMissing => {
                Self::Internal { reason: "no function for Argon2id has been set".to_owned() }
            }
            tidelock_crypto::Error::Argon2idNotLoaded(reason) => {
                Self::Network { reason: ["the module for Argon2id: ", &reason].concat() }
            }
            _ => Self::Tampered { what: "a signature, ciphertext or encoding does not verify" },
        }
    }
}

/// What `?` needs in a function that gives a [`Result`].
macro_rules! boxed {
    ($($cause:ty)*) => {$(
        impl From<$cause> for Box<Error> {
            fn from(cause: $cause) -> Self {
                Self::new(cause.into())
            }
        }
    )*};
}

boxed!(tidelock_crypto::Error ShareCodeError RecoveryCodeError);
