//! A page and what it loads, from inside the binary.
//!
//! A debug build reads the files when they are asked for, so that a change to the page needs no more than a reload.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use crate::Refusal;

/// The page runs its own modules and nothing else, whatever somebody writes in a message.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Parts;

/// `index.html` of the folder at `/`, everything in it under `/assets/`.
pub fn pages<Web: RustEmbed>() -> Router {
    Router::new()
        .route("/", get(async |headers: HeaderMap| asset::<Web>("index.html", &headers)))
        .route("/assets/{*path}", get(async |Path(path): Path<String>, headers: HeaderMap| asset::<Web>(&path, &headers)))
}

/// The modules and styles that the pages of all examples use, under `/reception/`.
pub fn parts() -> Router {
    Router::new().route("/reception/{*path}", get(async |Path(path): Path<String>, headers: HeaderMap| asset::<Parts>(&path, &headers)))
}

fn asset<Web: RustEmbed>(path: &str, asked: &HeaderMap) -> Result<Response, Refusal> {
    let file = Web::get(path).ok_or_else(Refusal::not_found)?;
    let tag = tag(&file.metadata.sha256_hash());
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        // The browser asks every time, and is mostly told to keep what it has: a module must never meet another build's.
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, &tag),
        (header::CONTENT_TYPE, content_type(path)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok(if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, file.data).into_response() })
}

fn tag(hash: &[u8]) -> String {
    let digits: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}
