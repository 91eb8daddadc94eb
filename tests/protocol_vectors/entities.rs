//! One entity that is shared singly: created with a delegation, changed and shared on by its delegate, given a new key by
//! its owner, moved, and deleted.

use super::*;
use crate::served::serve;
use tidelock::records::{Evidence, Holder, KeptKey, Known, ProvenManifest};
use tidelock::sharing::{DelegateWrap, Rights, Undelegation};

/// Who is in it, and what was there before.
pub(crate) struct Setting<'a> {
    pub(crate) alice: &'a Identity,
    pub(crate) dora: &'a Identity,
    pub(crate) clinic: &'a Clinic,
    /// The private agreement key of the clinic.
    pub(crate) private: &'a AgreementKey,
    pub(crate) log: &'a VaultLog,
    pub(crate) keys: &'a Keys,
    pub(crate) vault_keys: &'a [VaultKey],
    pub(crate) history: &'a History,
    pub(crate) link_secret: &'a SecretKey,
}

/// What cannot be computed from anything else.
#[derive(Clone, Default)]
pub(crate) struct Told {
    pub(crate) writes: Vec<Vec<u8>>,
    pub(crate) refused: Vec<Vec<u8>>,
}

impl Told {
    pub(crate) fn of_file(file: &Value) -> Self {
        let list = |member: &str| {
            let list = file[member].as_array();
            list.map_or_else(Vec::new, |list| list.iter().map(|entry| unhex(&entry["bytes"])).collect())
        };
        Self { writes: list("writes"), refused: list("refused") }
    }
}

/// After how many of the writes each refused one comes, and why it is refused.
const REFUSED: [(usize, &str); 2] =
    [(2, "a co-delegate was left out of a new key"), (3, "a write by somebody who had no right to it")];

impl Setting<'_> {
    fn author(&self, owner: &str) -> Author<'_> {
        let identity = if owner == ALICE { self.alice } else { self.dora };
        Author { statement: identity.statement(), clinic: None }
    }

    fn key(&self, compartment: Compartment) -> &VaultKey {
        let name = self.log.current(compartment).unwrap();
        self.vault_keys.iter().find(|key| key.name() == name).unwrap()
    }

    fn compose(&self, history: &History, owner: &str, compartment: Option<Compartment>, draft: Draft) -> Write {
        let identity = if owner == ALICE { self.alice } else { self.dora };
        let chain = tidelock::sharing::ChainName { author: owner.to_owned(), capacity: owner.to_owned() };
        let (size, root) = history.chain(&chain);
        let scribe = Scribe { identity, capacity: None, size, root };
        let key = compartment.map(|compartment| WrapTo::VaultKey(self.key(compartment)));
        let now = NOW + 9 + history.state(&draft.id).map_or(0, |state| state.sequence);
        wait(scribe.write(&ENGINE, self.log, key, vec![draft], now)).unwrap()
    }

    /// Tells the story anew, with fresh random values.
    pub(crate) fn tell(&self) -> Told {
        let mut history = self.history.clone();
        let mut told = Told::default();
        let (dora, clinic) = (Delegate::from(self.dora.statement()), Delegate::from(self.clinic));
        let id = Id::random().unwrap();
        let secrets = vec![SecretKey::random().unwrap(), SecretKey::random().unwrap()];
        let element = |history: &History, body: &str, secrets: &[SecretKey]| {
            let links = vec![link(self.link_secret, "HealthcareElement")];
            let new = linked(id, "HealthcareElement", body, links, Some(secrets.to_vec()));
            Draft { replaces: history.entity(&id), ..new }
        };
        let kept = |history: &History| {
            let state = history.state(&id).unwrap();
            let batch = state.batch.unwrap();
            let holder = Holder { vault_keys: self.vault_keys, own: &[] };
            let key = wait(history.key(&ENGINE, &id, &holder)).unwrap();
            Some(KeptKey { key, batch, compartment: state.compartment })
        };
        let mut accept = |history: &mut History, owner: &str, write: Write| {
            wait(history.accept(&ENGINE, self.log, self.author(owner), &write)).unwrap();
            told.writes.push(cbor::encode(&write));
        };

        let added = vec![(dora.clone(), Rights::Write)];
        let draft = Draft { added, ..element(&history, r#"{"description":"Hay fever"}"#, &secrets[..1]) };
        let write = self.compose(&history, ALICE, Some(Compartment::Data), draft);
        accept(&mut history, ALICE, write);

        // Dora has the entity's key and nothing else of the vault.
        let added = vec![(clinic.clone(), Rights::Read)];
        let body = r#"{"description":"Hay fever, since May"}"#;
        let draft = Draft { added, kept: kept(&history), ..element(&history, body, &secrets[..1]) };
        let write = self.compose(&history, DORA, None, draft);
        accept(&mut history, DORA, write);

        // Alice takes it from Dora, and keeps the clinic, to which Dora gave it, as her own delegate.
        let fingerprint = self.dora.fingerprint();
        let revoked = vec![Undelegation { delegate: DORA.to_owned(), fingerprint }];
        let draft = Draft {
            added: vec![(clinic.clone(), Rights::Read)],
            revoked,
            ..element(&history, r#"{"description":"Hay fever, since April"}"#, &secrets)
        };
        let with_both = history.clone();
        let write = self.compose(&history, ALICE, Some(Compartment::Data), draft);
        accept(&mut history, ALICE, write);
        let without_dora = history.clone();

        let draft = Draft {
            remaining: vec![clinic.clone()],
            moved_from: Some(Compartment::Data),
            ..element(&history, r#"{"description":"Hay fever, since April"}"#, &secrets)
        };
        let write = self.compose(&history, ALICE, Some(Compartment::Private), draft);
        accept(&mut history, ALICE, write);

        let draft = Draft { replaces: history.entity(&id), deleted: true, ..Draft::new(id) };
        let write = self.compose(&history, ALICE, None, draft);
        accept(&mut history, ALICE, write);

        // Each of these would have come where a good one came.
        let left_out = element(&with_both, r#"{"description":"Hay fever"}"#, &secrets);
        let left_out = Draft { remaining: vec![dora], ..left_out };
        told.refused.push(cbor::encode(&self.compose(&with_both, ALICE, Some(Compartment::Data), left_out)));
        let late = Draft { kept: kept(&without_dora), ..element(&without_dora, "{}", &secrets) };
        told.refused.push(cbor::encode(&self.compose(&without_dora, DORA, None, late)));
        told
    }
}

/// How the library and the formulas describe it, and the vault after it.
pub(crate) fn describe(setting: &Setting<'_>, told: &Told) -> (Value, History) {
    let mut history = setting.history.clone();
    let mut writes = Vec::new();
    let mut states = Vec::new();
    let mut refused = Vec::new();
    let mut key = None;
    let mut described = Vec::new();
    for (number, bytes) in told.writes.iter().enumerate() {
        for ((_, reason), bytes) in REFUSED.iter().zip(&told.refused).filter(|((after, _), _)| *after == number) {
            let write: Write = cbor::decode(bytes).unwrap();
            let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
            let author = setting.author(&manifest.claims().author);
            let error = wait(history.clone().accept(&ENGINE, setting.log, author, &write)).unwrap_err();
            assert!(matches!(*error, Error::Tampered { what } if what == *reason), "{error}");
            refused.push(json!({ "bytes": hex(bytes), "after": number, "error": error.code(), "reason": reason }));
        }
        let write: Write = cbor::decode(bytes).unwrap();
        let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
        let claims = manifest.claims();
        let author = setting.author(&claims.author);
        let accepted = wait(history.accept(&ENGINE, setting.log, author, &write)).unwrap();
        let Revision { leaf, rev, header } = &accepted[0];
        let state = history.state(&leaf.entity).unwrap().clone();
        let batch = write.batch.as_ref().map(|batch| {
            let Wrap::Vault { key: name, sealed } = &batch.wraps[0] else { panic!("another wrap") };
            let name = numbers(name);
            let wrap_key = expand(&setting.keys[&name], "vault wrap key", &(ALICE, name));
            let data = labelled("batch wrap", &(batch.id, ALICE, name));
            let batch_key = secret(&aead::open(&wrap_key, &data, sealed).unwrap());
            key = Some(expand(&batch_key, "entity key", &leaf.entity));
            let vault_key = [u32::from(name.0), name.1, name.2];
            json!({ "id": hex(batch.id.as_bytes()), "vault_key": vault_key, "batch_key": hex(batch_key.expose()) })
        });
        let entity_key = key.clone().unwrap();
        let commitment = Digest::from_bytes(*expand(&entity_key, "entity key commitment", &()).expose());
        let content = header.as_ref().map(|header| {
            let (bytes, sealed) = (write.items[0].header.as_ref().unwrap(), write.items[0].sealed.as_ref().unwrap());
            assert_eq!(header.commitment, commitment);
            let plaintext = aead::open(&expand(&entity_key, "entity content", &()), bytes, sealed).unwrap();
            let content: RawContent = cbor::decode(&plaintext).unwrap();
            let digests = leaf.content.as_ref().unwrap();
            assert_eq!(digests.sealed, sha256(&[bytes, sealed]));
            assert_eq!(digests.plain, sha256(&[&*content.salt, &content.body]));
            let body = String::from_utf8(content.body.to_vec()).unwrap();
            json!({ "header": hex(&**bytes), "sealed": hex(&**sealed), "plaintext": hex(&*plaintext), "body": body })
        });
        let recipients: Vec<&str> = if leaf.has_new_key() {
            state.delegations.iter().map(|standing| standing.delegate.as_str()).collect()
        } else {
            leaf.added.iter().map(|added| added.delegate.as_str()).collect()
        };
        let by = (&claims.author, claims.fingerprint, &claims.author);
        let wrap = |(recipient, wrap): (&&str, &DelegateWrap)| {
            let (fingerprint, statement, private) = if *recipient == CLINIC {
                (setting.clinic.fingerprint(), setting.clinic.statement().digest(), setting.private.clone())
            } else {
                let fingerprint = setting.dora.fingerprint();
                (fingerprint, fingerprint, Scalars::of(DORA).agreement())
            };
            assert_eq!(wrap.statement, statement);
            let to = (*recipient, fingerprint, statement);
            let place = (leaf.entity, leaf.sequence);
            let context = (ALICE, by, to, place.0, place.1, commitment, claims.log_head);
            let info = labelled("delegation", &context);
            assert_eq!(open_hpke(&private, &info, &wrap.sealed), entity_key.expose());
            json!({ "delegate": recipient, "bytes": hex(cbor::encode(wrap)), "leaf_hash": hex(wrap.hash()), "info": hex(info) })
        };
        let wraps: Vec<Value> = recipients.iter().zip(write.items[0].wraps.iter()).map(wrap).collect();
        assert_eq!(wraps.len(), recipients.len());
        let hashes: Vec<Digest> =
            write.items[0].wraps.iter().map(|wrap| merkle::leaf_hash(&cbor::encode(wrap))).collect();
        let listed = leaf.wraps.map(|wraps| (wraps.number, wraps.root));
        assert_eq!(listed, (!hashes.is_empty()).then(|| (hashes.len() as u64, merkle::root(&hashes))));
        let standing: Vec<Value> = state
            .delegations
            .iter()
            .map(|standing| {
                let rights = match standing.rights {
                    Rights::Read => 1,
                    Rights::Write => 2,
                };
                json!({ "delegate": standing.delegate, "rights": rights, "by": standing.by.author })
            })
            .collect();
        described.push(json!({
            "bytes": hex(bytes),
            "author": claims.author,
            "manifest": hex(manifest.payload()),
            "leaf": hex(&*write.items[0].leaf),
            "leaf_hash": hex(rev),
            "batch": batch,
            "entity_key": hex(entity_key.expose()),
            "commitment": hex(commitment),
            "content": content,
            "wraps": wraps,
            "after": {
                "compartment": numbers(&KeyName::first(state.compartment)).0,
                "epoch": state.epoch,
                "key_sequence": state.key_sequence,
                "content_sequence": state.content_sequence,
                "author": state.author.author,
                "due": state.due,
                "deleted": state.deleted,
                "delegations": standing,
            },
        }));
        writes.push(write);
        states.push(state);
    }

    // What the clinic is served before the entity is deleted, and what it makes of it.
    let entity = writes[0].parse().unwrap().revisions[0].leaf.entity;
    let bundle = serve(ALICE, entity, &writes[..4], &states, CLINIC, 0, |_| Vec::new());
    let manifests: Vec<ProvenManifest> = bundle
        .manifests
        .iter()
        .map(|served| {
            let manifest = Unverified::<Manifest>::decode(&served.manifest).unwrap();
            let author = setting.author(&manifest.claims().author);
            wait(ProvenManifest::verify(&ENGINE, setting.log, author, served)).unwrap()
        })
        .collect();
    let same = |left: &Digest, right: &Digest| left == right;
    let served = &bundle.entities[0];
    let evidence = Evidence::verify(served, &manifests, setting.log, Known::default(), CLINIC, &same).unwrap();
    assert_eq!(evidence.state, states[3]);
    let own = [(Delegate::from(setting.clinic), setting.private.clone())];
    let key = wait(evidence.key(&ENGINE, &Holder { vault_keys: &[], own: &own })).unwrap();
    let body = String::from_utf8(evidence.open(&key).unwrap().into_body()).unwrap();
    let described = json!({
        "about": "One entity of the same vault, after everything above: created by its owner with a delegation to a \
                  practitioner; changed by him under the key that it has, and shared on with the clinic; taken from \
                  him, under a new key, the clinic kept by the owner as her own delegate; moved to the private \
                  compartment; deleted. Then what the clinic is served of it before it is deleted.",
        "id": hex(entity.as_bytes()),
        "writes": described,
        "refused": refused,
        "bundle": { "bytes": hex(cbor::encode(&bundle)), "reader": CLINIC, "body": body },
    });
    (described, history)
}
