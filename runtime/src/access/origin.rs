//! Which pages may speak to the service.

use http::{
    HeaderMap, HeaderName, Uri,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use tidewire_schema::wire::WireCode;

use crate::transport::Refusal;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins that are allowed beside the host's own, in lower case and without a default port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origins(Vec<String>);

/// What an origin consists of; the port is the one in use, written or not.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    secure: bool,
    host: String,
    port: u16,
}

impl Origins {
    /// Adds an origin, or answers that it is none.
    pub(crate) fn allow(&mut self, origin: &str) -> Option<()> {
        self.0.push(read(origin)?.text());
        Some(())
    }

    /// Lets a request pass that no page of another origin can have made.
    ///
    /// A browser adds `Origin` to everything but the GET requests of a page to its own origin, and `Sec-Fetch-Site` to those. Who sends neither is no
    /// browser of today; `anybody` says whether that is enough, or the request must have a token in a header, which no foreign page can add.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap, anybody: bool) -> Result<(), Refusal> {
        let refused = |message: &str| Refusal::new(WireCode::Denied, message);
        let mut origins = headers.get_all(ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let origin = origin.to_str().ok().filter(|_| origins.next().is_none()).and_then(read);
            let allowed = origin.is_some_and(|origin| origin.is_of(uri, headers) || self.0.contains(&origin.text()));
            return allowed.then_some(()).ok_or_else(|| refused("pages of this origin may not speak to this service"));
        }
        let mut sites = headers.get_all(FETCH_SITE).iter();
        if let Some(site) = sites.next() {
            let own = sites.next().is_none() && (site == "same-origin" || site == "none");
            return own.then_some(()).ok_or_else(|| refused("pages of other sites may not speak to this service"));
        }
        let proven = anybody || headers.get(AUTHORIZATION).is_some_and(|value| !value.is_empty());
        proven.then_some(()).ok_or_else(|| refused("a request without `Origin` needs a token in the header `Authorization`"))
    }
}

impl Parts {
    fn text(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// Whether this is the origin of what the request was sent to. A proxy may have taken TLS off, so the scheme says nothing but its port.
    fn is_of(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (uri.authority(), hosts.next()) {
            (Some(authority), _) => Some(authority.as_str()),
            (None, Some(host)) if hosts.next().is_none() => host.to_str().ok(),
            _ => None,
        };
        let Some((host, port)) = host.and_then(split) else { return false };
        host == self.host && port.unwrap_or(if self.secure { 443 } else { 80 }) == self.port
    }
}

/// Reads `scheme://host[:port]`, and nothing around it.
fn read(origin: &str) -> Option<Parts> {
    let (scheme, authority) = origin.split_once("://")?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let (host, port) = split(authority)?;
    Some(Parts { secure, host, port: port.unwrap_or(if secure { 443 } else { 80 }) })
}

/// The host in lower case, and the port if there is one.
fn split(authority: &str) -> Option<(String, Option<u16>)> {
    // The colons of an address of version 6 stand in brackets.
    let end = if authority.starts_with('[') { authority.find(']')? + 1 } else { authority.find(':').unwrap_or(authority.len()) };
    let (host, rest) = authority.split_at(end);
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        None => return None,
        Some(digits) => Some(digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?),
    };
    let named =
        |host: &str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let address = |host: &str| {
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok())
    };
    (named(host) || address(host)).then(|| (host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn passes(allowed: &[&str], headers: &[(&str, &str)], anybody: bool) -> bool {
        let mut origins = Origins::default();
        for origin in allowed {
            origins.allow(origin).unwrap();
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        origins.check(&Uri::from_static("/events"), &map, anybody).is_ok()
    }

    #[test]
    fn the_origin_is_the_host_or_is_listed() {
        for (host, origin) in [
            ("example.com", "https://example.com"),
            ("example.com", "http://example.com"),
            ("Example.COM", "https://example.com"),
            ("example.com:443", "https://example.com"),
            ("example.com", "https://example.com:443"),
            ("localhost:3000", "http://localhost:3000"),
            ("[::1]:3000", "http://[::1]:3000"),
        ] {
            assert!(passes(&[], &[("host", host), ("origin", origin)], false), "{host} {origin}");
        }
        for allowed in ["https://app.example.com", "https://APP.example.com:443"] {
            assert!(passes(&[allowed], &[("host", "api.example.com"), ("origin", "https://app.example.com")], false), "{allowed}");
        }
    }

    #[test]
    fn what_only_looks_like_the_host_is_not_it() {
        for origin in [
            "null",
            "",
            "*",
            "example.com",
            "//example.com",
            "https://",
            "https://example.com.evil.test",
            "https://evil-example.com",
            "https://evil.test/example.com",
            "https://evil.test?example.com",
            "https://evil.test#example.com",
            "https://example.com@evil.test",
            "https://evil.test@example.com",
            "https://example.com:443@evil.test",
            "https://example.com/",
            "https://example.com.",
            "https://sub.example.com",
            "https://example.com:444",
            "https://example.com:",
            "https://example.com:+443",
            "https://example.com:65979",
            "http://example.com:443",
            "https://example.com https://evil.test",
            "https://example.com,https://evil.test",
            "ftp://example.com",
            "file://example.com",
            "https:example.com",
            "https://exa\u{6d}ple.com\\.evil.test",
            "https://[::1",
            "https://[example.com]",
        ] {
            let headers = [("host", "example.com"), ("origin", origin), ("authorization", "Bearer x"), ("sec-fetch-site", "same-origin")];
            assert!(!passes(&["https://listed.test"], &headers, true), "{origin}");
        }
        let twice = [("host", "example.com"), ("origin", "https://example.com"), ("origin", "https://evil.test")];
        assert!(!passes(&[], &twice, true), "two of them");
        assert!(!passes(&[], &[("host", "a.test"), ("host", "b.test"), ("origin", "http://a.test")], true), "two hosts");
        assert!(!passes(&["https://app.test"], &[("host", "x"), ("origin", "http://app.test")], true), "a list names schemes");
    }

    #[test]
    fn without_an_origin_a_request_must_be_of_the_own_page_or_carry_a_token() {
        let cookie = ("cookie", "session=1");
        assert!(passes(&[], &[cookie, ("sec-fetch-site", "same-origin")], false));
        assert!(passes(&[], &[("sec-fetch-site", "none")], false));
        assert!(passes(&[], &[("authorization", "Bearer x")], false));
        for site in ["cross-site", "same-site", "", "Same-Origin", "same-origin, none"] {
            assert!(!passes(&[], &[("sec-fetch-site", site), ("authorization", "Bearer x")], true), "{site}");
        }
        assert!(!passes(&[], &[cookie], false) && !passes(&[], &[("authorization", "")], false));
        assert!(passes(&[], &[cookie], true), "a service that asks nobody has nothing to steal");
    }

    #[test]
    fn a_list_holds_origins_and_nothing_else() {
        for text in ["*", "", "example.com", "https://*.example.com", "https://example.com/", "https://example.com/x", "null", "ws://x"] {
            assert_eq!(Origins::default().allow(text), None, "{text}");
        }
    }
}
