//! What a request gets that is not done: the same JSON as from the routes of `/realtime`, with the codes of `PROTOCOL.md`.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tidewire::PublishError;

#[derive(Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
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

impl Refusal {
    fn new(status: StatusCode, code: u16, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, error: Problem { code, name, message: message.into(), issues: Vec::new() } }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, 4011, "not_found", "there is nothing at this address")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, 4012, "method_not_allowed", "this address takes POST requests")
    }

    /// A request that axum could not make sense of.
    fn unreadable(status: StatusCode, message: String) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, 4010, "too_large", message),
            StatusCode::UNPROCESSABLE_ENTITY => Self::new(status, 4008, "invalid_payload", message),
            _ => Self::new(status, 4000, "bad_request", message),
        }
    }
}

impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let message = error.to_string();
        match error {
            PublishError::Channel(_) => Self::new(StatusCode::BAD_REQUEST, 4006, "invalid_channel", message),
            PublishError::Invalid { issues, .. } => {
                let mut refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, 4008, "invalid_payload", message);
                refusal.error.issues = issues.iter().map(ToString::to_string).collect();
                refusal
            }
            PublishError::TooLarge { .. } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, 4010, "too_large", message),
            PublishError::Broker(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, 4101, "broker_unavailable", message),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, 4100, "internal", message),
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
        (self.status, Json(self)).into_response()
    }
}
