//! The platform server of Tidelock.
//!
//! It stores ciphertext, enforces permissions and relays invitations; it can refuse access, but it can never read. Tidepool's
//! routes are answered in Tidepool's way, ours under `/v1/tidelock/` in deterministic CBOR. Signatures and authority are
//! checked on the way in, although no client relies on that.

pub mod administrators;
pub mod authority;
pub mod clock;
pub mod config;
pub mod error;
pub mod events;
mod http;
pub mod letters;
mod limiter;
pub mod mail;
mod password;
pub mod permissions;
mod random;
mod state;
pub mod storage;
mod vaults;

pub use clock::Clock;
pub use config::{Api, Config, PasswordCost, Rate, Rates};
pub use error::StartError;
pub use state::App;

/// The whole server as one service: opens the database in the configured folder, brings it up to date, and answers.
///
/// # Errors
/// [`StartError`] when the database cannot be opened or the configuration makes no sense.
pub async fn router(config: Config) -> Result<axum::Router, StartError> {
    Ok(service(App::open(config).await?))
}

/// The service over an open platform.
pub fn service(app: App) -> axum::Router {
    http::router(app)
}
