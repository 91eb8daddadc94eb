//! The binary itself: how it starts, how it ends, and what it keeps when it is killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use common::{Folder, PASSWORD};
use serde_json::{Value, json};

/// The program, as Cargo built it for these tests.
fn program() -> std::ffi::OsString {
    std::env::var_os("CARGO_BIN_EXE_tidelock-server").expect("Cargo names the program")
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Folder) -> Self {
        let mut child = Command::new(program())
            .env_clear()
            .env("PORT", "0")
            .env("TIDELOCK_DATA", folder.path())
            .env("TIDELOCK_WEB", folder.path().join("no pages"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("ready: http://").unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:") && !address.ends_with(":0"), "{address}");
        Self { child, address }
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> (u16, String) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nx-tidepool-session-token: {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer[9..12].parse().unwrap(), answer)
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_answered_survives_a_kill() {
    let folder = Folder::new();
    let mut server = Server::start(&folder);
    let new = json!({ "username": "jill@example.org", "password": PASSWORD });
    let (status, answer) = server.post("/auth/user", "", &new);
    assert_eq!(status, 201, "{answer}");
    let token = answer.lines().find_map(|line| line.strip_prefix("x-tidepool-session-token: ")).unwrap().to_owned();
    let (status, _) = server.post("/v1/clinics", &token, &json!({ "name": "Seastar" }));
    assert_eq!(status, 200);
    server.signal("KILL");
    assert!(!server.child.wait().unwrap().success());

    let server = Server::start(&folder);
    let (status, _) = server.post("/auth/user", "", &new);
    assert_eq!(status, 409);
    let (status, answer) = server.post("/v1/clinics", &token, &json!({ "name": "Moon" }));
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn it_ends_when_told_to_whoever_listens() {
    let folder = Folder::new();
    let mut server = Server::start(&folder);
    let (status, answer) =
        server.post("/auth/user", "", &json!({ "username": "jill@example.org", "password": PASSWORD }));
    assert_eq!(status, 201, "{answer}");
    let token = answer.lines().find_map(|line| line.strip_prefix("x-tidepool-session-token: ")).unwrap();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let address = &server.address;
    write!(stream, "GET /v1/tidelock/events HTTP/1.1\r\nhost: {address}\r\nx-tidepool-session-token: {token}\r\n\r\n")
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "event: ready"));
    server.signal("TERM");
    assert!(server.child.wait().unwrap().success());
    assert!(lines.all(|line| !line.starts_with("event:")));
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    for (variable, value) in
        [("PORT", "many"), ("TIDELOCK_PUBLIC_URL", "platform.example"), ("TIDELOCK_ORIGINS", "https://a.example/path")]
    {
        let folder = Folder::new();
        let output = Command::new(program())
            .env_clear()
            .env("PORT", "0")
            .env("TIDELOCK_DATA", folder.path())
            .env(variable, value)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(variable), "{variable}");
    }
}
