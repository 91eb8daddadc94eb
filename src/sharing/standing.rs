//! What follows from a vault log: which keys there are, who may do what with them, and what was taken away.

use tidelock_crypto::{Digest, PublicKey};

use super::{Action, Cutoff, Grant, Mint, VaultLog};
use crate::keys::{Compartment, KeyName};

/// A grant that stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// When it was given, by the owner's clock.
    pub time: u64,
    /// The number of its entry.
    pub number: u64,
    /// The digest of the entry before, which the HPKE message is bound to.
    pub(super) previous: Digest,
}

impl Standing<'_> {
    /// Whether the grant hands over a key of that compartment and epoch, and with it everything in there.
    pub fn covers(&self, compartment: Compartment, epoch: u32) -> bool {
        self.grant.keys.iter().any(|key| key.is_of(compartment, epoch))
    }
}

/// An entry that takes rights away.
struct Ending<'a> {
    number: u64,
    /// Whose; everybody's where the owner goes on under another identity.
    delegate: Option<&'a str>,
    cutoffs: &'a [Cutoff],
}

impl VaultLog {
    pub(super) fn mints(&self) -> impl DoubleEndedIterator<Item = (u64, &Mint)> {
        self.actions().filter_map(|(entry, action)| match action {
            Action::Mint(mint) => Some((entry.number, mint)),
            _ => None,
        })
    }

    /// The names that the next minted key of a compartment may have: the next version or the next epoch.
    pub(super) fn next_names(&self, compartment: Compartment) -> Vec<KeyName> {
        match self.current(compartment) {
            None => vec![KeyName::first(compartment)],
            Some(key) => {
                let epoch = KeyName { compartment, epoch: key.epoch + 1, version: 1 };
                let mut names = vec![epoch];
                for newest in self.newest_versions(compartment) {
                    names.push(newest.next_version());
                }
                names
            }
        }
    }

    /// The newest version of an epoch's key.
    pub fn newest_version(&self, compartment: Compartment, epoch: u32) -> Option<KeyName> {
        self.mints().map(|(_, mint)| mint.key).filter(|key| key.is_of(compartment, epoch)).max()
    }

    /// The newest version of every epoch of a compartment, sorted.
    pub fn newest_versions(&self, compartment: Compartment) -> Vec<KeyName> {
        let epochs = self.current(compartment).map_or(0, |key| key.epoch);
        (1..=epochs).filter_map(|epoch| self.newest_version(compartment, epoch)).collect()
    }

    /// The newest versions of these keys, whose epochs stay the same.
    pub fn newest_versions_of(&self, keys: &[KeyName]) -> Vec<KeyName> {
        keys.iter().filter_map(|key| self.newest_version(key.compartment, key.epoch)).collect()
    }

    /// Whether a key is the newest version of its epoch's.
    pub fn is_newest_version(&self, key: &KeyName) -> bool {
        self.newest_version(key.compartment, key.epoch) == Some(*key)
    }

    /// The key under which a compartment is written now: the newest version of the newest epoch.
    pub fn current(&self, compartment: Compartment) -> Option<KeyName> {
        self.mints().map(|(_, mint)| mint.key).filter(|key| key.compartment == compartment).max()
    }

    /// The entry that brought a key into being.
    pub fn mint(&self, key: &KeyName) -> Option<&Mint> {
        self.mints().map(|(_, mint)| mint).find(|mint| mint.key == *key)
    }

    /// Whether somebody who lost access holds this key: nothing may be written under it any more.
    pub fn is_exposed(&self, key: &KeyName) -> bool {
        !self.is_usable_at(key, self.number())
    }

    /// Whether something could be written under this key when the log had that many entries: it had been minted, and
    /// nobody who had lost access held it.
    pub fn is_usable_at(&self, key: &KeyName, number: u64) -> bool {
        let Some((minted, _)) = self.mints().find(|(_, mint)| mint.key == *key).filter(|(minted, _)| *minted <= number)
        else {
            return false;
        };
        !self.lost_any(minted, number, &|held| held.is_of(key.compartment, key.epoch))
    }

    /// Whether somebody was revoked by an entry after the first number, up to the second, who had been granted such a
    /// key; or the owner went on under another identity, and whoever has the old one has all keys.
    fn lost_any(&self, from: u64, to: u64, such: &dyn Fn(&KeyName) -> bool) -> bool {
        self.endings().filter(|ending| from < ending.number && ending.number <= to).any(|ending| {
            let Some(delegate) = ending.delegate else { return true };
            self.grants_to(delegate).any(|(granted, grant)| granted < ending.number && grant.keys.iter().any(such))
        })
    }

    /// Whether somebody lost access to a compartment by an entry after the first number, up to the second.
    pub fn lost(&self, compartment: Compartment, from: u64, to: u64) -> bool {
        self.lost_any(from, to, &|key| key.compartment == compartment)
    }

    /// Whether what was granted to a delegate was ended by an entry after the first number, up to the second.
    pub fn ended(&self, delegate: &str, from: u64, to: u64) -> bool {
        self.cutoffs_after(delegate, from).any(|(number, _)| number <= to)
    }

    /// The newest epoch of a compartment when the log had that many entries; 0 when there was none.
    pub fn epoch_at(&self, compartment: Compartment, number: u64) -> u32 {
        let minted = self.mints().filter(|(minted, mint)| *minted <= number && mint.key.compartment == compartment);
        minted.map(|(_, mint)| mint.key.epoch).max().unwrap_or_default()
    }

    /// The newest version of every epoch that somebody who lost access holds: each needs a next version.
    pub fn exposed(&self) -> Vec<KeyName> {
        self.mints()
            .map(|(_, mint)| mint.key)
            .filter(|key| self.is_newest_version(key) && self.is_exposed(key))
            .collect()
    }

    fn endings(&self) -> impl Iterator<Item = Ending<'_>> {
        self.actions().filter_map(|(entry, action)| {
            let (delegate, cutoffs) = match action {
                Action::Revoke(revoke) => (Some(revoke.delegate.as_str()), &revoke.cutoffs),
                Action::Refound(refound) => (None, &refound.cutoffs),
                _ => return None,
            };
            Some(Ending { number: entry.number, delegate, cutoffs })
        })
    }

    fn grants_to(&self, delegate: &str) -> impl DoubleEndedIterator<Item = (u64, &Grant)> {
        self.actions().filter_map(move |(entry, action)| match action {
            Action::Grant(grant) if grant.delegate == delegate => Some((entry.number, grant)),
            _ => None,
        })
    }

    /// The grant to a delegate that stands now.
    pub fn standing(&self, delegate: &str) -> Option<Standing<'_>> {
        self.standing_at(delegate, self.number())
    }

    /// The grant to a delegate that stood when the log had that many entries.
    pub fn standing_at(&self, delegate: &str, number: u64) -> Option<Standing<'_>> {
        self.actions().take(usize::try_from(number).unwrap_or(usize::MAX)).fold(None, |standing, (entry, action)| {
            match action {
                Action::Grant(grant) if grant.delegate == delegate => {
                    Some(Standing { grant, time: entry.time, number: entry.number, previous: entry.previous })
                }
                Action::Revoke(revoke) if revoke.delegate == delegate => None,
                Action::Refound(_) => None,
                _ => standing,
            }
        })
    }

    /// All grants that stand now, sorted by delegate.
    pub fn standings(&self) -> Vec<Standing<'_>> {
        self.standings_at(self.number())
    }

    /// All grants that stood when the log had that many entries, sorted by delegate.
    pub fn standings_at(&self, number: u64) -> Vec<Standing<'_>> {
        let mut delegates: Vec<&str> = Vec::new();
        for (_, action) in self.actions() {
            // Inserted in order: a sort for these few would be several kilobytes of the module.
            if let Action::Grant(grant) = action
                && let Err(place) = delegates.binary_search(&grant.delegate.as_str())
            {
                delegates.insert(place, &grant.delegate);
            }
        }
        delegates.into_iter().filter_map(|delegate| self.standing_at(delegate, number)).collect()
    }

    /// The grants that stand now and hand over what is in that compartment and epoch, sorted by delegate.
    pub fn entitled(&self, compartment: Compartment, epoch: u32) -> Vec<Standing<'_>> {
        let mut standings = self.standings();
        standings.retain(|standing| standing.covers(compartment, epoch));
        standings
    }

    /// What stands of the chains in the name of a delegate, by each entry after that one that ended its rights, or
    /// everybody's, with its number: what was written with that entry as its head has to pass each. The owner's own
    /// chains are cut off when she goes on under another identity.
    pub fn cutoffs_after(&self, delegate: &str, number: u64) -> impl Iterator<Item = (u64, &[Cutoff])> {
        self.endings()
            .filter(move |ending| ending.number > number && ending.delegate.is_none_or(|ended| ended == delegate))
            .map(|ending| (ending.number, ending.cutoffs))
    }

    /// Where the chains of those whose rights were ended stood, as the owner signed it.
    pub fn cutoffs(&self) -> impl Iterator<Item = &Cutoff> {
        self.endings().flat_map(|ending| ending.cutoffs)
    }

    /// The public half of a key's drop box.
    pub fn drop_box(&self, key: &KeyName) -> Option<PublicKey> {
        self.mint(key).map(|mint| mint.drop_box)
    }
}
