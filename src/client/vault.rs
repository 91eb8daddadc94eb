//! A vault as a client has it open: its log, the keys it may use, and how far its writes have been read.

use std::collections::BTreeMap;
use std::rc::Rc;

use async_lock::MutexGuard;
use tidelock_crypto::cbor::Flag;
use tidelock_crypto::{AgreementKey, Engine, bulk, cbor};

use super::activity::Use;
use super::both::both;
use super::directory::Directory;
use super::record::{HandOver, ReadRecord, ReadRecords};
use super::remembered::{Outgoing, SeenVault};
use super::trust::Accept;
use super::{Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment, KeyName, VaultKey};
use crate::records::{
    Author, Header, History, Holder, LinkSecret, Manifest, OpenedEntity, PATIENT, Revision, Wrap, Write,
};
use crate::sharing::{Delegate, VaultLog};
use crate::signed::{Unverified, labelled};
use crate::wire::{self, LogEntries, MAXIMUM_ITEMS, WritePage};

/// The source of the record that says who the owner is.
pub(super) const PERSON: &str = "tidelock: the owner";

/// In whose name something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// The person's own.
    Person,
    /// The clinic of that id, of which the person is a member.
    Clinic(&'a str),
}

impl<'a> Actor<'a> {
    /// The clinic's id, if it is one.
    pub(super) fn clinic(self) -> Option<&'a str> {
        match self {
            Self::Person => None,
            Self::Clinic(clinic) => Some(clinic),
        }
    }
}

/// A path that says in the name of which clinic it is asked for, if of one.
pub(super) fn with_clinic(path: &str, clinic: Option<&str>) -> String {
    match clinic {
        None => path.to_owned(),
        Some(clinic) => [path, "?clinic=", clinic].concat(),
    }
}

/// The own vault; or another's, and in whose name it is opened.
pub(super) type Place<'a> = Option<(&'a str, Actor<'a>)>;

/// A vault while something is done with it.
enum Open<'a> {
    /// The own vault, which stays open.
    Own(MutexGuard<'a, Option<Vault>>),
    /// Another's, and the clinic in whose name it was opened, if it was one.
    Shared(Box<(Vault, Option<Clinic>)>),
}

impl Open<'_> {
    fn parts(&mut self) -> Result<(&mut Vault, Option<&Clinic>)> {
        match self {
            Self::Own(guard) => match guard.as_mut() {
                Some(vault) => Ok((vault, None)),
                None => Err(Error::internal("the own vault is not open")),
            },
            Self::Shared(shared) => Ok((&mut shared.0, shared.1.as_ref())),
        }
    }

    /// After an error the own vault is read anew, so that a change that was sent and not answered is found again. That
    /// the caller has an older revision is no such error: nothing was sent.
    fn close(self, error: Option<&Error>) {
        if let (Self::Own(mut guard), Some(error)) = (self, error)
            && !matches!(error, Error::Conflict { current: Some(_) })
        {
            *guard = None;
        }
    }
}

/// An open vault.
pub(super) struct Vault {
    pub(super) log: VaultLog,
    pub(super) keys: Vec<VaultKey>,
    /// In whose name it is open: some batches are sealed to identities.
    pub(super) own: Vec<(Delegate, AgreementKey)>,
    pub(super) history: History,
    /// The place of the last write that was read.
    cursor: u64,
    /// The record of the vault's patient, once it has been read: the first `Patient` that the owner wrote.
    pub(super) patient: Option<Id>,
    /// The newest link secret in it.
    pub(super) link_secret: Option<LinkSecret>,
    /// The type whose entities are kept, if any are.
    kind: Option<String>,
    /// The newest revision of each of those entities, as far as the writes have been read: verified and opened.
    pub(super) kept: BTreeMap<Id, OpenedEntity>,
    /// Which of them are new, or not the same any more, since somebody asked last.
    touched: Vec<Id>,
    /// What others have written, as far as the writes have been read.
    pub(super) uses: Vec<Use>,
}

impl Vault {
    fn new(log: VaultLog, keys: Vec<VaultKey>, own: Vec<(Delegate, AgreementKey)>, seen: Option<SeenVault>) -> Self {
        let history = History::new(seen.map(|seen| seen.chains).unwrap_or_default());
        Self::unread(log, keys, own, history, None)
    }

    fn unread(
        log: VaultLog,
        keys: Vec<VaultKey>,
        own: Vec<(Delegate, AgreementKey)>,
        history: History,
        kind: Option<String>,
    ) -> Self {
        let (kept, touched, uses) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { log, keys, own, history, cursor: 0, patient: None, link_secret: None, kind, kept, touched, uses }
    }

    /// The id that something imported by the owner always has in this vault.
    pub(super) fn id_of_source(&self, source: &[u8]) -> Result<Id> {
        // What is private is shared with nobody as a whole.
        self.id_under(Compartment::Private, source)
    }

    /// The id that something imported by somebody else, or in the name of a clinic, always has in this vault.
    pub(super) fn id_of_others_source(&self, importer: &str, source: &str) -> Result<Id> {
        let source = labelled("clinic import", &(importer, source));
        self.id_under(Compartment::Data, &source)
    }

    /// The first key of a compartment never changes; where it is lost, the first that is left.
    fn id_under(&self, compartment: Compartment, source: &[u8]) -> Result<Id> {
        let keys = self.keys.iter().filter(|key| key.name().compartment == compartment);
        let first = keys.min_by_key(|key| key.name()).ok_or(Error::NoAccess)?;
        Ok(Id::of_source(first.import_key().expose(), source))
    }

    /// The id of the record of the owner herself, where the key is not lost from which it follows.
    pub(super) fn person_id(&self) -> Result<Id> {
        self.id_of_source(PERSON.as_bytes())
    }

    /// The key under which a compartment is written now.
    pub(super) fn current_key(&self, compartment: Compartment) -> Result<&VaultKey> {
        let name = self.log.current(compartment).ok_or(Error::NoAccess)?;
        if self.log.is_exposed(&name) {
            return Err(Error::Conflict { current: None }.into());
        }
        self.key(name)
    }

    /// The newest versions that somebody has who lost access, of keys that are held: each needs a next one. A key that is
    /// lost has no next version.
    pub(super) fn exposed(&self, log: &VaultLog) -> Vec<KeyName> {
        let mut exposed = log.exposed();
        exposed.retain(|name| self.key(*name).is_ok());
        exposed
    }

    /// The key of that name.
    pub(super) fn key(&self, name: KeyName) -> Result<&VaultKey> {
        Ok(self.keys.iter().find(|key| key.name() == name).ok_or(Error::NoAccess)?)
    }

    /// The keys of these names.
    pub(super) fn keys_of(&self, names: &[KeyName]) -> Result<Vec<VaultKey>> {
        let mut keys = Vec::with_capacity(names.len());
        for name in names {
            keys.push(self.key(*name)?.clone());
        }
        Ok(keys)
    }

    /// The same vault, with nothing read yet, to keep entities of that type.
    pub(super) fn restarted(&self, kind: Option<String>) -> Self {
        Self::unread(self.log.clone(), self.keys.clone(), self.own.clone(), self.history.restarted(), kind)
    }

    /// Opens the entities that are to be kept of a write that has been accepted, and patients, since others link to their
    /// records.
    async fn open(&mut self, engine: &Engine, write: &Write, revisions: Vec<Revision>, by_owner: bool) -> Result<()> {
        for Revision { leaf, rev, header } in &revisions {
            if leaf.deleted.0 {
                self.leave_out(leaf.entity);
            } else if let Some(kept) = self.kept.get_mut(&leaf.entity) {
                kept.rev = *rev;
                if header.is_none() {
                    self.touched.push(leaf.entity);
                }
            }
        }
        // What stands in a compartment and an epoch whose key this reader has not is none of his business, unless it is sealed
        // to him; where he has, a batch that he cannot open is an error, or else the platform could hide it by leaving out a
        // wrap.
        let holder = Holder { vault_keys: &self.keys, own: &self.own };
        let sealed_to = |wrap: &Wrap| match wrap {
            Wrap::Identity { statement, .. } => holder.own.iter().any(|(own, _)| own.statement == *statement),
            _ => false,
        };
        let shared = |header: &Header| {
            let epoch = self.history.state(&header.entity).map(|state| state.epoch);
            let fits = |key: &VaultKey| epoch.is_some_and(|epoch| key.name().is_of(header.compartment, epoch));
            let batch = self.history.batch(&header.batch);
            self.keys.iter().any(fits) || batch.is_some_and(|batch| batch.wraps.iter().any(sealed_to))
        };
        let headers = revisions.iter().filter_map(|revision| revision.header.as_ref());
        let gone: Vec<Id> = headers.filter(|header| !shared(header)).map(|header| header.entity).collect();
        let keeps = |kind: &str| self.kind.as_ref().is_some_and(|kept| kept == kind);
        let wanted = |header: &Header| shared(header) && (header.kind == PATIENT || keeps(&header.kind));
        let opened = self.history.open(engine, write, revisions, &holder, &wanted).await?;
        // What has been moved out of what is shared with this reader.
        for id in gone {
            self.leave_out(id);
        }
        for entity in opened {
            let Header { entity: id, kind, .. } = &entity.header;
            if by_owner && kind == PATIENT && self.patient.get_or_insert(*id) == id {
                self.link_secret = entity.content.link_secrets().last().cloned();
            }
            if self.kind.as_ref() == Some(kind) {
                self.touched.push(*id);
                self.kept.insert(*id, entity);
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, id: Id) {
        if self.kept.remove(&id).is_some() {
            self.touched.push(id);
        }
    }

    /// What has come to be kept, or is not kept any more, since this was called last.
    fn changes(&mut self) -> ReadRecords {
        let mut changes = ReadRecords::default();
        for id in std::mem::take(&mut self.touched) {
            match self.kept.get(&id) {
                Some(OpenedEntity { rev, content, .. }) => {
                    let (rev, body) = (rev.to_string(), content.body().to_vec());
                    changes.records.push(ReadRecord { id, rev, body });
                }
                None => changes.removed.push(id),
            }
        }
        changes
    }

    fn seen(&self) -> SeenVault {
        SeenVault { log: self.log.seen(), chains: self.history.seen() }
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// The empty log of a vault, with all identities of its owner that are believed.
    pub(super) fn begin_log<'a>(&'a self, vault: &'a str, control: &'a Control) -> LocalPending<'a, Result<VaultLog>> {
        Box::pin(async move {
            let own = self.identity.statement();
            if vault == self.account.id && own.body().predecessor.is_none() {
                return Ok(VaultLog::new(own));
            }
            let served = self.statements(vault, control).await?;
            self.platform.deferred().await?;
            let mut owners = self.take_owner(vault, &served).await?.into_iter();
            let mut log = VaultLog::new(owners.next().ok_or(Error::NotFound)?);
            for owner in owners {
                log.add_owner(owner);
            }
            Ok(log)
        })
    }

    /// Reads and verifies a vault's log, which must continue what was seen of it before.
    pub(super) fn read_log<'a>(&'a self, vault: &'a str, control: &'a Control) -> LocalPending<'a, Result<VaultLog>> {
        Box::pin(async move { Ok(self.read_seen_log(vault, control).await?.0) })
    }

    /// The same, and what was seen of the vault before.
    fn read_seen_log<'a>(
        &'a self,
        vault: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(VaultLog, Option<SeenVault>)>> {
        Box::pin(async move {
            let mut log = self.begin_log(vault, control).await?;
            let path = ["/vaults/", vault, "/log?after=0"].concat();
            let remembered = self.remembered();
            let (served, seen) =
                both(Box::pin(self.platform.get_cbor::<LogEntries>(&path, control)), Box::pin(remembered.vault(vault)))
                    .await;
            let (served, seen) = (served?, seen?);
            if vault == self.account.id {
                self.known.borrow_mut().unwrapped = served.unwrapped.0;
            }
            for entry in &served.entries {
                log.append(&self.engine, entry).await?;
            }
            if let Some(seen) = &seen {
                log.check_continues(&seen.log)?;
            }
            self.known.borrow_mut().put_log(Rc::new(log.clone()));
            Ok((log, seen))
        })
    }

    /// Opens the own vault: sends again what was not answered, and reads the log.
    ///
    /// # Errors
    /// [`Error::RecoveryNeeded`] when the keys are lost, and the log does not go on under the new identity yet.
    pub(super) fn open_own<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Vault>> {
        Box::pin(async move {
            let (own_id, remembered) = (&self.account.id, self.remembered());
            let stored: LocalPending<'_, Result<(bool, bool)>> =
                Box::pin(async { Ok((remembered.outgoing(own_id).await?.is_some(), remembered.waiting().await?)) });
            let (stored, read) = both(stored, self.read_seen_log(own_id, control)).await;
            let (unanswered, waiting) = stored?;
            let (log, seen) = match unanswered {
                false => read?,
                // It may be missing in what was read at the same time.
                true => {
                    self.platform.deferred().await?;
                    self.flush(own_id, control).await?;
                    self.read_seen_log(own_id, control).await?
                }
            };
            if log.owner().fingerprint() != self.identity.fingerprint() {
                return Err(Error::RecoveryNeeded.into());
            }
            let keys = log.open_as_owner(&self.engine, self.identity.agreement()).await?;
            self.hold(&self.account.id, &log, Rc::new(keys.clone()));
            let own = vec![(Delegate::from(self.identity.statement()), self.identity.agreement().clone())];
            let mut vault = Vault::new(log, keys, own, seen);
            if self.may_be_unsettled(&vault) {
                self.platform.deferred().await?;
                self.settle(&mut vault, control).await?;
            }
            if waiting {
                self.platform.deferred().await?;
                // What cannot be completed now is completed later; nothing else has to wait for it.
                if self.complete(&mut vault, &Accept::Nobody, control).await.is_err() {
                    control.check()?;
                }
            }
            Ok(vault)
        })
    }

    /// Opens the vault of somebody who has granted it to the person or the clinic.
    // It is in the deferred part of the module.
    fn open_shared<'a>(
        &'a self,
        vault: &'a str,
        actor: Actor<'a>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Open<'a>>> {
        Box::pin(async move {
            self.flush(vault, control).await?;
            // Clinics' keys may be newer than those that are known.
            self.known.borrow_mut().forget_parties();
            self.known.borrow_mut().directory.forget_clinics();
            let party = self.party(actor, control).await?;
            let (log, seen) = self.read_seen_log(vault, control).await?;
            let keys = self.vault_keys(&party, &log).await?;
            if keys.is_empty() {
                return Err(Error::NoAccess.into());
            }
            let clinic = party.clinic.as_ref().map(|clinic| (**clinic).clone());
            Ok(Open::Shared(Box::new((Vault::new(log, (*keys).clone(), party.own.clone(), seen), clinic))))
        })
    }

    /// Which vault is meant by those who name one, or none.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what is not possible yet: a clinic's own vault.
    pub(super) fn place<'a>(&self, vault: Option<&'a str>, actor: Actor<'a>) -> Result<Place<'a>> {
        match (vault.filter(|vault| *vault != self.account.id), actor) {
            (None, Actor::Person) => Ok(None),
            (None, Actor::Clinic(_)) => Err(Error::Unsupported.into()),
            (Some(vault), actor) => Ok(Some((vault, actor))),
        }
    }

    /// Opens a vault, or takes the own one that is open already.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the platform does not serve it, [`Error::NoAccess`] when no grant stands.
    fn open_vault<'a>(&'a self, place: Place<'a>, control: &'a Control) -> LocalPending<'a, Result<Open<'a>>> {
        Box::pin(async move {
            match place {
                Some((vault, actor)) => {
                    self.platform.deferred().await?;
                    self.open_shared(vault, actor, control).await
                }
                None => {
                    let mut guard = self.vault.lock().await;
                    if guard.is_none() {
                        *guard = Some(self.open_own(control).await?);
                    }
                    Ok(Open::Own(guard))
                }
            }
        })
    }

    /// Does something with a vault, and with the clinic in whose name it was opened, if it was one.
    pub(super) async fn in_vault<A>(
        &self,
        place: Place<'_>,
        control: &Control,
        act: impl AsyncFnOnce(&mut Vault, Option<&Clinic>) -> Result<A>,
    ) -> Result<A> {
        let mut open = self.open_vault(place, control).await?;
        let (vault, clinic) = open.parts()?;
        let outcome = act(vault, clinic).await;
        open.close(outcome.as_ref().err().map(|error| &**error));
        outcome
    }

    /// Sends again, byte for byte, what was signed and not answered: then the platform has it once, however often it
    /// is sent, and what it refuses was never there.
    // It is in the deferred part of the module.
    pub(super) fn flush<'a>(&'a self, vault: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let remembered = self.remembered();
            let Some(outgoing) = remembered.outgoing(vault).await? else {
                return Ok(());
            };
            let sent = self.platform.send_bytes(&outgoing.path, outgoing.json, outgoing.body.to_vec(), control).await;
            match sent {
                Err(error) if !is_refusal(&error) => Err(error),
                _ => remembered.delete_outgoing(vault).await,
            }
        })
    }

    /// Keeps a signed request, sends it, and forgets it once it has been answered.
    pub(super) fn send_signed<'a>(
        &'a self,
        vault: &'a str,
        path: String,
        json: bool,
        body: Vec<u8>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let remembered = self.remembered();
            let outgoing = Outgoing { path, json, body: body.into() };
            remembered.put_outgoing(vault, &outgoing).await?;
            let sent = self.platform.send_bytes(&outgoing.path, outgoing.json, outgoing.body.to_vec(), control).await;
            match sent {
                Err(error) if !is_refusal(&error) => Err(error),
                answered => {
                    remembered.delete_outgoing(vault).await?;
                    answered
                }
            }
        })
    }

    /// Reads the writes of a vault that have not been read yet, verifies each, and opens the entities that are to be
    /// kept. Those are handed over write by write, and every thousandth of them is reported. While one page of writes is
    /// verified and opened, the next one is on its way.
    pub(super) fn read_writes<'a>(
        &'a self,
        vault: &'a mut Vault,
        control: &'a Control,
        hand_over: Option<HandOver<'a>>,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let owner = vault.log.vault().to_owned();
            let mut directory = Directory::default();
            let mut page = self.page_of_writes(&owner, vault.cursor, control).await?;
            loop {
                let next = page.writes.last().map(|last| last.cursor).filter(|_| page.more);
                let reading = self.read_page(vault, &mut directory, &page, control, hand_over);
                let Some(next) = next else {
                    reading.await?;
                    break;
                };
                let (read, next) = both(reading, self.page_of_writes(&owner, next, control)).await;
                read?;
                page = next?;
            }
            vault.history.check_complete(&vault.log)?;
            self.remember(vault).await
        })
    }

    fn page_of_writes<'a>(
        &'a self,
        vault: &'a str,
        after: u64,
        control: &'a Control,
    ) -> LocalPending<'a, Result<WritePage>> {
        Box::pin(async move {
            control.check()?;
            let path = format!("/vaults/{vault}/writes?after={after}&limit={MAXIMUM_ITEMS}");
            let page = self.platform.get_bulk(&path, control).await?;
            // Megabytes that have just come have taken their time already, and decoding them takes as long again.
            self.platform.rest().await;
            Ok(cbor::decode(&bulk::into_vec(page))?)
        })
    }

    fn read_page<'a>(
        &'a self,
        vault: &'a mut Vault,
        directory: &'a mut Directory,
        page: &'a WritePage,
        control: &'a Control,
        hand_over: Option<HandOver<'a>>,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if !page.clinics.is_empty() {
                self.platform.deferred().await?;
            }
            for served in page.clinics.iter() {
                self.take_clinic(served).await?;
            }
            for stored in &page.writes {
                control.check()?;
                if stored.cursor <= vault.cursor {
                    return Err(Error::tampered("writes that are served out of order"));
                }
                self.platform.rest().await;
                let (statement, clinic) = self.author(directory, &stored.write, control).await?;
                let author = Author { statement: &statement, clinic: clinic.as_deref() };
                vault.history.set_successions(&self.known.borrow().directory.successions);
                let revisions = vault.history.accept(&self.engine, &vault.log, author, &stored.write).await?;
                vault.cursor = stored.cursor;
                let by_owner = author.statement.body().owner == vault.log.vault();
                if !by_owner {
                    vault.note_use(Unverified::<Manifest>::decode(&stored.write.manifest)?.claims());
                }
                let before = vault.kept.len();
                if let Some(batch) = &stored.write.batch {
                    if batch.wraps.iter().chain(&*stored.added).any(Wrap::is_to_drop_box) {
                        self.platform.deferred().await?;
                    }
                    vault.history.add_wraps(&batch.id, &stored.added)?;
                }
                self.platform.rest().await;
                vault.open(&self.engine, &stored.write, revisions, by_owner).await?;
                if let Some(hand_over) = hand_over {
                    self.platform.rest().await;
                    let changes = vault.changes();
                    if !changes.records.is_empty() || !changes.removed.is_empty() {
                        hand_over(changes);
                    }
                    let kept = vault.kept.len();
                    if kept / 1_000 > before / 1_000 {
                        control.report(kept as u64, 0);
                    }
                }
            }
            Ok(())
        })
    }

    /// Reads what others have written since, and says nothing of it.
    pub(super) fn catch_up<'a>(&'a self, vault: &'a mut Vault, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move { self.read_writes(vault, control, None).await })
    }

    /// Remembers how far a vault was read, so that less is never accepted.
    pub(super) async fn remember(&self, vault: &Vault) -> Result<()> {
        self.known.borrow_mut().put_log(Rc::new(vault.log.clone()));
        self.remembered().put_vault(vault.log.vault(), &vault.seen()).await
    }

    /// Takes a write that the platform has into the open vault.
    pub(super) fn take_over<'a>(
        &'a self,
        vault: &'a mut Vault,
        clinic: Option<&'a Clinic>,
        write: &'a Write,
        written: &'a wire::Written,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let author = Author { statement: self.identity.statement(), clinic };
            vault.history.set_successions(&self.known.borrow().directory.successions);
            let revisions = vault.history.accept(&self.engine, &vault.log, author, write).await?;
            self.platform.rest().await;
            vault.open(&self.engine, write, revisions, self.account.id == vault.log.vault()).await?;
            // Somebody else may have written between what was read and this: the cursor moves only over what is known.
            if written.cursor == vault.cursor + 1 {
                vault.cursor = written.cursor;
                self.remember(vault).await
            } else {
                *vault = vault.restarted(None);
                self.catch_up(vault, control).await
            }
        })
    }

    /// Sends the entries that a draft of the own log has more than the log, and goes on with the draft.
    pub(super) fn send_log<'a>(
        &'a self,
        vault: &'a mut Vault,
        draft: VaultLog,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            self.send_entries(&vault.log, &draft, control).await?;
            vault.log = draft;
            self.remember(vault).await
        })
    }

    /// Sends the entries that a draft has more than the log.
    pub(super) fn send_entries<'a>(
        &'a self,
        log: &'a VaultLog,
        draft: &'a VaultLog,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        let entries = draft.entries_after(log.number()).map(|entry| entry.to_vec().into()).collect();
        let path = [wire::PREFIX, "/vaults/", log.vault(), "/log"].concat();
        let body = LogEntries { entries, unwrapped: Flag(false) };
        self.send_signed(log.vault(), path, false, cbor::encode(&body), control)
    }
}

/// Whether the platform has answered, and the answer is no: then what was sent is not there and never will be.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Conflict { .. }
            | Error::Forbidden { .. }
            | Error::InvalidInput { .. }
            | Error::NotFound
            | Error::TooLarge
            | Error::Expired
            | Error::CodeEnded { .. }
            | Error::ShareCodeNotFound
    )
}
