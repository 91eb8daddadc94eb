//! The secret in an invitation's link, by which each of two persons shows the other whose identity is hers.
//!
//! The link goes by a way of the inviter's own, never by the platform's. So whoever computes one of these has read it there,
//! and the platform can neither compute one nor use one for other identities.

use tidelock_crypto::{Digest, SecretKey, Zeroizing, hmac_sha256, kdf, random};

use crate::error::{Error, Result};
use crate::signed::labelled;

/// 128 random bits.
#[derive(Clone)]
pub struct InvitationSecret(Zeroizing<[u8; 16]>);

/// What a proof is bound to.
#[derive(Clone, Copy, Debug)]
pub struct InvitationPlace<'a> {
    /// The key of the invitation.
    pub key: &'a str,
    /// Until when it can be accepted, in milliseconds since the epoch.
    pub expires: u64,
    /// Id and fingerprint of whoever sent it.
    pub sender: (&'a str, Digest),
    /// Id and fingerprint of whoever received it.
    pub receiver: (&'a str, Digest),
}

/// Whose proof it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkSide {
    /// Of whoever sent the invitation.
    Sender,
    /// Of whoever received it.
    Receiver,
}

impl InvitationPlace<'_> {
    fn message(self, side: LinkSide) -> Vec<u8> {
        let role = match side {
            LinkSide::Sender => "invitation link sender",
            LinkSide::Receiver => "invitation link receiver",
        };
        labelled(role, &(self.key, self.expires, self.sender, self.receiver))
    }
}

impl InvitationSecret {
    /// Draws one.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate() -> Result<Self> {
        Ok(Self(Zeroizing::new(random::bytes()?)))
    }

    /// Takes the bytes from the end of a link.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when they are too many or too few.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::invalid("link", "it is not complete"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The bytes, for the end of a link.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    fn key(&self) -> SecretKey {
        kdf::extract(&[], &*self.0).expand_key(&labelled("invitation link", &()))
    }

    /// By which one side shows that she has it.
    pub fn prove(&self, side: LinkSide, place: InvitationPlace<'_>) -> Digest {
        hmac_sha256(self.key().expose(), &place.message(side))
    }

    /// Whether one side has shown that she has it.
    pub fn proves(&self, side: LinkSide, place: InvitationPlace<'_>, proof: &[u8]) -> bool {
        // Compared through another HMAC, so that the time it takes says nothing; what compares in constant time would be
        // several kilobytes more in WebAssembly.
        let key = self.key();
        hmac_sha256(key.expose(), self.prove(side, place).as_bytes()) == hmac_sha256(key.expose(), proof)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_proof_is_for_one_side_and_one_place() {
        let secret = InvitationSecret::from_slice(&[7; 16]).unwrap();
        let (one, two) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
        let place = InvitationPlace { key: "k", expires: 7, sender: ("a", one), receiver: ("b", two) };
        let proof = secret.prove(LinkSide::Sender, place);
        let proves = |place| secret.proves(LinkSide::Sender, place, proof.as_bytes());
        assert!(proves(place));
        assert!(!secret.proves(LinkSide::Receiver, place, proof.as_bytes()));
        assert!(!secret.proves(LinkSide::Sender, place, &proof.as_bytes()[1..]));
        // Computed by hand, with another program.
        let known = [
            (LinkSide::Sender, "9e2b7407eea341f87ab5b0025bb10e0d7da6c1c00600bb18450ffb1228f716de"),
            (LinkSide::Receiver, "49c180fbc95e8af59b766bb7ba4d879762bec8fe865844746e60dfb6673a5701"),
        ];
        for (side, expected) in known {
            let hex: String = secret.prove(side, place).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected, "{side:?}");
        }
        let other = InvitationSecret::generate().unwrap();
        assert!(!other.proves(LinkSide::Sender, place, proof.as_bytes()));
        for other in [
            InvitationPlace { key: "l", ..place },
            InvitationPlace { expires: 8, ..place },
            InvitationPlace { sender: ("a", two), ..place },
            InvitationPlace { receiver: ("b", one), ..place },
            InvitationPlace { receiver: ("c", two), ..place },
        ] {
            assert!(!proves(other), "{other:?}");
        }
        assert!(InvitationSecret::from_slice(&[7; 15]).is_err());
    }
}
