//! Health: for whoever keeps the server running.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::state::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready))
}

/// The process answers.
async fn live() -> StatusCode {
    StatusCode::OK
}

/// The database answers, too.
async fn ready(State(app): State<App>) -> StatusCode {
    let Ok(mut transaction) = app.read().await else { return StatusCode::SERVICE_UNAVAILABLE };
    match sqlx::query("SELECT 1 FROM accounts WHERE id = ''").fetch_optional(&mut *transaction).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
