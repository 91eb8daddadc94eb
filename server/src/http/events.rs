//! `/v1/tidelock/events`: what changes, as it changes (server-sent events, WHATWG HTML §9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Map, Value};
use tokio::time::{Interval, MissedTickBehavior};

use super::extract::Session;
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events::Ear;
use crate::state::App;
use crate::storage::{events, sessions};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/tidelock/events", get(listen))
}

/// How long a connection is silent: long enough to cost nothing, short enough for whatever stands between to keep it open.
const SILENCE: Duration = Duration::from_secs(20);

async fn listen(State(app): State<App>, session: Session, headers: HeaderMap) -> Result<Response, Failure> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut transaction = app.read().await?;
    let resource = Resource::of(&session.account);
    authority::require(&mut transaction, &session.account, Action::ListenToEvents, resource).await?;
    drop(transaction);
    // Listening begins before it is looked what there is: nothing falls between.
    let ear = app.listeners().listen(&session.account)?;
    let newest = events::newest(&mut *app.read().await?, &session.account).await?;
    let mut waiting = VecDeque::new();
    let sent = match header("last-event-id").map(|last| last.parse::<i64>()) {
        // The first event has the number from which a client goes on that loses the connection before it gets another.
        None => {
            waiting.push_back(bare("ready", newest));
            newest
        }
        Some(Ok(last)) if (newest - events::KEPT..=newest).contains(&last) => {
            waiting.push_back(Event::default().comment(""));
            last
        }
        Some(_) => {
            waiting.push_back(bare("missed", newest));
            newest
        }
    };
    let mut silence = tokio::time::interval(SILENCE);
    silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
    silence.reset();
    let token = header(tidelock::wire::SESSION_TOKEN).unwrap_or_default();
    let mut listener = Listener { app, ear, token, sent, waiting, silence };
    if !listener.catch_up().await {
        return Err(Failure::Internal);
    }
    let stream = futures_util::stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    // Proxies that collect answers before they pass them on are told not to.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    Ok((unbuffered, Sse::new(stream)).into_response())
}

/// An event that is about nothing in particular.
fn bare(kind: &str, number: i64) -> Event {
    Event::default().event(kind).id(number.to_string()).data("{}")
}

struct Listener {
    app: App,
    ear: Ear,
    token: String,
    /// The number of the last event that is sent or waits to be.
    sent: i64,
    waiting: VecDeque<Event>,
    silence: Interval,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                going_on = self.ear.woken() => if !going_on { return None },
                _ = self.silence.tick() => self.waiting.push_back(Event::default().comment("")),
            }
            if !self.catch_up().await {
                return None;
            }
        }
    }

    /// Reads what there is to tell. `false`: the session has ended, or the database fails; the client comes back if it can.
    async fn catch_up(&mut self) -> bool {
        self.read().await.unwrap_or_default()
    }

    async fn read(&mut self) -> Result<bool, Failure> {
        let mut transaction = self.app.read().await?;
        let account = sessions::find(&mut transaction, &self.token, self.app.now()).await?;
        if account.as_deref() != Some(self.ear.account()) {
            return Ok(false);
        }
        for event in events::after(&mut transaction, self.ear.account(), self.sent).await? {
            self.sent = event.number;
            let mut about = Map::new();
            for (name, id) in [("dataOwnerId", event.owner), ("clinicId", event.clinic)] {
                if !id.is_empty() {
                    about.insert(name.to_owned(), id.into());
                }
            }
            let about = Value::from(about).to_string();
            self.waiting.push_back(Event::default().event(event.kind).id(event.number.to_string()).data(about));
        }
        Ok(true)
    }
}
