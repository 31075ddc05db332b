//! The formats of text, each decided without a regular expression, in one pass over the bytes.

mod date;
mod email;
mod uri;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use date::{is_date, is_date_time};
pub use email::is_email;
pub use uri::is_uri;

use crate::Format;

/// Whether `text` is of `format`.
///
/// ```
/// use tidewire_schema::{Format, check::has_format};
///
/// assert!(has_format("2026-11-21", Format::Date));
/// assert!(!has_format("yesterday", Format::Date));
/// ```
pub fn has_format(text: &str, format: Format) -> bool {
    match format {
        Format::DateTime => is_date_time(text),
        Format::Date => is_date(text),
        Format::Uuid => is_uuid(text),
        Format::Email => is_email(text),
        Format::Uri => is_uri(text),
        Format::Ipv4 => is_ipv4(text),
        Format::Ipv6 => is_ipv6(text),
    }
}

/// What people call a text of `format` in an error message.
pub(super) const fn noun(format: Format) -> &'static str {
    match format {
        Format::DateTime => "an RFC 3339 date-time with an offset",
        Format::Date => "an RFC 3339 date",
        Format::Uuid => "a UUID",
        Format::Email => "an e-mail address",
        Format::Uri => "a URI with a scheme",
        Format::Ipv4 => "an IPv4 address",
        Format::Ipv6 => "an IPv6 address",
    }
}

/// Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case (RFC 9562 §4).
///
/// ```
/// use tidewire_schema::check::is_uuid;
///
/// assert!(is_uuid("f81d4fae-7dec-11d0-a765-00A0C91E6BF6"));
/// assert!(!is_uuid("f81d4fae7dec11d0a76500a0c91e6bf6"));
/// ```
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Whether `text` is an IPv4 address: four decimal numbers up to 255, without leading zeroes.
///
/// ```
/// use tidewire_schema::check::is_ipv4;
///
/// assert!(is_ipv4("192.168.0.1"));
/// assert!(!is_ipv4("192.168.0.01"));
/// ```
pub fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// Whether `text` is an IPv6 address as RFC 4291 writes it, without a zone. The last four bytes may be written as an IPv4 address.
///
/// ```
/// use tidewire_schema::check::is_ipv6;
///
/// assert!(is_ipv6("::ffff:192.168.0.1"));
/// assert!(!is_ipv6("fe80::1%eth0"));
/// ```
pub fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_hyphenated() {
        assert!(is_uuid("f81d4fae-7dec-11d0-a765-00A0C91E6BF6"));
        for bad in ["", "f81d4fae7dec11d0a76500a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf"] {
            assert!(!is_uuid(bad), "{bad}");
        }
    }

    /// The standard library decides; these are the points on which parsers of addresses differ.
    #[test]
    fn addresses_have_one_spelling_of_each_number() {
        for good in ["0.0.0.0", "255.255.255.255", "1.20.0.100"] {
            assert!(is_ipv4(good), "{good}");
        }
        for bad in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "01.2.3.4",
            "00.0.0.0",
            "1.2.3.4 ",
            "1.2.3.",
            "0x1.2.3.4",
            "+1.2.3.4",
            "1.2.3.4/8",
            "１.2.3.4",
        ] {
            assert!(!is_ipv4(bad), "{bad}");
        }
        for good in
            ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "ABCD::ef"]
        {
            assert!(is_ipv6(good), "{good}");
        }
        for bad in [
            "",
            ":",
            ":::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2:3:4:5:6:7:8",
            "1::2::3",
            "12345::",
            "00001::",
            "::1%1",
            "[::1]",
            "::1.2.3.04",
            "1.2.3.4::",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1:2:3:4:5:6::1.2.3.4",
            "::g",
            "1:2:3:4:5:6:7:",
            ":2:3:4:5:6:7:8",
        ] {
            assert!(!is_ipv6(bad), "{bad}");
        }
    }
}
