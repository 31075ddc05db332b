//! The formats of text, each decided without a regular expression.

mod email;
mod uri;

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Format;

/// Whether `text` has the form `format`.
pub fn is_of(format: Format, text: &str) -> bool {
    match format {
        Format::DateTime => is_date_time(text),
        Format::Date => is_date(text),
        Format::Uuid => is_uuid(text),
        Format::Email => email::is_email(text),
        Format::Uri => uri::is_uri(text),
        Format::Ipv4 => is_ipv4(text),
        Format::Ipv6 => is_ipv6(text),
    }
}

/// Whether `text` is four decimal numbers up to 255 without leading zeroes.
fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// Whether `text` is an address of RFC 4291 §2.2, without a zone.
fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// Whether `text` is an RFC 3339 full-date: a day that exists.
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && parse_date(text.as_bytes()).is_some()
}

/// Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case (RFC 9562 §4).
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC).
pub fn is_date_time(text: &str) -> bool {
    parse_date_time(text.as_bytes()).is_some()
}

fn parse_date_time(bytes: &[u8]) -> Option<()> {
    let (date, rest) = bytes.split_at_checked(10)?;
    parse_date(date)?;
    let [b'T' | b't', h1, h2, b':', n1, n2, b':', s1, s2, rest @ ..] = rest else { return None };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    let rest = match rest {
        [b'.', tail @ ..] => {
            let digits = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            tail.get(digits..).filter(|_| digits > 0)?
        }
        other => other,
    };
    let offset = match rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let total = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
            if *sign == b'+' { total } else { -total }
        }
        _ => return None,
    };
    let leap_second = second == 60 && (hour * 60 + minute - offset).rem_euclid(24 * 60) == 23 * 60 + 59;
    let valid = hour <= 23 && minute <= 59 && (second <= 59 || leap_second);
    valid.then_some(())
}

fn parse_date(bytes: &[u8]) -> Option<()> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *bytes else { return None };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(())
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i32::from(digit - b'0')))
}

const fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_are_rfc_3339() {
        for good in [
            "2026-11-21T01:02:03Z",
            "2024-02-29t00:00:00.5z",
            "1990-12-31T15:59:60-08:00",
            "2026-01-01T00:00:00+23:59",
            "0000-01-01T00:00:00Z",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21T01:02:03",
            "2026-11-21 01:02:03Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T23:59:60+01:00",
            "2026-11-21T01:02:03.Z",
            "2026-11-21T01:02:03+24:00",
            "2026-11-21T01:02:03+0100",
            "2026-11-21T01:02:03Zx",
            "２026-11-21T01:02:03Z",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn dates_exist() {
        assert!(is_date("2024-02-29") && is_date("1963-06-19"));
        for bad in ["", "2023-02-29", "2024-13-01", "2024-00-01", "2024-1-01", "2024-01-01Z", "１９63-06-19", "06/19/1963"] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn internet_addresses_have_no_zeroes_in_front_and_no_zone() {
        for good in ["0.0.0.0", "192.168.0.1"] {
            assert!(is_ipv4(good), "{good}");
        }
        for bad in ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4/24", "0x7f.0.0.1", "1২.0.0.1"] {
            assert!(!is_ipv4(bad), "{bad}");
        }
        for good in ["::", "::1", "d6::", "1:2:3:4:5:6:7:8", "1::d6:192.168.0.1", "::ffff:1.2.3.4", "1:2::8"] {
            assert!(is_ipv6(good), "{good}");
        }
        for bad in [
            "",
            ":",
            "1",
            "12345::",
            ":2:3:4:5:6:7:8",
            "1::2::3",
            "fe80::a%eth1",
            "::1/64",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "::256.1.1.1",
            "1:2:3:4:5:6:7:1.2.3.4",
        ] {
            assert!(!is_ipv6(bad), "{bad}");
        }
    }

    #[test]
    fn uuids_are_hyphenated() {
        assert!(is_uuid("f81d4fae-7dec-11d0-a765-00A0C91E6BF6"));
        for bad in ["", "f81d4fae7dec11d0a76500a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf"] {
            assert!(!is_uuid(bad), "{bad}");
        }
    }
}
