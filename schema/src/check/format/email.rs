//! Addresses of RFC 5321 §4.1.2, ASCII alone.

use super::{is_ipv4, is_ipv6};

/// Whether `text` is an address: a dotted or quoted local part, and a domain or an address in brackets.
pub(super) fn is_email(text: &str) -> bool {
    local_part(text.as_bytes()).and_then(|end| text.get(end..)).and_then(|rest| rest.strip_prefix('@')).is_some_and(is_host)
}

/// Where the local part ends.
fn local_part(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'"') { quoted(bytes) } else { dotted(bytes) }
}

fn dotted(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().position(|byte| !is_atom(*byte) && *byte != b'.')?;
    bytes[..end].split(|byte| *byte == b'.').all(|atom| !atom.is_empty()).then_some(end)
}

const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

fn quoted(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if matches!(bytes.get(at + 1), Some(b' '..=b'~')) => at += 2,
            b'\\' => return None,
            b' '..=b'~' => at += 1,
            _ => return None,
        }
    }
}

fn is_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return literal.strip_prefix("IPv6:").map_or_else(|| is_ipv4(literal), is_ipv6);
    }
    host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_local_part_and_a_host() {
        for good in [
            "a@b",
            "joe.bloggs@example.com",
            "te~st@example.com",
            "\"joe bloggs\"@example.com",
            "\"a\\\"b\"@c.de",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@1-2.c",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@-b",
            "a@b-",
            "a@b..c",
            "a@b.",
            "a@[::1]",
            "a@[1.2.3]",
            "a b@c",
            "\"a@b",
            "\"a\"b@c",
            "ä@b",
            "a@ä",
            "a@b@c",
            "a@b_c",
            "a@[IPv6:::1",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
