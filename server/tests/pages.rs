//! The web application's files, the headers around everything, and who may call from elsewhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Method, Request};
use common::{Folder, Platform};

async fn with_pages() -> Platform {
    let folder = Folder::new();
    let web = folder.path().join("web");
    std::fs::create_dir_all(web.join("assets")).unwrap();
    std::fs::write(web.join("index.html"), "<!doctype html><title>Tidelock</title>").unwrap();
    std::fs::write(web.join("assets/app-1234.js"), "let x;").unwrap();
    std::fs::write(web.join("assets/tidelock-1234.wasm"), b"\0asm").unwrap();
    Platform::in_folder(folder, |config| config.web = Some(web)).await
}

async fn get(platform: &Platform, path: &str) -> common::Answer {
    platform.raw(Method::GET, path, None, Vec::new()).await
}

#[tokio::test]
async fn every_address_that_is_no_file_is_the_page() {
    let platform = with_pages().await;
    for path in ["/", "/index.html", "/invitations/0123/abcd", "/patients"] {
        let answer = get(&platform, path).await.expect(200);
        assert!(answer.body.starts_with(b"<!doctype html>"), "{path}");
        assert_eq!(answer.headers["cache-control"], "no-cache", "{path}");
    }
    let script = get(&platform, "/assets/app-1234.js").await.expect(200);
    assert_eq!(script.headers["cache-control"], "public, max-age=31536000, immutable");
    let wasm = get(&platform, "/assets/tidelock-1234.wasm").await.expect(200);
    assert_eq!(wasm.headers["content-type"], "application/wasm");
    get(&platform, "/assets/gone-0000.js").await.expect(404);
    for path in ["/v1/nothing", "/auth/nothing", "/confirm/nothing", "/v1/tidelock/nothing"] {
        let answer = get(&platform, path).await.expect(404);
        assert!(!answer.body.starts_with(b"<"), "{path}");
    }
    for path in ["/../tidelock.sqlite", "/%2e%2e/tidelock.sqlite", "/assets/..%2f..%2ftidelock.sqlite"] {
        assert!(!get(&platform, path).await.body.starts_with(b"SQLite"), "{path}");
    }
}

#[tokio::test]
async fn security_headers_are_on_every_answer() {
    let platform = with_pages().await;
    for path in ["/", "/assets/app-1234.js", "/auth/user", "/v1/tidelock/nothing", "/health/live"] {
        let answer = get(&platform, path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
    }
    assert_eq!(get(&platform, "/auth/user").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn health() {
    let platform = Platform::new().await;
    get(&platform, "/health/live").await.expect(200);
    get(&platform, "/health/ready").await.expect(200);
}

#[tokio::test]
async fn other_origins_are_let_in_by_name() {
    let platform = Platform::with(|config| config.origins = vec!["https://app.example".to_owned()]).await;
    let ask = |origin: &'static str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/auth/login")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-tidepool-session-token,content-type")
            .body(Body::empty())
            .unwrap()
    };
    let answer = platform.send(ask("https://app.example")).await.expect(200);
    assert_eq!(answer.headers["access-control-allow-origin"], "https://app.example");
    let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("x-tidepool-session-token"));
    assert_eq!(platform.send(ask("https://evil.example")).await.headers.get("access-control-allow-origin"), None);
    let request = Request::get("/auth/user").header("origin", "https://app.example").body(Body::empty()).unwrap();
    let exposed = platform.send(request).await;
    assert!(exposed.headers["access-control-expose-headers"].to_str().unwrap().contains("x-tidepool-session-token"));
}
