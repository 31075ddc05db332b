//! Whose pages may act in the name of somebody who is signed in.

use axum::{
    extract::Request,
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::Refusal;

/// Refuses requests that change something and come from a page of another origin: a browser adds the session to them, whoever wrote the page.
///
/// `SameSite` is not enough, because another port of the same host is the same site. Tidewire's own routes look at this themselves.
pub async fn own_pages_alone(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && is_foreign(request.headers()) {
        return Refusal::denied("this address takes requests from its own pages alone").into_response();
    }
    next.run(request).await
}

/// Programs that are no browsers send no origin; nobody lures those.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let own = || {
        let origin = origin.to_str().ok()?.parse::<Uri>().ok()?;
        let host = headers.get(header::HOST)?.to_str().ok()?;
        Some(origin.authority()?.as_str().eq_ignore_ascii_case(host))
    };
    !own().unwrap_or(false)
}
