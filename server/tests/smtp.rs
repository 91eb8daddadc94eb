//! Mail by a mail server: a small one, which is told what a real one would be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::time::Duration;

use common::Platform;
use serde_json::json;
use tidelock_server::mail::{SmtpUrl, parse_sender};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Takes one mail; answers who sent it, to whom, and its text.
async fn take(stream: TcpStream) -> (String, String, String) {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to, mut text) = (String::new(), String::new(), String::new());
    stream.write_all(b"220 mail.example.org\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return (from, to, text);
        }
        let line = line.trim_end();
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.unwrap();
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                stream.write_all(b"250 taken\r\n").await.unwrap();
                return (from, to, text);
            }
            "MAIL" => {
                from = line.to_owned();
                b"250 ok\r\n"
            }
            "RCPT" => {
                to = line.to_owned();
                b"250 ok\r\n"
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await.unwrap();
    }
}

async fn at(listener: &TcpListener) -> Platform {
    let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port())).unwrap();
    Platform::with(|config| {
        config.smtp = Some(url);
        config.mail_from = Some(parse_sender("Seastar <post@seastar.example>").unwrap());
    })
    .await
}

#[tokio::test]
async fn a_mail_server_gets_what_the_folder_would() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = at(&listener).await;
    let (jill, admin) = (platform.person("jill").await, platform.person("admin").await);
    let (clinic, code) = platform.clinic(&admin, "Seastar").await;
    let key = platform.invite(&jill, &code, json!({ "view": {} })).await;
    // Before it come those by which both confirm their addresses.
    let (from, to, text) = loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (from, to, text) = take(stream).await;
        if !text.replace("=\r\n", "").contains("/verify/") {
            break (from, to, text);
        }
    };
    assert!(from.contains("<post@seastar.example>"), "{from}");
    assert!(to.contains("<admin@example.org>"), "{to}");
    let text = text.replace("=\r\n", "");
    assert!(text.contains(&format!("/invitations/{clinic}/{key}")), "{text}");
    for word in ["jill", &jill.id, &code] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    assert_eq!(platform.mails().len(), 0);
}

#[tokio::test]
async fn what_a_mail_server_does_not_take_is_left_in_the_folder() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let platform = at(&listener).await;
    drop(listener);
    let (jill, admin) = (platform.person("jill").await, platform.person("admin").await);
    let (_, code) = platform.clinic(&admin, "Seastar").await;
    // The request succeeds, whatever becomes of the mail.
    platform.invite(&jill, &code, json!({ "view": {} })).await;
    let left = async {
        let is_told = |mail: &String| {
            mail.contains("To: admin@example.org") && mail.replace("=\r\n", "").contains("/invitations/")
        };
        while !platform.mails().iter().any(is_told) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), left).await.unwrap();
}
