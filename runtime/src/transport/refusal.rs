//! Answers that say no.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tidewire_schema::wire::{Retry, WireCode};

use crate::{
    observe,
    session::{ErrorBody, milliseconds},
};

/// A request that is refused: a JSON body with a code, never cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: WireCode,
    body: ErrorBody,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ErrorBody,
}

impl Refusal {
    pub(crate) fn new(code: WireCode, message: impl Into<String>) -> Self {
        Self { code, body: ErrorBody::new(code, message) }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// Says how long to wait before another try.
    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.body.retry_after = Some(milliseconds(wait));
        self
    }

    /// How long to wait before another try.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.body.retry_after.map(Duration::from_millis)
    }

    pub(crate) fn into_body(self) -> ErrorBody {
        self.note();
        self.body
    }

    pub(crate) fn code(&self) -> WireCode {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.body.message
    }

    /// Leaves a trace of it.
    pub(crate) fn note(&self) {
        observe::refused(self.code);
        tracing::debug!(code = self.code.name(), "refused");
    }

    /// Whether the client should come back.
    pub(crate) fn is_passing(&self) -> bool {
        self.code.retry() != Retry::Never
    }
}

/// Why a request does not get what it asked for.
#[derive(Debug)]
pub(crate) enum Rejection {
    Refused(Refusal),
    /// The service answered in its own way.
    Answered(Box<Response>),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Answered(response) => *response,
        }
    }
}

/// The beginning of a text from outside, quoted and escaped, for messages and logs.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.note();
        let body = serde_json::to_vec(&Envelope { error: &self.body }).expect("text and numbers always serialize");
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.body.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        response
    }
}
