//! A platform in a temporary folder, and requests to it as they would come over HTTP.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod people;
pub mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use base64ct::{Base64, Encoding as _};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tidelock_server::{Clock, Config, PasswordCost};
use tower::ServiceExt as _;

pub const TOKEN: &str = "x-tidepool-session-token";
pub const ORIGIN: &str = "https://platform.example";
pub const PASSWORD: &str = "correct horse battery";
/// 2026-11-22T00:00:00Z.
pub const BEGIN: i64 = 1_795_305_600_000;
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that goes when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tidelock-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Platform {
    pub folder: Folder,
    pub router: Router,
    now: Arc<AtomicI64>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn token(&self) -> String {
        self.headers.get(TOKEN).unwrap().to_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// What has moved on, of a conflict.
    pub fn conflict(&self) -> tidelock::wire::Conflict {
        tidelock_crypto::cbor::decode::<tidelock::wire::Problem>(&self.body).unwrap().conflict.unwrap()
    }

    /// The code of a CBOR problem.
    pub fn problem(&self) -> String {
        tidelock_crypto::cbor::decode::<tidelock::wire::Problem>(&self.body).unwrap().code
    }
}

pub struct Person {
    pub id: String,
    pub email: String,
    pub token: String,
}

impl Platform {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::in_folder(Folder::new(), change).await
    }

    pub async fn in_folder(folder: Folder, change: impl FnOnce(&mut Config)) -> Self {
        let now = Arc::new(AtomicI64::new(BEGIN));
        let clock = now.clone();
        let mut config = Config::new(folder.path());
        config.public_url = ORIGIN.to_owned();
        config.password_cost = PasswordCost::CHEAP;
        config.clock = Clock::new(move || clock.load(Ordering::Relaxed));
        change(&mut config);
        let router = tidelock_server::router(config).await.unwrap();
        Self { folder, router, now }
    }

    pub fn wait(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::Relaxed);
    }

    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn raw(&self, method: Method, path: &str, token: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(TOKEN, token);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.raw(Method::GET, path, Some(token), Vec::new()).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.raw(Method::DELETE, path, Some(token), Vec::new()).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.raw(Method::POST, path, Some(token), body.to_string().into_bytes()).await
    }

    pub async fn put(&self, path: &str, token: &str, body: Value) -> Answer {
        self.raw(Method::PUT, path, Some(token), body.to_string().into_bytes()).await
    }

    pub async fn create(&self, body: Value) -> Answer {
        self.raw(Method::POST, "/auth/user", None, body.to_string().into_bytes()).await
    }

    pub async fn person(&self, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let answer =
            self.create(json!({ "username": email, "emails": [email], "password": PASSWORD })).await.expect(201);
        Person { id: answer.json()["userid"].as_str().unwrap().to_owned(), email, token: answer.token() }
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let credentials = Base64::encode_string(format!("{email}:{password}").as_bytes());
        let request = Request::post("/auth/login").header("authorization", format!("Basic {credentials}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A clinic of that person's: its id and its code.
    pub async fn clinic(&self, admin: &Person, name: &str) -> (String, String) {
        let answer = self.post("/v1/clinics", &admin.token, json!({ "name": name })).await.expect(200).json();
        (answer["id"].as_str().unwrap().to_owned(), answer["shareCode"].as_str().unwrap().to_owned())
    }

    /// Invites the clinic with that code; answers the key.
    pub async fn invite(&self, patient: &Person, code: &str, permissions: Value) -> String {
        let path = format!("/confirm/send/invite/{}/clinic", patient.id);
        let body = json!({ "shareCode": code, "permissions": permissions });
        self.post(&path, &patient.token, body).await.expect(200).json()["key"].as_str().unwrap().to_owned()
    }

    /// Every mail written so far, the oldest first.
    pub fn mails(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.folder.path().join("mail")) else { return Vec::new() };
        let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// The last mail to an address with that in it, without line breaks.
    pub fn mail_to(&self, email: &str, part: &str) -> String {
        let mut mails = self.mails().into_iter().map(|mail| mail.replace("=\r\n", ""));
        mails.rfind(|mail| mail.contains(&format!("To: {email}")) && mail.contains(part)).unwrap()
    }

    /// Follows the link that was sent to confirm an address.
    pub async fn verify(&self, email: &str) -> Answer {
        let mail = self.mail_to(email, "/verify/");
        let key = mail.split("/verify/").nth(1).unwrap().split_whitespace().next().unwrap();
        self.raw(Method::PUT, &format!("/confirm/accept/signup/{key}"), None, Vec::new()).await
    }

    /// A person whose address is confirmed.
    pub async fn verified_person(&self, name: &str) -> Person {
        let person = self.person(name).await;
        self.verify(&person.email).await.expect(200);
        person
    }

    /// Action and outcome of every event in the audit log, in order.
    pub async fn audit(&self) -> Vec<(String, String)> {
        use sqlx::Row as _;
        let database = tidelock_server::storage::Database::open(&self.database()).await.unwrap();
        let mut transaction = database.read().await.unwrap();
        sqlx::query("SELECT action, outcome FROM audit ORDER BY at, id")
            .fetch_all(&mut *transaction)
            .await
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect()
    }

    /// Lets a vault go on counting its writes from there.
    pub async fn count_writes(&self, vault: &str, cursor: u64) {
        let database = tidelock_server::storage::Database::open(&self.database()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        sqlx::query("UPDATE vaults SET cursor = $2 WHERE vault = $1")
            .bind(vault)
            .bind(i64::try_from(cursor).unwrap())
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    pub fn database(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("tidelock.sqlite").display())
    }
}
