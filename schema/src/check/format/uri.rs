//! URIs of RFC 3986 §3, ASCII alone.

use super::is_ipv6;

/// Whether `text` is a URI: a scheme, then a path behind an authority or alone, a query, a fragment.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let (rest, fragment) = rest.split_once('#').map_or((rest, ""), |(rest, fragment)| (rest, fragment));
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, query)| (rest, query));
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            if !is_authority(authority) {
                return false;
            }
            path
        }
    };
    is_scheme(scheme) && consists_of(path, b":@/") && consists_of(query, b":@/?") && consists_of(fragment, b":@/?")
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_authority(authority: &str) -> bool {
    let (user, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = if let Some((literal, port)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        (is_literal(literal), port)
    } else {
        let (name, port) = place.find(':').map_or((place, ""), |at| place.split_at(at));
        (consists_of(name, b""), port)
    };
    let port = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    host && port && consists_of(user, b":")
}

/// What stands between the brackets: an IPv6 address, or one of a version to come.
fn is_literal(literal: &str) -> bool {
    match literal.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.')) {
        Some((version, address)) => {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && consists_of(address, b":")
        }
        None => is_ipv6(literal),
    }
}

/// Whether a component holds nothing but unreserved characters, sub-delimiters, whole percent-encodings, and those of `also`.
fn consists_of(text: &str, also: &[u8]) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [byte, rest @ ..] if is_plain(*byte) || also.contains(byte) => rest,
            _ => return false,
        }
    }
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_have_a_scheme_and_only_what_may_stand_in_them() {
        for good in [
            "a:",
            "http://x",
            "http://u:p@x:80/a%20b?q=/?#f/?",
            "urn:oasis:names",
            "file:///etc",
            "ldap://[2001:db8::7]/c=GB?a",
            "http://[v1.x:y]",
            "mailto:a@b.c",
            "http://",
            "tel:+1-816",
        ] {
            assert!(is_uri(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "//x",
            "/a",
            ":a",
            "1a:b",
            "http://x y",
            "http://a%2",
            "http://x/<>",
            "http://x/a#b#c",
            "http://[::1",
            "http://[1.2.3.4]",
            "http://x:8a",
            "http://ä",
            "http://a@b@c",
            "a:b^",
            "http://[v1.a%20]",
            "http:///[",
            "bar,\\baz",
        ] {
            assert!(!is_uri(bad), "{bad}");
        }
    }
}
