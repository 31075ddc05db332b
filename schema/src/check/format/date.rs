//! Dates and times of RFC 3339.

/// Whether `text` is an RFC 3339 full-date: a day that exists.
///
/// ```
/// use tidewire_schema::check::is_date;
///
/// assert!(is_date("2024-02-29"));
/// assert!(!is_date("2023-02-29"));
/// ```
pub fn is_date(text: &str) -> bool {
    parse_date(text.as_bytes()).is_some()
}

/// Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC).
///
/// ```
/// use tidewire_schema::check::is_date_time;
///
/// assert!(is_date_time("1990-12-31T15:59:60-08:00"));
/// assert!(!is_date_time("2026-11-21T01:02:03"));
/// ```
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
    (hour <= 23 && minute <= 59 && (second <= 59 || leap_second)).then_some(())
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
    fn dates_are_days_that_exist() {
        for good in ["2026-11-21", "0000-01-01", "2000-02-29", "2024-02-29", "9999-12-31", "2026-04-30"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "2026-11-21T00:00:00Z",
            "2026-11-2",
            "2026-1-21",
            "26-11-21",
            "1900-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-01-00",
            "2026-13-01",
            "20261121",
            "2026-325",
            "2026-W47-6",
            "2026/11/21",
            " 2026-11-21",
            "+2026-11-2",
            "2026-11-2１",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
