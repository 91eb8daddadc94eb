//! One connection to the platform over HTTP/1.1, kept alive.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Result;

/// A connection, and the session that requests on it belong to.
pub(crate) struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    token: String,
}

impl Connection {
    /// Connects to `http://HOST`.
    pub(crate) async fn open(origin: &str) -> Result<Self> {
        let host = origin.strip_prefix("http://").ok_or("the platform's address begins with http://")?.to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { host, sender, token: String::new() })
    }

    /// Sends a request and reads the whole answer, which has to be a success. A session that it begins is kept.
    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header(tidelock::wire::SESSION_TOKEN, &self.token)
            .body(Full::new(body))?;
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if head.status != StatusCode::OK && head.status != StatusCode::CREATED {
            return Err(format!("{path}: {} {}", head.status, String::from_utf8_lossy(&body)).into());
        }
        if let Some(token) = head.headers.get(tidelock::wire::SESSION_TOKEN) {
            self.token = token.to_str()?.to_owned();
        }
        Ok(body)
    }
}
