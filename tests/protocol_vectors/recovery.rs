//! What comes after everything else: batches for those who have no vault key and for those whom every key is exposed to,
//! an entity that is sealed again, and an owner who goes on under another identity with what is given back to her.

use super::entities::Setting;
use super::*;
use tidelock::keys::{SafetyNumber, Succession, Successions};
use tidelock::records::{Batch, BatchOrigin, EntityState, Holder, NewContent, OpenedEntity};
use tidelock::sharing::{GiveBack, Giving, Returned, VaultOwner};

/// From whose name the scalars of the owner's second identity come.
const AGAIN: &str = "a1b2c3d4e5 again";

/// What cannot be computed from anything else.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// The log entries after those before, up to the refound and from there on.
    log: Vec<Vec<u8>>,
    pub(crate) writes: Vec<Vec<u8>>,
    added: Vec<u8>,
    statement: Vec<u8>,
    succession: Vec<u8>,
    give_backs: Vec<Vec<u8>>,
    late_write: Vec<u8>,
    late_entry: Vec<u8>,
}

/// How many of the entries come before the refound, and of the writes.
const ENTRIES_BEFORE: usize = 6;
const WRITES_BEFORE: usize = 2;

impl Told {
    pub(crate) fn of_file(file: &Value) -> Self {
        let (batches, recovery) = (&file["batches"], &file["recovery"]);
        if batches.is_null() {
            return Self::default();
        }
        let bytes =
            |list: &Value| list.as_array().unwrap().iter().map(|entry| unhex(&entry["bytes"])).collect::<Vec<_>>();
        let both = |member: &str| [bytes(&batches[member]), bytes(&recovery[member])].concat();
        Self {
            log: both("log"),
            writes: both("writes"),
            added: unhex(&batches["added"]["wrap"]),
            statement: unhex(&recovery["identity"]["statement"]["bytes"]),
            succession: unhex(&recovery["succession"]["bytes"]),
            give_backs: bytes(&recovery["give_backs"]),
            late_write: unhex(&recovery["refused"]["write_by_the_identity_before"]),
            late_entry: unhex(&recovery["refused"]["entry_by_the_identity_before"]),
        }
    }
}

fn data(version: u32) -> KeyName {
    KeyName { compartment: Compartment::Data, epoch: 1, version }
}

fn second(compartment: Compartment) -> KeyName {
    KeyName { compartment, epoch: 2, version: 1 }
}

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const UPLOAD: Permissions = Permissions { view: true, upload: true, note: false };
const BLIND: Permissions = Permissions { view: false, upload: true, note: false };

/// Tells the story anew, after everything in `before`.
pub(crate) fn tell(setting: &Setting<'_>, before: &History) -> Told {
    let Setting { alice, dora, clinic, .. } = setting;
    let (mut log, mut history) = (setting.log.clone(), before.clone());
    let mut told = Told::default();
    let (to_alice, to_dora) = (Delegate::from(alice.statement()), Delegate::from(dora.statement()));
    let id = Id::random().unwrap();
    let now = NOW + 20;
    let compose = |log: &VaultLog, history: &History, identity: &Identity, to: WrapTo<'_>, draft: Draft| {
        let own = identity.owner().to_owned();
        let (size, root) = history.chain(&tidelock::sharing::ChainName { author: own.clone(), capacity: own });
        let scribe = Scribe { identity, capacity: None, size, root };
        let replaces = history.entity(&id);
        let time = now + history.state(&id).map_or(0, |state| state.sequence);
        wait(scribe.write(&ENGINE, log, Some(to), vec![Draft { replaces, ..draft }], time)).unwrap()
    };
    let accept = |log: &VaultLog, history: &mut History, told: &mut Told, by: &Identity, write: &Write| {
        let author = Author { statement: by.statement(), clinic: None };
        let revisions = wait(history.accept(&ENGINE, log, author, write)).unwrap();
        told.writes.push(cbor::encode(write));
        revisions
    };
    let key2 = setting.vault_keys.iter().find(|key| key.name() == data(2)).unwrap().clone();

    // Dora may add to the record and not read it: she writes to the drop box.
    wait(log.grant(&ENGINE, alice.signing(), &to_dora, BLIND, &[], now)).unwrap();
    let sample = draft(id, "DataSample", r#"{"comment":"7.0 mmol/L"}"#);
    let write = compose(&log, &history, dora, WrapTo::DropBox(data(2)), sample);
    let revisions = accept(&log, &mut history, &mut told, dora, &write);
    let holder = Holder { vault_keys: setting.vault_keys, own: &[] };
    let opened = wait(history.open(&ENGINE, &write, revisions, &holder, &|_| true)).unwrap();
    let OpenedEntity { header, content, .. } = opened[0].clone();

    // Then she may, and the clinic, from which it is taken: it has the key.
    let keys = std::slice::from_ref(&key2);
    wait(log.grant(&ENGINE, alice.signing(), &to_dora, UPLOAD, keys, now)).unwrap();
    wait(log.grant(&ENGINE, alice.signing(), &Delegate::from(*clinic), VIEW, keys, now)).unwrap();
    wait(log.revoke(&ENGINE, alice.signing(), CLINIC, history.cutoffs(CLINIC), now)).unwrap();

    // Alice seals Dora's sample again before there is a next key, for each who is entitled.
    let identities = [to_alice, to_dora.clone()];
    let again = NewContent { kind: header.kind, content, links: header.links };
    let again = Draft { content: Some(again), ..Draft::new(id) };
    let write = compose(&log, &history, alice, WrapTo::Identities(Compartment::Data, &identities), again);
    accept(&log, &mut history, &mut told, alice, &write);
    let key3 = wait(log.mint_key(&ENGINE, alice.signing(), data(3), Some(&key2), now)).unwrap();
    let batch = write.batch.as_ref().unwrap();
    let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
    let own = [(identities[0].clone(), alice.agreement().clone())];
    let holder = Holder { vault_keys: &[], own: &own };
    let batch_key = wait(batch.open(&ENGINE, &holder, &BatchOrigin::from(manifest.claims()))).unwrap();
    told.added = cbor::encode(&Batch::wrap(batch.id, &batch_key, &key3).unwrap());
    wait(log.grant(&ENGINE, alice.signing(), &to_dora, UPLOAD, std::slice::from_ref(&key3), now)).unwrap();
    assert_eq!(log.number() as usize, 7 + ENTRIES_BEFORE);

    // Alice loses everything, makes a new identity, and Dora gives back.
    let secrets = Scalars::of(AGAIN).secrets();
    let public = BackupKey::generate().unwrap().public(ALICE).unwrap();
    let later = wait(secrets.found_next(&ENGINE, alice.statement(), public, now + 10)).unwrap();
    told.statement = later.statement().bytes().to_vec();
    let succession = Scalars::of(ALICE).secrets();
    let succession = wait(succession.succeed(&ENGINE, alice.statement(), later.statement())).unwrap();
    told.succession = succession.bytes().to_vec();
    let returned = [
        Returned { vault_keys: vec![key3.clone()], entity_keys: Vec::new() },
        Returned { vault_keys: Vec::new(), entity_keys: vec![(id, batch_key.entity_key(id))] },
    ];
    let giving = Giving { giver: dora, capacity: None, log: &log, to: later.statement() };
    for (part, returned) in [1, 2].into_iter().zip(&returned) {
        let part = wait(GiveBack::seal(&ENGINE, giving, returned, (part, 2), now + 11)).unwrap();
        told.give_backs.push(part.bytes().to_vec());
    }
    let body = r#"{"comment":"too late"}"#;
    let late = compose(&log, &history, alice, WrapTo::VaultKey(&key3), draft(id, "DataSample", body));
    told.late_write = cbor::encode(&late);

    let signing = later.signing();
    let owner = VaultOwner::from(later.statement());
    wait(log.refound(&ENGINE, signing, owner, history.tips(), now + 12)).unwrap();
    let key4 = wait(log.mint_key(&ENGINE, signing, data(4), Some(&key3), now + 12)).unwrap();
    for compartment in [Compartment::Notes, Compartment::Private] {
        wait(log.mint_key(&ENGINE, signing, second(compartment), None, now + 12)).unwrap();
    }
    wait(log.grant(&ENGINE, signing, &to_dora, UPLOAD, std::slice::from_ref(&key4), now + 12)).unwrap();
    told.log = log.entries_after(7).map(<[u8]>::to_vec).collect();
    let body = r#"{"comment":"7.1 mmol/L"}"#;
    let write = compose(&log, &history, &later, WrapTo::VaultKey(&key4), draft(id, "DataSample", body));
    accept(&log, &mut history, &mut told, &later, &write);
    // Whoever has the old keys goes on as if nothing had been.
    let entry = LogEntry {
        vault: ALICE.to_owned(),
        author: alice.fingerprint(),
        number: log.number() + 1,
        previous: log.head(),
        time: now + 13,
        action: Action::Revoke(tidelock::sharing::Revoke {
            delegate: DORA.to_owned(),
            fingerprint: dora.fingerprint(),
            cutoffs: Vec::new(),
        }),
    };
    told.late_entry = wait(Signed::sign(&ENGINE, alice.signing(), entry)).unwrap().bytes().to_vec();
    told
}

/// What has been read, and the keys that were found on the way.
struct Reading<'a> {
    setting: &'a Setting<'a>,
    later: &'a Identity,
    log: VaultLog,
    history: History,
    keys: Keys,
}

impl Reading<'_> {
    /// The owner who signs at a log number, by fingerprint and private keys.
    fn owner_at(&self, number: u64) -> (&Identity, Scalars) {
        if self.log.owner_at(number).fingerprint() == self.later.fingerprint() {
            (self.later, Scalars::of(AGAIN))
        } else {
            (self.setting.alice, Scalars::of(ALICE))
        }
    }

    fn entry(&mut self, bytes: &[u8]) -> Value {
        let claims = Unverified::<LogEntry>::decode(bytes).unwrap().claims().clone();
        wait(self.log.append(&ENGINE, bytes)).unwrap();
        let (owner, scalars) = self.owner_at(claims.number);
        let (entry, mut json) = signed::<LogEntry>(bytes, owner.signing());
        assert_eq!(entry.body().author, owner.fingerprint());
        let author = owner.fingerprint();
        let message = |to: (&str, Digest, Digest), private: &AgreementKey, names: &[KeyName], sealed: &[u8]| {
            let names: Vec<_> = names.iter().map(numbers).collect();
            let info = labelled("grant", &(ALICE, author, to, &names, claims.previous));
            let plaintext = open_hpke(private, &info, sealed);
            let Handed(handed) = cbor::decode(&plaintext).unwrap();
            (
                names.into_iter().zip(handed).collect::<Vec<_>>(),
                json!({ "info": hex(info), "plaintext": hex(plaintext) }),
            )
        };
        let (handed, action) = match &claims.action {
            Action::Mint(mint) => {
                let (handed, json) = message((ALICE, author, author), &scalars.agreement(), &[mint.key], &mint.sealed);
                (handed, json!({ "mint": json }))
            }
            Action::Grant(grant) if grant.delegate == CLINIC => {
                let clinic = self.setting.clinic;
                let to = (CLINIC, clinic.fingerprint(), clinic.statement().digest());
                let (handed, json) = message(to, self.setting.private, &grant.keys, &grant.sealed);
                (handed, json!({ "grant": json }))
            }
            Action::Grant(grant) => {
                let fingerprint = self.setting.dora.fingerprint();
                let to = (DORA, fingerprint, fingerprint);
                let (handed, json) = message(to, &Scalars::of(DORA).agreement(), &grant.keys, &grant.sealed);
                (handed, json!({ "grant": json }))
            }
            Action::Revoke(_) => (Vec::new(), json!({ "revoke": {} })),
            Action::Refound(refound) => {
                assert_eq!(refound.fingerprint, self.later.fingerprint());
                assert_eq!(refound.cutoffs, self.history.tips(), "every chain as it stands");
                (Vec::new(), json!({ "refound": { "fingerprint": hex(refound.fingerprint) } }))
            }
        };
        for (name, key) in handed {
            assert_eq!(self.keys.entry(name).or_insert_with(|| key.clone()).expose(), key.expose());
        }
        json["number"] = json!(claims.number);
        json["action"] = action;
        json
    }

    fn write(&mut self, bytes: &[u8]) -> (EntityState, Value) {
        let write: Write = cbor::decode(bytes).unwrap();
        let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
        let claims = manifest.claims().clone();
        let author = if claims.author == DORA { self.setting.dora } else { self.owner_at(claims.log_number).0 };
        let author = author.clone();
        assert_eq!(author.fingerprint(), claims.fingerprint);
        let author = Author { statement: author.statement(), clinic: None };
        let revisions = wait(self.history.accept(&ENGINE, &self.log, author, &write)).unwrap();
        let batch = write.batch.as_ref().unwrap();
        let writer = (&claims.author, claims.fingerprint, &claims.author);
        let mut batch_key: Option<SecretKey> = None;
        let mut wraps = Vec::new();
        for wrap in &batch.wraps {
            let (plaintext, json) = match wrap {
                Wrap::Vault { key, sealed } => {
                    let name = numbers(key);
                    let wrap_key = expand(&self.keys[&name], "vault wrap key", &(ALICE, name));
                    let associated = labelled("batch wrap", &(batch.id, ALICE, name));
                    let plaintext = aead::open(&wrap_key, &associated, sealed).unwrap().to_vec();
                    (plaintext, json!({ "kind": 1, "vault_key": [u32::from(name.0), name.1, name.2] }))
                }
                Wrap::DropBox { key, sealed } => {
                    let name = numbers(key);
                    let seed = expand(&self.keys[&name], "vault drop box", &(ALICE, name));
                    let private = hpke::derive_key_pair(seed.expose()).unwrap().0;
                    let info = labelled("drop box", &(ALICE, writer, batch.id, name, claims.log_head));
                    let plaintext = open_hpke(&software::import_agreement_key(&private).unwrap(), &info, sealed);
                    (
                        plaintext,
                        json!({ "kind": 2, "vault_key": [u32::from(name.0), name.1, name.2], "info": hex(info) }),
                    )
                }
                Wrap::Identity { recipient, fingerprint, statement, sealed } => {
                    assert_eq!(fingerprint, statement, "a person's");
                    let to = (recipient, fingerprint, statement);
                    let info = labelled("batch key", &(ALICE, writer, to, batch.id, claims.log_head));
                    let plaintext = open_hpke(&Scalars::of(recipient).agreement(), &info, sealed);
                    (plaintext, json!({ "kind": 3, "recipient": recipient, "info": hex(info) }))
                }
            };
            let opened = secret(&plaintext);
            assert_eq!(batch_key.get_or_insert_with(|| opened.clone()).expose(), opened.expose());
            wraps.push(json);
        }
        let batch_key = batch_key.unwrap();
        let Revision { leaf, rev, header } = &revisions[0];
        let header = header.as_ref().unwrap();
        let key = expand(&batch_key, "entity key", &leaf.entity);
        assert_eq!(header.commitment.as_bytes(), expand(&key, "entity key commitment", &()).expose());
        let (bytes_of_header, sealed) =
            (write.items[0].header.as_ref().unwrap(), write.items[0].sealed.as_ref().unwrap());
        let plaintext = aead::open(&expand(&key, "entity content", &()), bytes_of_header, sealed).unwrap();
        let content: RawContent = cbor::decode(&plaintext).unwrap();
        assert_eq!(leaf.content.as_ref().unwrap().plain, sha256(&[&*content.salt, &content.body]));
        let state = self.history.state(&leaf.entity).unwrap().clone();
        let json = json!({
            "bytes": hex(bytes),
            "author": claims.author,
            "fingerprint": hex(claims.fingerprint),
            "leaf_hash": hex(rev),
            "batch": { "id": hex(batch.id.as_bytes()), "batch_key": hex(batch_key.expose()), "wraps": wraps },
            "entity_key": hex(key.expose()),
            "plaintext": hex(&*plaintext),
            "body": String::from_utf8(content.body.to_vec()).unwrap(),
            "after": {
                "epoch": state.epoch,
                "key_sequence": state.key_sequence,
                "author": state.author.author,
                "sealed_by": state.sealed_by.as_ref().map(|chain| chain.author.clone()),
            },
        });
        (state, json)
    }
}

struct RawReturned {
    keys: Vec<RawReturnedKey>,
    entities: Vec<RawReturnedEntity>,
}

tidelock_crypto::cbor_map!(RawReturned { 0: keys, 1: entities });

struct RawReturnedKey {
    name: (u8, u32, u32),
    secret: SecretKey,
}

impl cbor::Decode for RawReturnedKey {
    fn decode(reader: &mut cbor::Reader<'_>) -> Self {
        use cbor::Decode;
        reader.array_of(2);
        let name: KeyName = Decode::decode(reader);
        Self { name: numbers(&name), secret: Decode::decode(reader) }
    }
}

impl Encode for RawReturnedKey {
    fn encode(&self, writer: &mut cbor::Writer) {
        writer.items(&[&self.name, &self.secret]);
    }
}

struct RawReturnedEntity {
    entity: Id,
    secret: SecretKey,
}

tidelock_crypto::cbor_array!(RawReturnedEntity [entity, secret]);

/// How the library and the formulas describe it: batches, recovery, and the safety number of the two people.
pub(crate) fn describe(setting: &Setting<'_>, before: &History, told: &Told) -> (Value, Value, Value) {
    let Setting { alice, dora, .. } = setting;
    let (later, identity_json) = identity_of(AGAIN, ALICE, &told.statement);
    assert_eq!(later.statement().body().predecessor, Some(alice.fingerprint()));
    let rotation = software::import_signing_key(&Scalars::of(ALICE).rotation).unwrap();
    let (succession, succession_json) = signed::<Succession>(&told.succession, &rotation);
    assert_eq!(alice.statement().body().rotation_commitment, Digest::of(&labelled("rotation key", rotation.public())));
    wait(Succession::open(&ENGINE, &told.succession, alice.statement(), later.statement())).unwrap();
    let mut successions = Successions::default();
    successions.add(&succession);
    assert!(successions.lead(&alice.fingerprint(), &later.fingerprint()));

    let mut log = setting.log.clone();
    log.add_owner(VaultOwner::from(later.statement()));
    let mut reading = Reading { setting, later: &later, log, history: before.clone(), keys: setting.keys.clone() };
    let mut entries: Vec<Value> = vec![reading.entry(&told.log[0])];
    let mut writes = Vec::new();
    let (first, json) = reading.write(&told.writes[0]);
    writes.push(json);
    entries.extend(told.log[1..4].iter().map(|bytes| reading.entry(bytes)));
    let (resealed, json) = reading.write(&told.writes[1]);
    writes.push(json);
    assert_eq!((first.author.author.as_str(), resealed.author.author.as_str()), (DORA, DORA));
    assert_eq!(resealed.sealed_by.as_ref().unwrap().author, ALICE);
    assert_eq!(first.plain, resealed.plain);
    entries.extend(told.log[4..ENTRIES_BEFORE].iter().map(|bytes| reading.entry(bytes)));

    // The wrap that was added opens what the others do.
    let entity = first_entity(&told.writes[1]);
    let batch = resealed.batch.unwrap();
    let wrap: Wrap = cbor::decode(&told.added).unwrap();
    reading.history.add_wraps(&batch, std::slice::from_ref(&wrap)).unwrap();
    let key3 = VaultKey::new(ALICE, data(3), reading.keys[&numbers(&data(3))].clone());
    let holder = Holder { vault_keys: std::slice::from_ref(&key3), own: &[] };
    let entity_key = wait(reading.history.key(&ENGINE, &entity, &holder)).unwrap();
    assert_eq!(Some(entity_key.commitment()), resealed.commitment);
    let batches = json!({
        "about": "The same vault, after everything above. A practitioner who may write and not read adds a sample, by the \
                  drop box. Then every key is exposed, and its owner seals it again, for each who is entitled; a wrap \
                  under the next key is added to that batch later.",
        "id": hex(entity.as_bytes()),
        "log": entries,
        "writes": writes,
        "added": { "batch": hex(batch.as_bytes()), "wrap": hex(&told.added) },
    });

    let old_log = reading.log.clone();
    let mut give_backs = Vec::new();
    for (place, bytes) in told.give_backs.iter().enumerate() {
        let (give_back, mut json) = signed::<GiveBack>(bytes, dora.signing());
        let body = give_back.body();
        let giver = (DORA, dora.fingerprint());
        let owner = (ALICE, later.fingerprint());
        let place = (place as u64 + 1, told.give_backs.len() as u64);
        let (number, head) = (old_log.number(), old_log.head());
        let info = labelled("give back", &(ALICE, alice.fingerprint(), giver, owner, number, head, place.0, place.1));
        let plaintext = open_hpke(&Scalars::of(AGAIN).agreement(), &info, &body.sealed);
        let returned: RawReturned = cbor::decode(&plaintext).unwrap();
        for RawReturnedKey { name, secret } in &returned.keys {
            assert_eq!(reading.keys[name].expose(), secret.expose());
        }
        for RawReturnedEntity { entity: id, secret } in &returned.entities {
            assert_eq!(*id, entity);
            let commitment = expand(secret, "entity key commitment", &());
            assert_eq!(resealed.commitment.unwrap().as_bytes(), commitment.expose());
        }
        let statement = dora.statement();
        let opened = wait(GiveBack::open(&ENGINE, bytes, statement, None, &old_log, &later)).unwrap();
        let versions: Vec<u32> = opened.vault_keys.iter().map(|key| key.name().version).collect();
        assert_eq!(versions, if place.0 == 1 { vec![3, 2, 1] } else { vec![] });
        json["info"] = json!(hex(info));
        json["plaintext"] = json!(hex(plaintext));
        give_backs.push(json);
    }

    let entries: Vec<Value> = told.log[ENTRIES_BEFORE..].iter().map(|bytes| reading.entry(bytes)).collect();
    let refuses = |reading: &Reading<'_>, bytes: &[u8], what: &str| {
        let write: Write = cbor::decode(bytes).unwrap();
        let author = Author { statement: alice.statement(), clinic: None };
        let refused = wait(reading.history.clone().accept(&ENGINE, &reading.log, author, &write)).unwrap_err();
        assert!(matches!(*refused, Error::Tampered { what: found } if found == what), "{refused}");
    };
    refuses(&reading, &told.late_write, "a write that a revocation does not let stand");
    let refused = wait(reading.log.clone().append(&ENGINE, &told.late_entry)).unwrap_err();
    assert_eq!(refused.code(), "tampered");
    let writes: Vec<Value> = told.writes[WRITES_BEFORE..].iter().map(|bytes| reading.write(bytes).1).collect();
    reading.history.check_complete(&reading.log).unwrap();
    let opened = wait(reading.log.open_as_owner(&ENGINE, later.agreement())).unwrap();
    let names: Vec<_> = opened.iter().map(|key| numbers(&key.name())).collect();
    assert_eq!(names, [(1, 1, 4), (1, 1, 3), (1, 1, 2), (1, 1, 1), (2, 2, 1), (3, 2, 1)]);
    let vault_keys: Vec<Value> = opened
        .iter()
        .map(|key| {
            let name = numbers(&key.name());
            json!({ "compartment": name.0, "epoch": name.1, "version": name.2, "key": hex(reading.keys[&name].expose()) })
        })
        .collect();
    let recovery = json!({
        "about": "The owner has lost everything and makes a new identity, which the one before accepts with the rotation \
                  key of its backup. Who has her record gives back what he has of it, and she goes on with her vault.",
        "identity": identity_json,
        "succession": succession_json,
        "give_backs": give_backs,
        "log": entries,
        "vault_keys": vault_keys,
        "writes": writes,
        "refused": {
            "write_by_the_identity_before": hex(&told.late_write),
            "entry_by_the_identity_before": hex(&told.late_entry),
        },
    });
    (batches, recovery, safety_number(alice, dora))
}

fn first_entity(write: &[u8]) -> Id {
    cbor::decode::<Write>(write).unwrap().parse().unwrap().revisions[0].leaf.entity
}

fn safety_number(alice: &Identity, dora: &Identity) -> Value {
    let half = |identity: &Identity| {
        let hashed = Digest::of(&labelled("safety number", &(PLATFORM, identity.owner(), identity.fingerprint())));
        let group = |bytes: &[u8]| {
            let number = bytes.iter().fold(0_u64, |number, byte| number * 256 + u64::from(*byte));
            format!("{:05}", number % 100_000)
        };
        hashed.as_bytes()[..30].chunks(5).map(group).collect::<Vec<_>>().join(" ")
    };
    let (first, then) = if alice.owner() < dora.owner() { (alice, dora) } else { (dora, alice) };
    let digits = [half(first), half(then)].join(" ");
    let parties = [first, then].map(|identity| (identity.owner(), identity.fingerprint()));
    let bytes = labelled("safety number", &(PLATFORM, parties.as_slice()));
    let (fingerprint, other) = (alice.fingerprint(), dora.fingerprint());
    let number = SafetyNumber::new(PLATFORM, (ALICE, &fingerprint), (DORA, &other));
    assert_eq!(number.digits(), digits);
    assert_eq!(unhex_base64url(number.code().strip_prefix("tidelock:").unwrap()), bytes);
    json!({
        "about": "Of the owner, under her first identity, and the practitioner.",
        "parties": parties.map(|(owner, fingerprint)| json!({ "owner": owner, "fingerprint": hex(fingerprint) })),
        "halves": [half(first), half(then)],
        "digits": digits,
        "code": number.code(),
    })
}

fn unhex_base64url(text: &str) -> Vec<u8> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::decode_vec(text).unwrap()
}
