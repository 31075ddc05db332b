//! What a request gets that is not done: the same JSON as from the routes of `/realtime`, with the codes of `PROTOCOL.md`.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tidewire::{PublishError, WireCode};

/// An answer that says why not.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: WireCode,
    message: String,
    issues: Vec<String>,
}

impl Refusal {
    /// With the status that belongs to the code.
    pub fn new(code: WireCode, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, code, message: message.into(), issues: Vec::new() }
    }

    /// Nothing is at this address.
    pub fn not_found() -> Self {
        Self::new(WireCode::NotFound, "there is nothing at this address")
    }

    /// Something is, and it wants another method.
    pub fn method_not_allowed() -> Self {
        Self::new(WireCode::MethodNotAllowed, "this address takes POST requests")
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(WireCode::Unauthenticated, "sign in first")
    }

    /// Whoever is signed in may not do it.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(WireCode::Denied, message)
    }

    /// A value that cannot be taken.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(WireCode::InvalidPayload, message)
    }

    /// A request that axum could not make sense of keeps the status that axum gave it.
    fn unreadable(status: StatusCode, message: String) -> Self {
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => WireCode::TooLarge,
            StatusCode::UNPROCESSABLE_ENTITY => WireCode::InvalidPayload,
            _ => WireCode::BadRequest,
        };
        Self { status, ..Self::new(code, message) }
    }
}

impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let refusal = Self::new(error.code(), error.to_string());
        match error {
            PublishError::Invalid { issues, .. } => Self { issues: issues.iter().map(ToString::to_string).collect(), ..refusal },
            _ => refusal,
        }
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::unreadable(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::unreadable(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: Problem,
        }

        #[derive(Serialize)]
        struct Problem {
            code: u16,
            name: &'static str,
            message: String,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            issues: Vec<String>,
        }

        let Self { status, code, message, issues } = self;
        let error = Problem { code: code.number(), name: code.name(), message, issues };
        (status, Json(Body { error })).into_response()
    }
}
