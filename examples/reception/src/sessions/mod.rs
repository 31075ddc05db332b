//! Who is signed in: a name that nobody else here has, and a cookie that proves it.

mod book;
mod name;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use tidewire::WireCode;

use self::book::Book;
use crate::{Refusal, own_pages_alone};

/// Room for the longest name, however it is escaped, and for a key.
const BODY_LIMIT: usize = 2 * 1024;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// What they are called, and who they are: two visitors never have the same name.
    pub name: String,
    /// Whether they gave the key of the host when they came.
    pub is_host: bool,
}

/// A key that nobody guesses.
pub fn key() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The visitors of one service. Clones are the same book.
#[derive(Clone, Debug)]
pub struct Sessions {
    cookie: &'static str,
    host_key: Option<Arc<str>>,
    book: Arc<Mutex<Book>>,
}

impl Sessions {
    /// Nobody yet. The cookie's name is the service's own, because cookies do not know ports.
    pub fn new(cookie: &'static str) -> Self {
        Self { cookie, host_key: None, book: Arc::default() }
    }

    /// Who signs in with this key is a host.
    #[must_use]
    pub fn host_key(self, key: impl Into<Arc<str>>) -> Self {
        Self { host_key: Some(key.into()), ..self }
    }

    /// Who sent a request with these headers.
    pub fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        self.ids(headers).find_map(|id| self.book().visitor(id, Instant::now()))
    }

    /// As [`visitor`](Self::visitor), for those who must be signed in.
    ///
    /// # Errors
    ///
    /// [`Refusal::unauthenticated`] if they are not.
    pub fn known(&self, headers: &HeaderMap) -> Result<Visitor, Refusal> {
        self.visitor(headers).ok_or_else(Refusal::unauthenticated)
    }

    /// `GET` says who one is, `POST` signs in under a name or changes it, `DELETE` signs out.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/session", get(who).post(sign_in).delete(sign_out))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn(own_pages_alone))
            .method_not_allowed_fallback(async || Refusal::method_not_allowed())
            .with_state(self.clone())
    }

    fn ids<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let cookie = self.cookie;
        let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        pairs.filter_map(move |pair| pair.trim().strip_prefix(cookie)?.strip_prefix('='))
    }

    fn is_host(&self, key: Option<&str>) -> Result<bool, Refusal> {
        match (key, &self.host_key) {
            (None, _) => Ok(false),
            (Some(given), Some(key)) if is_equal(given.as_bytes(), key.as_bytes()) => Ok(true),
            (Some(_), _) => Err(Refusal::denied("this is not the key of the host")),
        }
    }

    /// Not readable by scripts, and not sent along by pages of other sites.
    fn set_cookie(&self, id: &str, seconds: u64) -> HeaderValue {
        let text = format!("{}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}", self.cookie);
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    key: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    name: Option<String>,
    host: bool,
}

async fn who(State(sessions): State<Sessions>, headers: HeaderMap) -> Response {
    let visitor = sessions.visitor(&headers);
    let host = visitor.as_ref().is_some_and(|visitor| visitor.is_host);
    let answer = Answer { name: visitor.map(|visitor| visitor.name), host };
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

async fn sign_in(
    State(sessions): State<Sessions>,
    headers: HeaderMap,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(SignIn { name, key }) = body?;
    let wish = name::tidy(&name).ok_or_else(|| Refusal::invalid(format!("a name has 1 to {} characters", name::LONGEST)))?;
    let is_host = sessions.is_host(key.as_deref())?;
    let now = Instant::now();
    let mut book = sessions.book();
    let before = sessions.ids(&headers).find_map(|id| Some((id, book.visitor(id, now)?)));
    if let Some((_, visitor)) = &before
        && visitor.name == wish
        && visitor.is_host >= is_host
    {
        return Ok(Json(Answer { name: Some(wish), host: visitor.is_host }).into_response());
    }
    let is_host = is_host || before.as_ref().is_some_and(|(_, visitor)| visitor.is_host);
    let Some((id, name)) = book.add(&wish, is_host, now) else {
        return Err(Refusal::new(WireCode::Overloaded, "there are too many people here; come back in a while"));
    };
    if let Some((id, _)) = before {
        book.retire(id);
    }
    drop(book);
    let cookie = sessions.set_cookie(&id, book::KEPT.as_secs());
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(Answer { name: Some(name), host: is_host })).into_response())
}

async fn sign_out(State(sessions): State<Sessions>, headers: HeaderMap) -> Response {
    for id in sessions.ids(&headers) {
        sessions.book().retire(id);
    }
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions.set_cookie("", 0))]).into_response()
}

/// Takes as long for a key that is wrong at its end as for one that is wrong at its beginning.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other)) == 0
}
