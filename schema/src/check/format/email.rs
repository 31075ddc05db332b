//! Addresses of electronic mail.

use super::{is_ipv4, is_ipv6};

/// Whether `text` is an address of RFC 5321: a dotted or quoted local part, and a domain or an address in brackets. ASCII alone; lengths are not limited.
///
/// ```
/// use tidewire_schema::check::is_email;
///
/// assert!(is_email("\"ann lee\"@mail.example.com"));
/// assert!(is_email("ann@[IPv6:::1]"));
/// assert!(!is_email("ann.@example.com"));
/// ```
pub fn is_email(text: &str) -> bool {
    match text.strip_prefix('"') {
        Some(quoted) => after_quote(quoted).and_then(|rest| rest.strip_prefix('@')).is_some_and(is_domain),
        None => text.split_once('@').is_some_and(|(local, domain)| local.split('.').all(is_atom) && is_domain(domain)),
    }
}

/// What follows the closing quote.
fn after_quote(text: &str) -> Option<&str> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return text.get(at + 1..),
            b'\\' => bytes.next().filter(|(_, escaped)| matches!(escaped, b' '..=b'~')).map(drop)?,
            b' '..=b'~' => {}
            _ => return None,
        }
    }
    None
}

fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
}

fn is_domain(text: &str) -> bool {
    let Some(literal) = text.strip_prefix('[') else { return text.split('.').all(is_label) };
    literal.strip_suffix(']').is_some_and(|address| match address.strip_prefix("IPv6:") {
        Some(address) => is_ipv6(address),
        None => is_ipv4(address),
    })
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_rfc_5321() {
        for good in [
            "a@b",
            "a.b.c@example.com",
            "!#$%&'*+-/=?^_`{|}~@example.com",
            "\"\"@example.com",
            "\"a b\"@example.com",
            "\"a@b\"@example.com",
            "\"a\\\"b\\\\\"@example.com",
            "a@1.2",
            "a@x--y.example",
            "a@[1.2.3.4]",
            "a@[IPv6:2001:db8::1]",
            "a@[IPv6:::ffff:1.2.3.4]",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a b@c",
            "a@b@c",
            "a@b.",
            "a@.b",
            "a@b..c",
            "a@-b",
            "a@b-",
            "a@b_c",
            "a@b=c",
            "\"a@b",
            "\"a\"b@c",
            "\"a\"\"@c",
            "\"a\\\"@c",
            "\"a\nb\"@c",
            "\"\\\n\"@c",
            "a@[1.2.3]",
            "a@[1.2.3.4",
            "a@[::1]",
            "a@[IPv6:1.2.3.4]",
            "a@[IPv6:::1]x",
            "ä@b",
            "a@ä",
            "\"ä\"@b",
            " a@b",
            "a@b ",
            "a@b\n",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
