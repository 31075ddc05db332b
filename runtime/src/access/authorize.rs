//! Asking the service who somebody is.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    future::poll_fn,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, Uri, header};
use tidewire_schema::wire::WireCode;

use super::Grant;
use crate::{broker::BoxFuture, contract::Registry, error::Cause, transport::Refusal};

/// A request that somebody wants to be let in by: what [`RealtimeBuilder::authorize`](crate::RealtimeBuilder::authorize) decides about.
///
/// It comes from outside. The channels are what it asks for, unchecked; whether there are such channels is checked apart from this.
#[derive(Clone)]
pub struct ConnectRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) peer: Option<IpAddr>,
    pub(crate) channels: Vec<String>,
}

impl ConnectRequest {
    /// The same request with a newer token. All else that a hook may go by, such as the address, is that of the connection.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        let mut newer = self.clone();
        if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {token}")) {
            value.set_sensitive(true);
            newer.headers.insert(header::AUTHORIZATION, value);
        }
        newer
    }

    /// GET, HEAD, or POST for `POST /send`.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path within the mount point, such as `/events`, and the query.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Cookies, tokens and everything else.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The address at the other end of the connection, which may be a proxy's; known under [`serve`](crate::serve) and wherever the request has axum's
    /// `ConnectInfo`.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// The names of the channels in its URL. A connection may ask for more later, and `POST /send` names none here.
    pub fn channels(&self) -> &[String] {
        &self.channels
    }
}

/// Headers and query may hold secrets.
impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .field("peer", &self.peer)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

/// Why somebody is not let in, or may not do something: the refusal of `authorize` and of a [`Middleware`](crate::Middleware). The client gets the code and the
/// message, never the cause.
#[derive(Clone, Debug)]
pub struct Denied {
    code: WireCode,
    message: Cow<'static, str>,
    cause: Option<Cause>,
}

impl Denied {
    /// Nobody is signed in: code 4001 (`unauthenticated`), status 401. The client gives up.
    pub fn unauthenticated() -> Self {
        Self { code: WireCode::Unauthenticated, message: "sign in first".into(), cause: None }
    }

    /// This user may not do it: code 4002 (`denied`), status 403. The client gives up.
    pub fn forbidden() -> Self {
        Self { code: WireCode::Denied, message: "you may not do this".into(), cause: None }
    }

    /// It could not be found out, for example because a database is away: code 4100 (`internal`), status 500. The client tries again later. The cause goes
    /// to the log alone.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: WireCode::Internal, message: "the service could not decide about this".into(), cause: Some(Arc::from(cause.into())) }
    }

    /// Says it in other words, which the client sees.
    #[must_use]
    pub fn message(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// What a client is told. The cause goes to the log.
    pub(crate) fn into_refusal(self) -> Refusal {
        if let Some(cause) = self.source() {
            tracing::error!(%cause, "a decision of the service failed");
        }
        Refusal::new(self.code, self.message)
    }

    /// The code on the wire.
    pub const fn code(&self) -> WireCode {
        self.code
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Denied {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn Error + 'static))
    }
}

type Deciding = BoxFuture<'static, Result<Grant, Denied>>;

/// The function of the service.
#[derive(Clone)]
pub(crate) struct Authorize(Arc<dyn Fn(ConnectRequest) -> Deciding + Send + Sync>);

impl Authorize {
    pub(crate) fn new<F, D>(decide: F) -> Self
    where
        F: Fn(ConnectRequest) -> D + Send + Sync + 'static,
        D: Future<Output = Result<Grant, Denied>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(decide(request))))
    }

    /// Asks it, for so long at most. Whatever goes wrong in it is a refusal that says nothing of the reason.
    pub(super) async fn ask(&self, request: ConnectRequest, patience: Duration, registry: &Registry) -> Result<Grant, Refusal> {
        let failed = || Refusal::new(WireCode::Internal, "it could not be decided who you are");
        let Ok(mut deciding) = catch_unwind(AssertUnwindSafe(|| (self.0)(request))) else {
            tracing::error!("`authorize` panicked");
            return Err(failed());
        };
        // A panic ends this request alone, also under servers that do not catch it. The future is not polled again afterwards.
        let caught = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| deciding.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => std::task::Poll::Ready(None),
        });
        let decided = match tokio::time::timeout(patience, caught).await {
            Ok(Some(decided)) => decided,
            Ok(None) => {
                tracing::error!("`authorize` panicked");
                return Err(failed());
            }
            Err(_) => {
                tracing::error!(?patience, "`authorize` took too long");
                return Err(failed());
            }
        };
        let grant = decided.map_err(Denied::into_refusal)?;
        match grant.flaw(registry) {
            None => Ok(grant),
            Some(flaw) => {
                tracing::error!(flaw, "`authorize` answered a grant that cannot be used");
                Err(failed())
            }
        }
    }
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").finish_non_exhaustive()
    }
}
