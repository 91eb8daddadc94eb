//! Tidepool's statuses, row by row: `statuses.json`. Each row is asked of a platform of its own, in the state that it names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::Method;
use common::{DAY, Platform};
use serde_json::{Value, json};
use tidelock_server::storage::Database;
use tidelock_server::storage::clinics::{self, Member};
use tokio::task::JoinSet;

/// Platforms at the same time: they wait for the disk more than they compute.
const TOGETHER: usize = 8;

/// A platform in one of the states, its people's sessions, and what the rows name.
struct Scene {
    platform: Platform,
    tokens: BTreeMap<&'static str, String>,
    names: BTreeMap<&'static str, String>,
}

impl Scene {
    async fn new(state: &str) -> Self {
        let platform = Platform::with(|config| config.session_lifetime = Duration::from_secs(30 * 24 * 3600)).await;
        let (mut tokens, mut names) = (BTreeMap::new(), BTreeMap::new());
        for name in ["patient", "admin", "member", "stranger"] {
            let person = platform.person(name).await;
            tokens.insert(name, person.token);
            names.insert(name, person.id);
        }
        tokens.insert("forged", "forged".to_owned());
        let clinic = platform.post("/v1/clinics", &tokens["admin"], json!({ "name": "Seastar" })).await.json();
        names.insert("clinic", clinic["id"].as_str().unwrap().to_owned());
        names.insert("code", clinic["shareCode"].as_str().unwrap().to_owned());
        let database = Database::open(&platform.database()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        let member = Member {
            clinic: names["clinic"].clone(),
            account: names["member"].clone(),
            roles: vec![clinics::MEMBER.to_owned()],
            created: platform.now(),
            updated: platform.now(),
        };
        clinics::insert_member(&mut transaction, &member).await.unwrap();
        transaction.commit().await.unwrap();
        let mut scene = Self { platform, tokens, names };
        scene.enter(state).await;
        scene
    }

    /// Brings the patient and the clinic where the state has them.
    async fn enter(&mut self, state: &str) {
        if state == "nothing" {
            return;
        }
        let body = json!({ "shareCode": "{code}", "permissions": { "view": {}, "note": {}, "upload": {} } });
        let sent = self.call("patient", "POST /confirm/send/invite/{patient}/clinic", Some(&body)).await;
        self.names.insert("key", sent.json()["key"].as_str().unwrap().to_owned());
        let invitation = "/v1/clinics/{clinic}/invites/patients/{key}";
        let steps: &[(&str, String, u16)] = match state {
            "pending" | "expired" => &[],
            "declined" => &[("admin", format!("DELETE {invitation}"), 200)],
            "canceled" => &[("patient", format!("DELETE {invitation}"), 200)],
            "patient" => &[("admin", format!("PUT {invitation}"), 200)],
            "removed" => &[
                ("admin", format!("PUT {invitation}"), 200),
                ("patient", "DELETE /v1/clinics/{clinic}/patients/{patient}".to_owned(), 204),
            ],
            other => panic!("{other}: there is no such state"),
        };
        for (who, call, status) in steps {
            self.call(who, call, None).await.expect(*status);
        }
        if state == "expired" {
            self.platform.wait(7 * DAY);
        }
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    async fn call(&self, who: &str, call: &str, body: Option<&Value>) -> common::Answer {
        self.text(who, call, &body.map(Value::to_string).unwrap_or_default()).await
    }

    async fn text(&self, who: &str, call: &str, body: &str) -> common::Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let token = self.tokens.get(who).map(String::as_str);
        self.platform.raw(method, &self.fill(path), token, self.fill(body).into_bytes()).await
    }
}

/// Whether everything that a row names is so in an answer. Lists are as long as they are named, permissions all that is named.
fn has(answer: &Value, part: &Value, whole: bool) -> bool {
    match (answer, part) {
        (Value::Object(answer), Value::Object(part)) => {
            (!whole || answer.len() == part.len())
                && part.iter().all(|(name, part)| {
                    answer.get(name).is_some_and(|answer| has(answer, part, name == "context" || name == "permissions"))
                })
        }
        (Value::Array(answer), Value::Array(part)) => {
            answer.len() == part.len() && answer.iter().zip(part).all(|(answer, part)| has(answer, part, false))
        }
        (answer, part) => answer == part,
    }
}

/// In what a row is not as it has to be.
async fn problem(row: &Value) -> Option<String> {
    let text = |member: &str| row[member].as_str();
    let scene = Scene::new(text("when").unwrap()).await;
    let body = row.get("body").map(Value::to_string);
    let body = text("text").or(body.as_deref()).unwrap_or_default();
    let answer = scene.text(text("who").unwrap(), text("call").unwrap(), body).await;
    let status = row["status"].as_u64().unwrap();
    if u64::from(answer.status.as_u16()) != status {
        return Some(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    let good = match (text("reason"), text("message"), row.get("is")) {
        (Some(reason), None, None) => answer.json() == json!({ "code": status, "reason": reason }),
        (None, Some(message), None) => answer.json() == json!({ "message": message }),
        (None, None, Some(part)) => {
            let part: Value = serde_json::from_str(&scene.fill(&part.to_string())).unwrap();
            // The permissions that are left are the whole answer.
            has(&answer.json(), &part, text("call").unwrap().ends_with("/permissions"))
        }
        _ => row["empty"] == json!(true) && answer.body.is_empty(),
    };
    (!good).then(|| String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test]
async fn every_row() {
    let table: Value = serde_json::from_str(include_str!("statuses.json")).unwrap();
    let rows = table["rows"].as_array().unwrap();
    let (mut asked, mut problems) = (JoinSet::new(), Vec::new());
    for row in rows.clone() {
        if asked.len() == TOGETHER {
            problems.extend(asked.join_next().await.unwrap().unwrap());
        }
        asked.spawn(async move { problem(&row).await.map(|problem| format!("{row}\n  {problem}")) });
    }
    problems.extend(asked.join_all().await.into_iter().flatten());
    assert!(problems.is_empty(), "{} rows:\n{}", problems.len(), problems.join("\n"));
    let named: BTreeSet<_> = rows.iter().map(|row| row["row"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 11, "A0 to A10");
}
