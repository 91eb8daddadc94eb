//! What happened to the access to a vault as a whole, as its owner signed it.

use super::{Action, Grant, VaultLog};

/// What an entry of a log, or several that belong together, did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// The vault came into being.
    Founded,
    /// Somebody was granted access.
    Granted,
    /// Somebody's permissions were changed.
    Changed,
    /// Somebody lost access.
    Revoked,
    /// What is written from then on has new keys.
    Renewed,
    /// The owner went on under another identity, after which nobody's access stood.
    Refounded,
}

/// One thing that happened.
#[derive(Clone, Copy, Debug)]
pub struct Occurred<'a> {
    /// When, in milliseconds since the epoch, by the owner's clock.
    pub at: u64,
    /// What.
    pub what: Occurrence,
    /// Whose access it was about: the grant from then on, or the one that ended.
    pub grant: Option<&'a Grant>,
}

impl VaultLog {
    /// What happened to the access to this vault, oldest first. Grants that hand new keys to who had access before are no news;
    /// nor is a revocation that was signed together with a further grant: the two change what somebody may do.
    pub fn occurrences(&self) -> Vec<Occurred<'_>> {
        let mut all: Vec<Occurred<'_>> = Vec::new();
        let mut standing: Vec<&Grant> = Vec::new();
        for (entry, action) in self.actions() {
            let at = entry.time;
            match action {
                Action::Mint(_) => {
                    let what = if entry.number == 1 { Occurrence::Founded } else { Occurrence::Renewed };
                    let is_told = |told: &Occurred<'_>| matches!(told.what, Occurrence::Founded | Occurrence::Renewed);
                    if !all.iter().any(|told| told.at == at && is_told(told)) {
                        all.push(Occurred { at, what, grant: None });
                    }
                }
                Action::Grant(grant) => {
                    let is_ended = |told: &Occurred<'_>| {
                        let of_same = told.grant.is_some_and(|ended| ended.delegate == grant.delegate);
                        told.at == at && told.what == Occurrence::Revoked && of_same
                    };
                    let ended = all.iter().rposition(is_ended).and_then(|place| all.remove(place).grant);
                    let before = ended.or_else(|| take(&mut standing, &grant.delegate));
                    standing.push(grant);
                    let what = match before {
                        None => Occurrence::Granted,
                        Some(before) if before.permissions != grant.permissions => Occurrence::Changed,
                        Some(_) => continue,
                    };
                    all.push(Occurred { at, what, grant: Some(grant) });
                }
                Action::Revoke(revoke) => {
                    let ended = take(&mut standing, &revoke.delegate);
                    all.extend(ended.map(|ended| Occurred { at, what: Occurrence::Revoked, grant: Some(ended) }));
                }
                Action::Refound(_) => {
                    all.push(Occurred { at, what: Occurrence::Refounded, grant: None });
                    let ended = standing.drain(..);
                    all.extend(ended.map(|ended| Occurred { at, what: Occurrence::Revoked, grant: Some(ended) }));
                }
            }
        }
        all
    }
}

/// Takes the grant to a delegate out of those that stand.
fn take<'a>(standing: &mut Vec<&'a Grant>, delegate: &str) -> Option<&'a Grant> {
    let place = standing.iter().position(|grant| grant.delegate == delegate);
    place.map(|place| standing.swap_remove(place))
}
