//! Administrators of the platform: made by a command beside the database, they read ciphertext, write nothing, and leave a trace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::process::{Command, Output};

use axum::http::Method;
use common::people::drafts;
use common::world::{Who, World, ask, audited, everything, list, wanted};
use common::{Answer, Folder, Platform};
use tidelock::wire::{AddedWraps, Bundle, LogEntries, WritePage};
use tidelock_crypto::cbor;

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let program = std::env::var_os("CARGO_BIN_EXE_tidelock-server").expect("Cargo names the program");
    let mut command = Command::new(program);
    command.env_clear().env("TIDELOCK_DATA", folder.path()).args(arguments).output().unwrap()
}

fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_command_makes_them_while_the_server_runs() {
    let platform = Platform::new().await;
    let ann = platform.person("ann").await;
    let zoe = platform.person("zoe").await;
    let folder = &platform.folder;
    let [for_ann, for_zoe] = [&ann, &zoe].map(|person| format!("{} {}\n", person.id, person.email));
    assert_eq!(printed(folder, &["administrator", "list"]), "");
    assert_eq!(printed(folder, &["administrator", "add", "zoe@example.org"]), for_zoe);
    assert_eq!(printed(folder, &["administrator", "add", "ANN@example.org"]), for_ann);
    assert_eq!(printed(folder, &["administrator", "add", "ann@example.org"]), for_ann);
    assert_eq!(printed(folder, &["administrator", "list"]), for_ann.clone() + &for_zoe);
    assert_eq!(printed(folder, &["administrator", "remove", "ann@example.org"]), for_ann);
    assert_eq!(printed(folder, &["administrator", "list"]), for_zoe);
    let nobody = run(folder, &["administrator", "add", "nobody@example.org"]);
    assert_eq!((nobody.status.code(), nobody.stdout.len()), (Some(1), 0));
    for wrong in [&["administrator"][..], &["administrator", "add"], &["administrators", "list"], &["--help"]] {
        assert_eq!(run(folder, wrong).status.code(), Some(2), "{wrong:?}");
    }
    let grants = ["administrator.add granted"; 3];
    assert_eq!(audited(&platform, "administrator.").await, [&grants[..], &["administrator.remove revoked"]].concat());
}

async fn listed(world: &World, who: Who, vault: &str) -> Answer {
    list(&world.platform, &world.owner(who).person.token, &everything(Some(vault))).await
}

#[tokio::test]
async fn they_read_ciphertext_and_write_nothing() {
    let world = World::shared().await;
    let other = world.compose(Who::Jill, drafts(1)).await;
    world.send(Who::Jill, &other).await.expect(200);
    let token = world.dave.person.token.clone();
    let (vault, folder) = (world.jill.vault().to_owned(), &world.platform.folder);
    listed(&world, Who::Dave, &vault).await.expect(404);
    assert!(world.get(Who::Dave).await.entities.is_empty());

    printed(folder, &["administrator", "add", "dave@example.org"]);
    let bundle: Bundle = cbor::decode(&listed(&world, Who::Dave, &vault).await.expect(200).body).unwrap();
    assert_eq!(bundle.entities.len(), 2);
    assert!(bundle.entities.iter().all(|entity| entity.sealed.is_some() && entity.wrap.is_none()));
    assert_eq!(world.get(Who::Dave).await.entities.len(), 1);
    let writes = world.platform.get(&world.jill.path("writes"), &token).await.expect(200);
    assert_eq!(cbor::decode::<WritePage>(&writes.body).unwrap().writes.len(), 2);
    let log = world.platform.get(&world.jill.path("log"), &token).await.expect(200);
    assert_eq!(cbor::decode::<LogEntries>(&log.body).unwrap().entries.len() as u64, world.jill.log.number());
    // Each of it is noted, as what it is.
    let mut noted = vec!["vault.read administrator"; 3];
    noted.push("vault.read_log administrator");
    assert_eq!(audited(&world.platform, "vault.read").await, noted);
    // With what he has he opens nothing.
    assert!(world.reads(Who::Dave).await.unwrap_err().contains("no key"));
    // What is his own, he reads as its owner.
    listed(&world, Who::Dave, world.dave.vault()).await.expect(200);
    world.platform.get(&world.dave.path("writes"), &token).await.expect(200);
    assert_eq!(audited(&world.platform, "vault.read").await.len(), 5);

    let write = world.compose(Who::Dave, drafts(1)).await;
    world.send(Who::Dave, &write).await.expect(404);
    let wraps = cbor::encode(&AddedWraps { batches: Vec::new() });
    world.platform.raw(Method::POST, &world.jill.path("wraps"), Some(&token), wraps).await.expect(404);
    let entries = cbor::encode(&LogEntries { entries: Vec::new(), unwrapped: cbor::Flag(false) });
    world.platform.raw(Method::POST, &world.jill.path("log"), Some(&token), entries).await.expect(404);
    world.platform.get(&format!("/v1/tidelock/identities/{vault}/backup"), &token).await.expect(404);
    world.platform.get(&format!("/auth/user/{vault}"), &token).await.expect(401);

    // No longer.
    printed(folder, &["administrator", "remove", "dave@example.org"]);
    listed(&world, Who::Dave, &vault).await.expect(404);
    world.platform.get(&world.jill.path("writes"), &token).await.expect(404);
    let ids = [world.entity];
    assert!(ask(&world.platform, &token, &wanted(&ids)).await.entities.is_empty());
}
