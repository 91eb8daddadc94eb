//! Reading single entities, by their ids or by what the platform can see of them: verified one by one, without the rest of
//! their vaults.

use std::cmp::Ordering;
use std::rc::Rc;

use tidelock_crypto::Digest;
use tidelock_crypto::cbor::{self, Flag, List};

use super::known::{Entity, Party};
use super::{Actor, Control, LocalPending, Method, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::records::{self, Author, Content, EntityKey, EntityState, Evidence, Manifest, ProvenManifest, link};
use crate::rest::all_with_rests;
use crate::sharing::{Rights, VaultLog};
use crate::signed::Unverified;
use crate::wire::{
    Bundle, EntitiesRequest, ListRequest, MAXIMUM_ENTITIES, Period, ServedEntity, ServedManifest, ServedVault, Wanted,
};

/// An entity as somebody may see it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entity.
    pub entity: Rc<Entity>,
    /// What he may do with it; nothing where he has no access.
    pub rights: Option<Rights>,
}

impl Found {
    /// The record, UTF-8 JSON.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when it cannot be opened, or may not be; [`Error::Tampered`] when its author spoilt its key or the
    /// record.
    pub fn body(&self) -> Result<&[u8]> {
        if let Some(what) = self.entity.spoilt {
            return Err(Error::tampered(what));
        }
        Ok(self.entity.body().filter(|_| self.rights.is_some()).ok_or(Error::NoAccess)?)
    }
}

/// Which entities are wanted.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Of this type.
    pub kind: Option<String>,
    /// In whose vault; without one, one's own.
    pub vault: Option<String>,
    /// What is shared singly with the one who asks, in any vault.
    pub delegated: bool,
    /// Those that are linked to this entity.
    pub parent: Option<Id>,
    /// Whose newest content is by this author, or in the name of this clinic.
    pub author: Option<String>,
    /// Whose newest revision came in from this moment on, in milliseconds since the epoch.
    pub from: Option<u64>,
    /// And before this one.
    pub to: Option<u64>,
    /// Only those that need a new key.
    pub due: bool,
    /// How many at most.
    pub limit: Option<u64>,
    /// Where the page before ended.
    pub after: Option<Vec<u8>>,
}

/// Some of the entities that were listed.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The entities.
    pub found: Vec<Found>,
    /// Where this page ends, if there is another.
    pub next: Option<Vec<u8>>,
}

/// How many entities are listed at once, if nothing is said.
const LIMIT: u32 = 100;

/// Later than everything, and still a number of JavaScript.
const NEVER: u64 = 1 << 53;

/// Whether an answer is older than what this device has seen, which may be because another session on it has seen something
/// newer while the answer was on its way.
fn is_older(error: &Error) -> bool {
    matches!(error, Error::Tampered { what } if *what == records::OLDER)
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Reads entities by their ids; each may name its vault. They come in the order of the ids; there is nothing in the place
    /// of one that is not there, or not served to the caller. One that its author spoilt spoils no other, see [`Found::body`].
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything else does not fit, [`Error::IdentityChanged`] when a vault's owner has another identity
    /// than the pinned one.
    pub fn fetch<'a>(
        &'a self,
        actor: Actor<'a>,
        ids: &'a [Id],
        vault: Option<&'a str>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Option<Found>>>> {
        Box::pin(async move {
            let party = self.party(actor, control).await?;
            let mut found = Vec::with_capacity(ids.len());
            for ids in ids.chunks(MAXIMUM_ENTITIES) {
                control.check()?;
                let wanted: Vec<(Id, Option<&str>)> = ids.iter().map(|id| (*id, vault)).collect();
                let entities = self.request(&party, &wanted, Vec::new(), control).await?;
                for id in ids {
                    let entity = entities.iter().find(|entity| entity.id == *id);
                    found.push(entity.map(|entity| self.seen_by(&party, entity)));
                }
            }
            Ok(found)
        })
    }

    /// Lists one page of entities, those left out that cannot be opened.
    ///
    /// # Errors
    /// See [`fetch`](Self::fetch); [`Error::NotFound`] when there is no such vault or parent.
    pub fn list<'a>(&'a self, actor: Actor<'a>, query: Query, control: &'a Control) -> LocalPending<'a, Result<Page>> {
        Box::pin(async move {
            let party = self.party(actor, control).await?;
            let mut page = self.page(&party, query, control).await?;
            page.found.retain(|found| found.body().is_ok());
            Ok(page)
        })
    }

    /// Lists one page of entities, those that cannot be opened, too.
    pub(super) fn page<'a>(
        &'a self,
        party: &'a Party,
        query: Query,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Page>> {
        Box::pin(async move {
            match self.page_once(party, query.clone(), control).await {
                Err(error) if is_older(&error) => self.page_once(party, query, control).await,
                outcome => outcome,
            }
        })
    }

    fn page_once<'a>(&'a self, party: &'a Party, query: Query, control: &'a Control) -> LocalPending<'a, Result<Page>> {
        Box::pin(async move {
            let mut links = Vec::new();
            if let Some(parent) = query.parent {
                let kind = query.kind.as_deref().unwrap_or_default();
                let parent = self.parent(party, parent, control).await?;
                if let Some((_, content)) = &parent.opened {
                    links.extend(content.link_secrets().iter().map(|secret| link(secret, kind)));
                }
                if links.is_empty() {
                    return Ok(Page::default());
                }
            }
            let own = || party.id().to_owned();
            let period = (query.from.is_some() || query.to.is_some())
                .then(|| Period { from: query.from.unwrap_or_default(), to: query.to.unwrap_or(NEVER) });
            let limit = query.limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT);
            let body = ListRequest {
                known: self.known.borrow().logs(),
                vault: (!query.delegated).then(|| query.vault.unwrap_or_else(own)),
                clinic: party.clinic.as_ref().map(|clinic| clinic.id().to_owned()),
                kinds: List(query.kind.into_iter().collect()),
                links: List(links),
                authors: List(query.author.into_iter().collect()),
                taken: period,
                due: Flag(query.due),
                deleted: Flag(false),
                after: query.after.map(Into::into),
                limit: limit.clamp(1, MAXIMUM_ENTITIES as u32),
            };
            let then = self.known.borrow().entities();
            let answer = self.platform.send_cbor(Method::Post, "/entities/list", &body, control).await?;
            let bundle: Bundle = cbor::decode(&answer)?;
            let entities = self.take(party, &bundle, &[], &then).await?;
            let found = entities.iter().map(|entity| self.seen_by(party, entity)).collect();
            Ok(Page { found, next: bundle.next.map(Into::into) })
        })
    }

    /// The rights of a party in an entity.
    pub(super) fn rights(&self, party: &Party, log: &VaultLog, state: &EntityState) -> Option<Rights> {
        let successions = self.known.borrow().directory.successions.clone();
        let same = |before: &Digest, now: &Digest| successions.lead(before, now);
        state.rights(log, (party.id(), &party.delegate.fingerprint), &same)
    }

    /// An entity, in the eyes of a party.
    pub(super) fn seen_by(&self, party: &Party, entity: &Rc<Entity>) -> Found {
        let log = self.known.borrow().log(&entity.vault);
        Found { rights: log.and_then(|log| self.rights(party, &log, &entity.state)), entity: entity.clone() }
    }

    /// A parent, as it is known or else as it is served.
    fn parent<'a>(&'a self, party: &'a Party, id: Id, control: &'a Control) -> LocalPending<'a, Result<Rc<Entity>>> {
        Box::pin(async move {
            let known = self.known.borrow().entity(&id);
            if let Some(entity) = known.filter(|entity| entity.opened.is_some()) {
                return Ok(entity);
            }
            let served = self.request(party, &[(id, None)], Vec::new(), control).await?;
            Ok(served.into_iter().next().ok_or(Error::NotFound)?)
        })
    }

    /// Asks for entities, those that are known only for what they have become since, and for identities.
    pub(super) fn request<'a>(
        &'a self,
        party: &'a Party,
        ids: &'a [(Id, Option<&'a str>)],
        identities: Vec<String>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Rc<Entity>>>> {
        Box::pin(async move {
            match self.request_once(party, ids, identities.clone(), control).await {
                Err(error) if is_older(&error) => self.request_once(party, ids, identities, control).await,
                outcome => outcome,
            }
        })
    }

    fn request_once<'a>(
        &'a self,
        party: &'a Party,
        ids: &'a [(Id, Option<&'a str>)],
        identities: Vec<String>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Rc<Entity>>>> {
        Box::pin(async move {
            let mut wanted = Vec::with_capacity(ids.len());
            let mut known = Vec::new();
            for (id, vault) in ids {
                let before = self
                    .known
                    .borrow()
                    .entity(id)
                    .filter(|entity| entity.opened.is_some() && vault.is_none_or(|vault| entity.vault == vault));
                wanted.push(Wanted {
                    entity: *id,
                    vault: before.as_ref().map(|entity| entity.vault.clone()).or_else(|| vault.map(str::to_owned)),
                    known: before.as_ref().map(|entity| entity.state.sequence),
                });
                known.extend(before);
            }
            let then = self.known.borrow().entities();
            let bundle = self.ask_for(party, wanted, identities, control).await?;
            self.take(party, &bundle, &known, &then).await
        })
    }

    /// Asks for entities and identities. Nothing of the answer is verified yet, but that it has what was asked for, once.
    pub(super) fn ask_for<'a>(
        &'a self,
        party: &'a Party,
        wanted: Vec<Wanted>,
        identities: Vec<String>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Bundle>> {
        Box::pin(async move {
            let known = self.known.borrow().logs();
            let clinic = party.clinic.as_ref().map(|clinic| clinic.id().to_owned());
            let body = EntitiesRequest { wanted, known, identities, clinic };
            let answer = self.platform.send_cbor(Method::Post, "/entities", &body, control).await?;
            let bundle: Bundle = cbor::decode(&answer)?;
            let mut wanted = body.wanted.iter();
            // They come in the order in which they were asked for.
            let asked = |served: &ServedEntity| {
                let found = wanted.find(|wanted| wanted.entity == served.entity);
                found.is_some_and(|wanted| wanted.vault.as_ref().is_none_or(|vault| *vault == served.vault))
            };
            if bundle.entities.iter().all(asked) {
                Ok(bundle)
            } else {
                Err(Error::tampered("an entity that was not asked for"))
            }
        })
    }

    /// Verifies what was served and keeps it. `continued` are the entities of which only what came later was asked for; `then`
    /// are those that were known when it was asked.
    fn take<'a>(
        &'a self,
        party: &'a Party,
        bundle: &'a Bundle,
        continued: &'a [Rc<Entity>],
        then: &'a [Rc<Entity>],
    ) -> LocalPending<'a, Result<Vec<Rc<Entity>>>> {
        Box::pin(async move {
            let manifests = self.take_evidence(bundle).await?;
            let mut taking = bundle.entities.iter().map(|served| {
                let before = continued.iter().find(|entity| entity.id == served.entity);
                self.take_entity(party, served, &manifests, before, then)
            });
            // The first alone: the keys of its vault, which most have in common, are then there for the others.
            let mut entities: Vec<_> = all_with_rests(taking.by_ref().take(1).collect()).await?;
            entities.append(&mut all_with_rests(taking.collect()).await?);
            let entities = entities.into_iter().flatten().collect();
            for served in &bundle.vaults {
                self.remember_entities(&served.vault).await?;
            }
            Ok(entities)
        })
    }

    /// Verifies everything but the entities: identities, logs, manifests.
    pub(super) fn take_evidence<'a>(&'a self, bundle: &'a Bundle) -> LocalPending<'a, Result<Vec<ProvenManifest>>> {
        Box::pin(async move {
            let identities = bundle.identities.iter();
            all_with_rests(identities.map(|served| self.take_statements(&served.owner, &served.statements)).collect())
                .await?;
            for served in &bundle.clinics {
                self.take_clinic(served).await?;
            }
            for served in &bundle.vaults {
                self.take_vault(served).await?;
            }
            all_with_rests(bundle.manifests.iter().map(|served| self.proven(served)).collect()).await
        })
    }

    fn take_vault<'a>(&'a self, served: &'a ServedVault) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let owners = self.take_owner(&served.vault, &served.statements).await?;
            self.recall_entities(&served.vault).await?;
            let known = self.known.borrow().log(&served.vault);
            if known.is_some() && served.log.is_empty() {
                return Ok(());
            }
            let mut owners = owners.into_iter();
            let mut log = match known {
                Some(log) => (*log).clone(),
                None => VaultLog::new(owners.next().ok_or(Error::NotFound)?),
            };
            for owner in owners {
                log.add_owner(owner);
            }
            self.take_log(log, &served.log).await.map(drop)
        })
    }

    fn proven<'a>(&'a self, served: &'a ServedManifest) -> LocalPending<'a, Result<ProvenManifest>> {
        Box::pin(async move {
            let manifest = Unverified::<Manifest>::decode(&served.manifest)?;
            let claims = manifest.claims();
            let (log, statement, clinic) = {
                let known = self.known.borrow();
                let clinic = claims.capacity.as_ref().and_then(|capacity| known.directory.clinic_under(capacity));
                let statement = known.directory.statement(&claims.author, &claims.fingerprint);
                (known.log(&claims.vault), statement.cloned(), clinic.cloned())
            };
            let statement = statement.ok_or_else(|| Error::tampered("a manifest of another author"))?;
            let log = log.ok_or_else(|| Error::tampered("a manifest of another vault"))?;
            let author = Author { statement: &statement, clinic: clinic.as_deref() };
            ProvenManifest::verify(&self.engine, &log, author, served).await
        })
    }

    fn take_entity<'a>(
        &'a self,
        party: &'a Party,
        served: &'a ServedEntity,
        manifests: &'a [ProvenManifest],
        before: Option<&'a Rc<Entity>>,
        then: &'a [Rc<Entity>],
    ) -> LocalPending<'a, Result<Option<Rc<Entity>>>> {
        Box::pin(async move {
            let log = self.known.borrow().log(&served.vault);
            let log = log.ok_or_else(|| Error::tampered("an entity of another vault"))?;
            let place = then.binary_search_by(|entity| entity.id.cmp(&served.entity));
            let then = place.ok().and_then(|place| then.get(place));
            // What became known while the answer was on its way, by another call, may well be newer than the answer.
            let now = self.known.borrow().entity(&served.entity);
            let meanwhile = now.filter(|now| then.is_none_or(|then| then.state.rev != now.state.rev));
            let seen = match &meanwhile {
                Some(_) => then.map(|then| (then.state.sequence, then.state.rev)),
                None => self.known.borrow().seen(&served.vault, &served.entity),
            };
            let known = records::Known { state: before.map(|entity| &entity.state), seen };
            let successions = self.known.borrow().directory.successions.clone();
            let same = |before: &Digest, now: &Digest| successions.lead(before, now);
            let verified = Evidence::verify(served, manifests, &log, known, party.id(), &same);
            let evidence = match verified {
                Err(error) if *error == Error::NotFound => return Ok(None),
                verified => verified?,
            };
            if let Some(now) = meanwhile {
                match now.state.sequence.cmp(&evidence.state.sequence) {
                    Ordering::Greater => return Ok(Some(now)),
                    Ordering::Equal if now.state.rev != evidence.state.rev => {
                        return Err(Error::tampered("an entity that was forked"));
                    }
                    _ => {}
                }
            }
            if evidence.state.deleted {
                let (vault, id, state) = (served.vault.clone(), served.entity, evidence.state.clone());
                let entity = Entity { vault, id, state, links: Vec::new(), opened: None, spoilt: None };
                self.known.borrow_mut().put_entity(Rc::new(entity));
                return Ok(None);
            }
            let (opened, spoilt) =
                match self.open_entity(party, &log, served.entity, &evidence, before).await.map_err(|error| *error) {
                    Ok(opened) => (opened, None),
                    Err(Error::NoAccess) => (None, None),
                    Err(Error::Tampered { what }) => (None, Some(what)),
                    Err(error) => return Err(error.into()),
                };
            let links = match &evidence.header {
                Some(header) => header.links.clone(),
                None => before.map(|entity| entity.links.clone()).unwrap_or_default(),
            };
            let (vault, id, state) = (served.vault.clone(), served.entity, evidence.state.clone());
            let entity = Rc::new(Entity { vault, id, state, links, opened, spoilt });
            self.known.borrow_mut().put_entity(entity.clone());
            Ok(Some(entity))
        })
    }

    /// The key and the content of an entity that has been verified; those from before where they are the same, and the key that
    /// somebody has given back where nothing else opens it.
    fn open_entity<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
        entity: Id,
        evidence: &'a Evidence<'a>,
        before: Option<&'a Rc<Entity>>,
    ) -> LocalPending<'a, Result<Option<(EntityKey, Content)>>> {
        Box::pin(async move {
            let opened = before.and_then(|entity| entity.opened.as_ref());
            let has = |key: &&EntityKey| Some(key.commitment()) == evidence.state.commitment;
            let key = match opened.map(|(key, _)| key).filter(has) {
                Some(key) => key.clone(),
                None => {
                    let keys = self.vault_keys(party, log).await?;
                    match evidence.key(&self.engine, &party.holder(&keys)).await {
                        Err(error) if *error == Error::NoAccess => {
                            self.known.borrow().returned(&entity, evidence.state.commitment)?
                        }
                        key => key?,
                    }
                }
            };
            if evidence.header.is_none() {
                return Ok(opened.map(|(_, content)| (key, content.clone())));
            }
            let content = evidence.open(&key)?;
            Ok(Some((key, content)))
        })
    }
}
