//! A load generator for the platform server, and the same statements on the bare database. `npm run bench` runs it.
//!
//! `tidelock-bench-server requests URL` makes the requests that are measured, each once, for the server to log its statements.
//! `tidelock-bench-server measure URL DATABASE STATEMENTS` measures the server at that address and a copy of its database, in turns,
//! and prints the results as JSON. STATEMENTS is a file: `{"write": […], "read": […]}`, the statements of either request.

mod bare;
mod connection;
mod owner;
mod requests;
mod statement;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use tidelock::wire::{MAXIMUM_ITEMS, WritePage, Written};
use tidelock_crypto::cbor;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::bare::Request;
use crate::connection::Connection;
use crate::owner::Owner;
use crate::statement::Statement;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How many clients there are at once, each with a connection and an account of its own.
const CLIENTS: usize = 8;
/// How many readings are in one write.
const READINGS: usize = 100;
/// How many bytes of JSON a reading has.
const READING_BYTES: usize = 300;
/// How many writes each client makes in a round.
const WRITES: usize = 20;
/// How many pages each client reads in a round.
const PAGES: usize = 5;
/// How many rounds are measured, after one that is not.
const ROUNDS: usize = 5;
/// How many writes each vault has when it is read: the first page is full, and there are more.
const STORED: usize = WRITES * (ROUNDS + 1);

/// The statements of either request, in order.
#[derive(Deserialize)]
struct Logged {
    write: Vec<String>,
    read: Vec<String>,
}

/// What one of the two requests was measured to take.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    /// How many readings are in a request.
    readings: usize,
    /// How many bytes its body or its answer has.
    bytes: usize,
    /// How many statements it takes.
    statements: usize,
    /// How many a second the server answers.
    server: f64,
    /// How often a second the same statements are made on the bare database.
    bare: f64,
    /// Server by bare database: the median of the rounds.
    ratio: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    clients: usize,
    reading_bytes: usize,
    write: Measured,
    read: Measured,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["requests", url] => {
            let mut client = Client::new(url).await?;
            for _ in 0..STORED {
                client.write().await?;
            }
            // The first time the server may have to open a connection.
            for _ in 0..2 {
                client.read(0).await?;
            }
        }
        ["measure", url, database, statements] => {
            let results = measure(url, Path::new(database), &std::fs::read_to_string(statements)?).await?;
            println!("{}", serde_json::to_string(&results)?);
        }
        _ => return Err("usage: tidelock-bench-server requests URL | measure URL DATABASE STATEMENTS".into()),
    }
    Ok(())
}

/// Somebody who writes into her own vault and reads it.
struct Client {
    connection: Connection,
    owner: Owner,
}

impl Client {
    async fn new(url: &str) -> Result<Self> {
        let origin = url.trim_end_matches('/');
        let mut connection = Connection::open(origin).await?;
        let owner = Owner::sign_up(&mut connection, origin).await?;
        Ok(Self { connection, owner })
    }

    async fn write(&mut self) -> Result<i64> {
        let body = self.owner.write(READINGS, READING_BYTES).await?;
        self.send(body).await
    }

    /// Answers the place of a write.
    async fn send(&mut self, body: Bytes) -> Result<i64> {
        let answer = self.connection.send(Method::POST, &self.owner.path(), body).await?;
        Ok(i64::try_from(cbor::decode::<Written>(&answer)?.cursor)?)
    }

    /// A page of the own record, as the package asks for it.
    async fn read(&mut self, after: i64) -> Result<Bytes> {
        let path = format!("{}?after={after}&limit={MAXIMUM_ITEMS}", self.owner.path());
        self.connection.send(Method::GET, &path, Bytes::new()).await
    }
}

async fn measure(url: &str, database: &Path, statements: &str) -> Result<Results> {
    let logged: Logged = serde_json::from_str(statements)?;
    let (write, read) = (parsed(&logged.write)?, parsed(&logged.read)?);
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(Client::new(url).await?);
    }
    let copy = database.with_file_name("bare.sqlite");
    bare::copy(database, &copy).await?;
    let (clients, write) = measure_writes(clients, database, &copy, &write).await?;
    let read = measure_reads(clients, database, &copy, &read).await?;
    Ok(Results { clients: CLIENTS, reading_bytes: READING_BYTES, write, read })
}

fn parsed(texts: &[String]) -> Result<Vec<Arc<Statement>>> {
    texts.iter().map(|text| Statement::parse(text).map(Arc::new)).collect()
}

/// Every round, all clients write through the server, and then the same rows go into the bare database.
async fn measure_writes(
    mut clients: Vec<Client>,
    database: &Path,
    copy: &Path,
    statements: &[Arc<Statement>],
) -> Result<(Vec<Client>, Measured)> {
    let mut rounds = Vec::new();
    let mut bytes = 0;
    for _ in 0..=ROUNDS {
        let mut bodies = Vec::new();
        for client in &mut clients {
            let mut own = Vec::new();
            for _ in 0..WRITES {
                own.push(client.owner.write(READINGS, READING_BYTES).await?);
            }
            bytes = own.first().map_or(0, Bytes::len);
            bodies.push(own);
        }
        let (server, done) = at_once(clients.into_iter().zip(bodies).collect(), |(mut client, bodies)| async move {
            let mut cursors = Vec::new();
            for body in bodies {
                cursors.push(client.send(body).await?);
            }
            Ok((client, cursors))
        })
        .await?;
        let (mut requests, mut back) = (Vec::new(), Vec::new());
        let mut connection = bare::connect(database).await?;
        for (client, cursors) in done {
            requests.push(requests::writes(&mut connection, statements, client.owner.id(), &cursors).await?);
            back.push(client);
        }
        drop(connection);
        clients = back;
        rounds.push((server, bare::run(copy, requests, true).await?));
    }
    Ok((clients, Measured::of(READINGS, bytes, statements.len(), CLIENTS * WRITES, rounds)))
}

/// Every round, all clients read the first page of their records through the server, and then on the bare database.
async fn measure_reads(
    mut clients: Vec<Client>,
    database: &Path,
    copy: &Path,
    statements: &[Arc<Statement>],
) -> Result<Measured> {
    let (mut bytes, mut writes) = (0, 0);
    let mut requests: Vec<Vec<Request>> = Vec::new();
    let mut connection = bare::connect(database).await?;
    for client in &mut clients {
        let page = client.read(0).await?;
        (bytes, writes) = (page.len(), cbor::decode::<WritePage>(&page)?.writes.len());
        let limit = i64::try_from(MAXIMUM_ITEMS)? + 1;
        let request = requests::page(&mut connection, statements, client.owner.id(), 0, writes, limit).await?;
        requests.push(vec![request; PAGES]);
    }
    drop(connection);
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let (server, back) = at_once(clients, |mut client| async move {
            for _ in 0..PAGES {
                client.read(0).await?;
            }
            Ok(client)
        })
        .await?;
        clients = back;
        rounds.push((server, bare::run(copy, requests.clone(), false).await?));
    }
    Ok(Measured::of(READINGS * writes, bytes, statements.len(), CLIENTS * PAGES, rounds))
}

impl Measured {
    /// From the times of the server and of the bare database in each round, with so many requests; the first round was to warm up.
    fn of(
        readings: usize,
        bytes: usize,
        statements: usize,
        requests: usize,
        rounds: Vec<(Duration, Duration)>,
    ) -> Self {
        let per_second = |time: Duration| requests as f64 / time.as_secs_f64();
        let median_of = |of: &dyn Fn(&(Duration, Duration)) -> f64| median(rounds.iter().skip(1).map(of).collect());
        let server = median_of(&|(server, _)| per_second(*server));
        let bare = median_of(&|(_, bare)| per_second(*bare));
        let ratio = median_of(&|(server, bare)| bare.as_secs_f64() / server.as_secs_f64());
        Self { readings, bytes, statements, server, bare, ratio }
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Does something with several things at once. Answers how long that took all of them together, and what came of it, in order.
async fn at_once<T, R, F>(things: Vec<T>, work: impl Fn(T) -> F + Clone + Send + 'static) -> Result<(Duration, Vec<R>)>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R>> + Send,
{
    let ready = Arc::new(Barrier::new(things.len() + 1));
    let mut tasks = JoinSet::new();
    for (place, thing) in things.into_iter().enumerate() {
        let (ready, work) = (ready.clone(), work.clone());
        tasks.spawn(async move {
            ready.wait().await;
            work(thing).await.map(|done| (place, done)).map_err(|error| error.to_string())
        });
    }
    ready.wait().await;
    let begin = Instant::now();
    let mut done = Vec::new();
    while let Some(one) = tasks.join_next().await {
        done.push(one??);
    }
    let time = begin.elapsed();
    done.sort_by_key(|(place, _)| *place);
    Ok((time, done.into_iter().map(|(_, one)| one).collect()))
}
