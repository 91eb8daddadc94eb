//! A platform in a temporary folder, and clients of it whose network and storage the tests can reach into.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http;
use http_body_util::BodyExt;
use tidelock::client::{
    Actor, ClinicCard, Control, IdentityKeys, Method, NewAccount, NewClinic, NewRecord, Opened, Platform, Request,
    Response, Session, Store, Transport, TransportError,
};
use tidelock::keys::{Clinic, DataOwnerKind, IdentityStatement, MemberEnvelope};
use tidelock::records::{Author, EntityKey, EntityState, Evidence, Holder, Known, Manifest, ProvenManifest};
use tidelock::sharing::{Delegate, Permissions, VaultLog};
use tidelock::signed::Unverified;
use tidelock::wire::{Bundle, ClinicKeys, EntitiesRequest, LogEntries, Wanted, WritePage};
use tidelock::{Error, Id, Result};
use tidelock_crypto::{Digest, Engine, cbor};
use tidelock_server::{Clock, Config, PasswordCost};
use tower::ServiceExt;

use crate::turns::Turns;

pub(crate) const ENGINE: &Engine = &Engine::Software;
pub(crate) const ORIGIN: &str = "https://platform.test";
pub(crate) const PASSWORD: &str = "correct-horse-battery";
pub(crate) const ALL: Permissions = Permissions { view: true, upload: true, note: true };
const START: i64 = 1_780_000_000_000;

/// One platform.
#[derive(Clone)]
pub(crate) struct World {
    router: axum::Router,
    pub(crate) folder: PathBuf,
    clock: Arc<AtomicI64>,
    _owned: Arc<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let owned = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(START));
        let folder = owned.path().to_path_buf();
        let router = tidelock_server::router(config(&folder, &clock)).await.unwrap();
        Self { router, folder, clock, _owned: Arc::new(owned) }
    }

    /// The same platform after its process was ended at once: nothing is kept but the folder.
    pub(crate) async fn restarted(&self) -> Self {
        let router = tidelock_server::router(config(&self.folder, &self.clock)).await.unwrap();
        Self { router, ..self.clone() }
    }

    pub(crate) fn advance(&self, days: i64) {
        self.advance_minutes(days * 24 * 60);
    }

    pub(crate) fn advance_minutes(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60 * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn network(&self) -> Network {
        let (tampering, severed, requests, turns) = (Rc::default(), Rc::default(), Rc::default(), Rc::default());
        Network { world: self.clone(), tampering, severed, requests, turns }
    }
}

fn config(folder: &std::path::Path, clock: &Arc<AtomicI64>) -> Config {
    let clock = clock.clone();
    let mut config = Config::new(folder);
    config.public_url = ORIGIN.to_owned();
    config.password_cost = PasswordCost::CHEAP;
    config.clock = Clock::new(move || clock.load(Ordering::SeqCst));
    config
}

/// What a test does to an answer on its way: the platform's lies.
pub(crate) type Tampering = Rc<dyn Fn(&Request, &mut Response)>;

/// Where requests wait for their turn, and as whose.
type Queue = (Rc<Turns>, usize);

/// A network between one client and the platform.
#[derive(Clone)]
pub(crate) struct Network {
    world: World,
    tampering: Rc<RefCell<Option<Tampering>>>,
    /// A part of the paths of requests that never arrive.
    severed: Rc<RefCell<Option<&'static str>>>,
    /// Method and path of every request, with the size of its body.
    pub(crate) requests: Rc<RefCell<Vec<(String, usize)>>>,
    /// Where requests have to wait.
    turns: Rc<RefCell<Option<Queue>>>,
}

impl Network {
    /// From now on, requests wait for their turn.
    pub(crate) fn take_turns(&self, turns: &Rc<Turns>, who: usize) {
        *self.turns.borrow_mut() = Some((turns.clone(), who));
    }

    /// From now on, requests are sent when they are made.
    pub(crate) fn take_no_turns(&self) {
        *self.turns.borrow_mut() = None;
    }

    pub(crate) fn tamper(&self, tampering: impl Fn(&Request, &mut Response) + 'static) {
        *self.tampering.borrow_mut() = Some(Rc::new(tampering));
    }

    /// From now on, requests that write and whose path has that part never arrive.
    pub(crate) fn sever(&self, part: &'static str) {
        *self.severed.borrow_mut() = Some(part);
    }

    pub(crate) fn honest(&self) {
        *self.tampering.borrow_mut() = None;
        *self.severed.borrow_mut() = None;
    }

    pub(crate) async fn raw(&self, request: &Request) -> Response {
        let mut built = http::Request::builder().method(request.method.as_str()).uri(&request.path);
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let body = request.body.clone().map_or_else(Body::empty, Body::from);
        let answer = self.world.router.clone().oneshot(built.body(body).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let body = answer.into_body().collect().await.unwrap().to_bytes().to_vec();
        Response { status, headers, body }
    }
}

/// The status by which a tampering says that the answer is lost on the way.
pub(crate) const LOST: u16 = 0;

impl Transport for Network {
    async fn send(&self, request: &Request, _: &Control) -> std::result::Result<Response, TransportError> {
        let size = request.body.as_ref().map_or(0, Vec::len);
        self.requests.borrow_mut().push((format!("{} {}", request.method.as_str(), request.path), size));
        let severed = *self.severed.borrow();
        if request.body.is_some() && severed.is_some_and(|part| request.path.contains(part)) {
            return Err(TransportError::Unreachable("the line is dead".to_owned()));
        }
        let turns = self.turns.borrow().clone();
        let mut response = match turns {
            Some((turns, who)) => turns.take(who, self.raw(request)).await,
            None => self.raw(request).await,
        };
        let tampering = self.tampering.borrow().clone();
        if let Some(tampering) = tampering {
            tampering(request, &mut response);
        }
        if response.status == LOST {
            return Err(TransportError::Unreachable("the answer was lost".to_owned()));
        }
        Ok(response)
    }

    async fn wait(&self, _: u32) {}

    fn now(&self) -> u64 {
        self.world.clock.load(Ordering::SeqCst) as u64
    }
}

/// What a device keeps.
#[derive(Clone, Default)]
pub(crate) struct Device {
    pub(crate) values: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    keys: Rc<RefCell<BTreeMap<String, IdentityKeys>>>,
}

impl Device {
    /// The same device as it is now, whatever happens to it later.
    pub(crate) fn copy(&self) -> Self {
        Self {
            values: Rc::new(RefCell::new(self.values.borrow().clone())),
            keys: Rc::new(RefCell::new(self.keys.borrow().clone())),
        }
    }
}

impl Store for Device {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.values.borrow().get(name).cloned())
    }

    async fn put(&self, name: &str, value: &[u8]) -> Result<()> {
        self.values.borrow_mut().insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.values.borrow_mut().remove(name);
        Ok(())
    }

    async fn keys(&self, owner: &str) -> Result<Option<IdentityKeys>> {
        Ok(self.keys.borrow().get(owner).cloned())
    }

    async fn put_keys(&self, owner: &str, keys: &IdentityKeys) -> Result<()> {
        self.keys.borrow_mut().insert(owner.to_owned(), keys.clone());
        Ok(())
    }
}

/// A person at a device.
pub(crate) struct Person {
    pub(crate) session: Session<Network, Device>,
    pub(crate) network: Network,
    pub(crate) device: Device,
    pub(crate) email: String,
}

pub(crate) fn control() -> Control {
    Control::default()
}

impl Person {
    pub(crate) async fn sign_up(world: &World, name: &str, kind: DataOwnerKind) -> Self {
        Self::try_sign_up(world.network(), Device::default(), name, kind).await.unwrap()
    }

    pub(crate) async fn try_sign_up(network: Network, device: Device, name: &str, kind: DataOwnerKind) -> Result<Self> {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let new = NewAccount {
            email: email.clone(),
            password: PASSWORD.to_owned(),
            kind,
            full_name: name.to_owned(),
            birth_date: Some("1984-08-24".to_owned()),
        };
        let platform = Platform::new(network.clone(), ORIGIN)?;
        let session = Session::sign_up(platform, device.clone(), Engine::Software, &new, &control()).await?;
        Ok(Self { session, network, device, email })
    }

    pub(crate) async fn patient(world: &World, name: &str) -> Self {
        Self::sign_up(world, name, DataOwnerKind::Patient).await
    }

    pub(crate) async fn practitioner(world: &World, name: &str) -> Self {
        Self::sign_up(world, name, DataOwnerKind::Practitioner).await
    }

    /// Signs in at a device, as after closing the browser.
    pub(crate) async fn sign_in(world: &World, email: &str, device: &Device) -> Result<Self> {
        Self::sign_in_over(world.network(), email, device).await
    }

    pub(crate) async fn sign_in_over(network: Network, email: &str, device: &Device) -> Result<Self> {
        let platform = Platform::new(network.clone(), ORIGIN)?;
        let opened = Session::sign_in(platform, device.clone(), Engine::Software, email, PASSWORD, &control()).await?;
        match opened {
            Opened::Ready(session) => {
                Ok(Self { session: *session, network, device: device.clone(), email: email.to_owned() })
            }
            Opened::RecoveryNeeded(_) => Err(Error::RecoveryNeeded.into()),
        }
    }

    pub(crate) async fn again(&self, world: &World) -> Self {
        Self::sign_in(world, &self.email, &self.device).await.unwrap()
    }

    /// Follows the link that was sent to the person's address.
    pub(crate) async fn verify(&self, world: &World) {
        let mails = std::fs::read_dir(world.folder.join("mail")).unwrap();
        let mails = mails.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap().replace("=\r\n", ""));
        let own = mails.filter(|mail| mail.contains(&format!("To: {}", self.email)));
        let key = own.filter_map(|mail| mail.split("/verify/").nth(1).map(str::to_owned)).next().unwrap();
        let key = key.split_whitespace().next().unwrap();
        self.session.verify_email(key, &control()).await.unwrap();
    }

    pub(crate) fn id(&self) -> &str {
        &self.session.account().id
    }

    pub(crate) async fn import(&self, values: &[&str]) -> Result<(u64, u64)> {
        let imported =
            self.session.write_records(None, Actor::Person, "DataSample", records(values), &control()).await?;
        Ok((imported.created, imported.already_there))
    }

    pub(crate) async fn own_values(&self) -> Result<Vec<String>> {
        values(self.session.read_records(None, Actor::Person, "DataSample", &control()).await?)
    }

    pub(crate) async fn values_of(&self, patient: &str, clinic: &str) -> Result<Vec<String>> {
        values(self.session.read_records(Some(patient), Actor::Clinic(clinic), "DataSample", &control()).await?)
    }

    /// Founds a clinic and gives its id and share code.
    pub(crate) async fn clinic(&self, name: &str) -> (String, String) {
        let new = NewClinic { name: name.to_owned(), ..NewClinic::default() };
        let clinic = self.session.create_clinic(&new, &control()).await.unwrap();
        let code = self.session.share_code(&clinic.id, &control()).await.unwrap();
        (clinic.id, code.code)
    }

    pub(crate) async fn look_up(&self, code: &str) -> Result<ClinicCard> {
        self.session.look_up(code, &control()).await
    }

    pub(crate) async fn invite(&self, code: &str) -> Result<()> {
        let card = self.look_up(code).await?;
        self.session.invite_clinic(&card, ALL, &control()).await
    }

    pub(crate) async fn accept_all(&self, clinic: &str) -> Result<usize> {
        let pending = self.session.list_invitations(clinic, &control()).await?;
        for invitation in &pending {
            self.session.accept_invitation(clinic, &invitation.key, &control()).await?;
        }
        Ok(pending.len())
    }
}

pub(crate) fn records(values: &[&str]) -> Vec<NewRecord> {
    let record = |value: &&str| NewRecord {
        source: Some(format!("meter {value}")),
        body: format!("{{\"comment\":\"{value}\"}}").into_bytes(),
    };
    values.iter().map(record).collect()
}

/// The comments in some records, in alphabetical order.
pub(crate) fn values(records: Vec<tidelock::client::ReadRecord>) -> Result<Vec<String>> {
    let value = |record: tidelock::client::ReadRecord| -> String {
        let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap();
        body["comment"].as_str().unwrap().to_owned()
    };
    let mut values: Vec<String> = records.into_iter().map(value).collect();
    values.sort();
    Ok(values)
}

/// A patient who shares with a clinic, with three readings.
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) alice: Person,
    pub(crate) doctor: Person,
    pub(crate) clinic: String,
    pub(crate) code: String,
}

impl Shared {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let alice = Person::patient(&world, "Alice Appleseed").await;
        let doctor = Person::practitioner(&world, "Dora Doctor").await;
        let (clinic, code) = doctor.clinic("Harbour Clinic").await;
        alice.import(&["one", "three", "two"]).await.unwrap();
        alice.invite(&code).await.unwrap();
        assert_eq!(doctor.accept_all(&clinic).await.unwrap(), 1);
        Self { world, alice, doctor, clinic, code }
    }

    pub(crate) async fn doctor_reads(&self) -> Result<Vec<String>> {
        self.doctor.values_of(self.alice.id(), &self.clinic).await
    }
}

/// The code of an error that has to be there.
pub(crate) fn code<A: std::fmt::Debug>(outcome: Result<A>) -> &'static str {
    match outcome {
        Err(error) => error.code(),
        Ok(value) => panic!("an error was expected, not {value:?}"),
    }
}

/// A request that reads, in the session of that token.
pub(crate) fn get(path: &str, token: &str) -> Request {
    let headers = vec![(tidelock::wire::SESSION_TOKEN, token.to_owned())];
    Request { method: Method::Get, path: path.to_owned(), headers, body: None }
}

/// Sends CBOR to one of our routes, in the session of somebody.
pub(crate) async fn post(person: &Person, path: &str, body: &impl cbor::Encode) -> Response {
    let token = person.session.platform().token().unwrap();
    let headers =
        vec![(tidelock::wire::SESSION_TOKEN, token), ("content-type", tidelock::wire::CONTENT_TYPE.to_owned())];
    let path = [tidelock::wire::PREFIX, path].concat();
    person.network.raw(&Request { method: Method::Post, path, headers, body: Some(cbor::encode(body)) }).await
}

/// A vault's log as the platform serves it to that reader.
pub(crate) async fn log_of(reader: &Person, owner: &Person) -> VaultLog {
    let token = reader.session.platform().token().unwrap();
    let path = format!("/v1/tidelock/vaults/{}/log?after=0", owner.id());
    let served: LogEntries = cbor::decode(&reader.network.raw(&get(&path, &token)).await.body).unwrap();
    let mut log = VaultLog::new(owner.session.identity().statement().clone());
    for entry in &served.entries {
        log.append(ENGINE, entry).await.unwrap();
    }
    log
}

/// The writes of a vault as the platform serves them to that reader.
pub(crate) async fn writes_of(reader: &Person, vault: &str) -> WritePage {
    let token = reader.session.platform().token().unwrap();
    let path = format!("/v1/tidelock/vaults/{vault}/writes?after=0");
    cbor::decode(&reader.network.raw(&get(&path, &token)).await.body).unwrap()
}

/// A clinic as the platform publishes it, with the envelopes of that member.
pub(crate) async fn clinic_keys(member: &Person, clinic: &str) -> (Clinic, Vec<MemberEnvelope>) {
    let token = member.session.platform().token().unwrap();
    let served = member.network.raw(&get(&format!("/v1/tidelock/clinics/{clinic}/keys"), &token)).await;
    let keys: ClinicKeys = cbor::decode(&served.body).unwrap();
    let opened = Clinic::open(ENGINE, &keys.bundle, clinic, ORIGIN).await.unwrap();
    (opened, keys.envelopes)
}

/// An entity as the platform serves it to that reader, and the key that he opens it with.
pub(crate) async fn opened_by(reader: &Person, owner: &Person, id: Id) -> (EntityState, EntityKey) {
    let identity = reader.session.identity();
    let own = [(Delegate::from(identity.statement()), identity.agreement().clone())];
    let log = log_of(owner, owner).await;
    let vault_keys = log.open_as_delegate(ENGINE, &own[0].0, &own[0].1).await.unwrap_or_default();
    let bundle = bundle_of(reader, id).await;
    let mut manifests = Vec::new();
    for served in &bundle.manifests {
        let author = Unverified::<Manifest>::decode(&served.manifest).unwrap().claims().author.clone();
        let statements = bundle.identities.iter().find(|identity| identity.owner == author).unwrap();
        let bytes = statements.statements.statements.last().unwrap();
        let statement = IdentityStatement::open(ENGINE, bytes, &author, ORIGIN).await.unwrap();
        let author = Author { statement: &statement, clinic: None };
        manifests.push(ProvenManifest::verify(ENGINE, &log, author, served).await.unwrap());
    }
    let same = |before: &Digest, now: &Digest| before == now;
    let entity = &bundle.entities[0];
    let evidence = Evidence::verify(entity, &manifests, &log, Known::default(), reader.id(), &same).unwrap();
    let key = evidence.key(ENGINE, &Holder { vault_keys: &vault_keys, own: &own }).await.unwrap();
    (evidence.state, key)
}

/// An entity with all that belongs to it, as the platform serves it to that reader who knows nothing yet.
pub(crate) async fn bundle_of(reader: &Person, id: Id) -> Bundle {
    let wanted = vec![Wanted { entity: id, vault: None, known: None }];
    let request = EntitiesRequest { wanted, known: Vec::new(), identities: Vec::new(), clinic: None };
    cbor::decode(&post(reader, "/entities", &request).await.body).unwrap()
}
