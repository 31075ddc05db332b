//! URIs.

use super::is_ipv6;

/// Whether `text` is a URI of RFC 3986: it begins with a scheme, is ASCII alone, and leaves no percent sign without its two digits.
///
/// ```
/// use tidewire_schema::check::is_uri;
///
/// assert!(is_uri("https://example.com/a%20b?c#d"));
/// assert!(!is_uri("/a"));
/// ```
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (hierarchy, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", hierarchy),
    };
    is_scheme(scheme) && is_authority(authority) && is_made_of(path, b":@/") && is_made_of(query, b":@/?") && is_made_of(fragment, b":@/?")
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_authority(text: &str) -> bool {
    let (user, place) = text.split_once('@').unwrap_or(("", text));
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            if !is_ipv6(address) && !is_future_address(address) {
                return false;
            }
            ("", port)
        }
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_made_of(user, b":") && is_made_of(host, b"") && is_port
}

/// An address of a version yet to come, such as `v7.x`.
fn is_future_address(text: &str) -> bool {
    let Some((version, address)) = text.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.')) else { return false };
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_version && !address.is_empty() && address.bytes().all(|byte| is_plain(byte) || byte == b':')
}

/// Whether `text` holds nothing but plain characters, complete percent-encodings, and `more`.
fn is_made_of(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => {
                bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit()) && bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            }
            _ => is_plain(byte) || more.contains(&byte),
        };
        if !valid {
            return false;
        }
    }
    true
}

/// RFC 3986 calls these unreserved characters and sub-delimiters.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_rfc_3986() {
        for good in [
            "a:",
            "a:b",
            "a:/",
            "a:/b//c",
            "a://",
            "a:///b",
            "A+1.-:x",
            "http://h",
            "http://h:",
            "http://h:80",
            "http://u:p@h:80/p/q;r=1?s/?t#u/?v",
            "http://%41@%42/%43?%44#%45",
            "http://[::1]:80/",
            "http://[v1.a:b]",
            "http://[VF.~]/",
            "http://1.2.3.999",
            "mailto:a@b",
            "urn:a:b:c",
            "tel:+1-2",
            "a:@:@",
            "a:?",
            "a:#",
        ] {
            assert!(is_uri(good), "{good}");
        }
        for bad in [
            "",
            ":",
            ":a",
            "a",
            "/a",
            "//a",
            "1a:b",
            "a b:c",
            "a_b:c",
            "a,b:c",
            "ä:b",
            "a:b c",
            "a:ä",
            "a:%",
            "a:%4",
            "a:%4g",
            "a:b\\c",
            "a:<b>",
            "a:\"",
            "a:^",
            "a:`",
            "a:{b}",
            "a:|",
            "a:[b]",
            "a:b#c#d",
            "http://u@v@h",
            "http://h:8a",
            "http://h:80:81",
            "http://[::1",
            "http://[::1]x",
            "http://[]",
            "http://[1.2.3.4]",
            "http://[::1%25eth0]",
            "http://[v.a]",
            "http://[v1.]",
            "http://[vg.a]",
            "http://a[b]",
            "http://u[@h",
            "http:// h",
            "http://h\n",
        ] {
            assert!(!is_uri(bad), "{bad:?}");
        }
    }
}
