//! One attempt over HTTP.

use std::{fmt, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::signature::{ID, SIGNATURE, TIMESTAMP};

/// What of an answer is read, so that its connection can be used again.
const ANSWER: usize = 16 * 1024;
const IDLE: Duration = Duration::from_secs(30);

/// Speaks HTTP/1.1, with or without TLS, and follows no redirects: they would lead elsewhere than the service said.
#[derive(Clone)]
pub(crate) struct Client(HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Refused(StatusCode),
    Failed {
        /// The name in metrics.
        reason: &'static str,
        /// What the receiver asked for.
        pause: Option<Duration>,
    },
}

impl Outcome {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Refused(_) => "refused",
            Self::Failed { reason, .. } => reason,
        }
    }
}

/// The head of a delivery.
pub(crate) struct Signed<'a> {
    pub(crate) id: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) signatures: &'a str,
}

impl Client {
    /// Trusts the authorities that the system trusts, unless it is told otherwise.
    pub(crate) fn new(tls: Option<ClientConfig>, needed: bool) -> io::Result<Self> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let tls = match tls {
            Some(tls) => tls,
            None => system(needed)?,
        };
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(http);
        let client = HttpClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(4)
            .build(connector);
        Ok(Self(client))
    }

    pub(crate) async fn post(
        &self,
        uri: &Uri,
        Signed { id, timestamp, signatures }: Signed<'_>,
        body: Bytes,
        patience: Duration,
    ) -> Outcome {
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(header::USER_AGENT, HeaderValue::from_static(concat!("tidewire-webhook/", env!("CARGO_PKG_VERSION"))))
            .header(ID, id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, signatures)
            .body(Full::new(body));
        let Ok(request) = request else { return Outcome::Failed { reason: "network", pause: None } };
        let answered = async {
            let response = self.0.request(request).await?;
            let (head, body) = response.into_parts();
            // However it goes on, the receiver has answered.
            let _ = tokio::time::timeout(Duration::from_secs(1), Limited::new(body, ANSWER).collect()).await;
            Ok::<_, hyper_util::client::legacy::Error>(head)
        };
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(head)) => judge(head.status, head.headers.get(header::RETRY_AFTER)),
            Ok(Err(_)) => Outcome::Failed { reason: "network", pause: None },
            Err(_) => Outcome::Failed { reason: "timeout", pause: None },
        }
    }
}

fn judge(status: StatusCode, retry_after: Option<&HeaderValue>) -> Outcome {
    if status.is_success() {
        return Outcome::Done;
    }
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if !status.is_server_error() && !passing.contains(&status) {
        return Outcome::Refused(status);
    }
    let seconds = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    Outcome::Failed { reason: "status", pause: seconds.map(Duration::from_secs) }
}

fn system(needed: bool) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    if needed {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the system has no certificates of authorities to trust"));
        }
    }
    // Named, so that nothing depends on what other parts of the process chose.
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    Ok(builder.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        for (status, name) in
            [(200, "ok"), (204, "ok"), (301, "refused"), (307, "refused"), (400, "refused"), (404, "refused"), (410, "refused")]
        {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap(), None).name(), name, "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap(), None), Outcome::Failed { reason: "status", pause: None }, "{status}");
        }
        let asked = |value: &'static str| match judge(StatusCode::SERVICE_UNAVAILABLE, Some(&HeaderValue::from_static(value))) {
            Outcome::Failed { pause, .. } => pause,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("-7"), None);
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
