use http::HeaderValue;

use super::*;

const CURSOR: &str = "0000000000000001.2.3-4";
const OTHER: &str = "0000000000000001.5.6-7";

fn events(query: &str, headers: &[(&'static str, &str)]) -> Result<EventsRequest, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    EventsRequest::read(&Query::parse(Some(query))?, &map, Asker::Stream, &Limits::default())
}

fn beginnings(query: &str, headers: &[(&'static str, &str)]) -> Vec<Beginning> {
    events(query, headers).unwrap().channels.into_iter().map(|(_, beginning)| beginning).collect()
}

fn code(query: &str, headers: &[(&'static str, &str)]) -> WireCode {
    events(query, headers).unwrap_err().code()
}

fn many(channels: usize) -> String {
    (0..channels).map(|room| format!("channel={room}&")).collect::<String>() + "ids=0"
}

fn after(cursor: &str) -> Beginning {
    Beginning::After(cursor.parse().unwrap())
}

#[test]
fn channels_and_options_are_read() {
    let request = events("channel=chat%2Fa%252Fb&channel=b&ids=0&contract=00ff&_=1732", &[]).unwrap();
    let expected = EventsRequest {
        channels: vec![("chat/a%2Fb".into(), Beginning::Fresh), ("b".into(), Beginning::Fresh)],
        filter: Filter::default(),
        presence: false,
        ids: false,
        contract: Some("00ff".into()),
        opening: None,
    };
    assert_eq!(request, expected);
    assert_eq!(events("ids=0", &[]).unwrap().channels, [], "who keeps cursors can name channels later");
    let request = events("channel=a&channel=b&event=x&event=y.z&last=7", &[("last-event-id", &format!("b={OTHER}"))]).unwrap();
    assert_eq!(request.filter, Filter::only(["x", "y.z"]));
    assert_eq!(request.channels, [("a".into(), Beginning::Last(7)), ("b".into(), after(OTHER))]);
    assert_eq!(events(&many(100), &[("accept", "text/event-stream")]).unwrap().channels.len(), 100);
}

#[test]
fn cursors_come_bare_or_as_a_list_and_the_header_wins() {
    assert_eq!(beginnings(&format!("channel=a&lastEventId={CURSOR}"), &[]), [after(CURSOR)]);
    assert_eq!(beginnings(&format!("channel=a&lastEventId={OTHER}"), &[("last-event-id", CURSOR)]), [after(CURSOR)]);
    let list = format!("b={OTHER},elsewhere/%2F={CURSOR}");
    assert_eq!(beginnings("channel=a&channel=b", &[("last-event-id", &list)]), [Beginning::Fresh, after(OTHER)]);
    assert_eq!(beginnings("channel=a", &[("last-event-id", "")]), [Beginning::Fresh]);
    assert_eq!(beginnings("channel=a&lastEventId=", &[]), [Beginning::Fresh]);
}

#[test]
fn what_is_no_list_of_cursors_is_refused_except_for_a_browser() {
    let bare_for_two = ("channel=a&channel=b", CURSOR.to_owned());
    let bad = ["x", "1", "a=", "=", ",", "ä", "\u{1}", "a=x", "0000000000000001.2.3-4,"].map(|text| ("channel=a", text.to_owned()));
    let lists = [
        format!("a={CURSOR},"),
        format!("a={CURSOR},a={OTHER}"),
        format!("a b={CURSOR}"),
        format!("a={CURSOR}={CURSOR}"),
        "a=".repeat(4000),
    ]
    .map(|text| ("channel=a", text));
    for (query, text) in bad.into_iter().chain(lists).chain([bare_for_two]) {
        let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { continue };
        let text = value.as_bytes().escape_ascii().to_string();
        let header = ("last-event-id", std::str::from_utf8(value.as_bytes()).unwrap());
        assert_eq!(code(query, &[header]), WireCode::MalformedCursor, "{text}");
        assert_eq!(code(query, &[header, ("accept", "*/*")]), WireCode::MalformedCursor, "{text}");
        let browser = ("accept", "text/event-stream");
        assert_eq!(code(&format!("{query}&ids=0"), &[header, browser]), WireCode::MalformedCursor, "{text}");
        assert!(beginnings(query, &[header, browser]).iter().all(|beginning| *beginning == Beginning::Unreadable), "{text}");
    }
}

#[test]
fn bad_queries_have_a_code() {
    let long = format!("channel={}", "a".repeat(9000));
    let many = "channel=a&".repeat(800);
    let crowd = self::many(101);
    for (query, expected) in [
        ("", WireCode::MissingParameter),
        ("chanel=a", WireCode::MissingParameter),
        ("channel=a&channel=a", WireCode::BadRequest),
        ("channel=a&ids=1", WireCode::BadRequest),
        ("channel=a&ids=0&ids=0", WireCode::BadRequest),
        ("channel=a&contract=1&contract=2", WireCode::BadRequest),
        ("channel=a&lastEventId=1&lastEventId=2", WireCode::BadRequest),
        ("channel=%", WireCode::BadRequest),
        ("channel=%4", WireCode::BadRequest),
        ("channel=%+1", WireCode::BadRequest),
        ("channel=%ff%fe", WireCode::BadRequest),
        (&long, WireCode::TooLarge),
        (&many, WireCode::TooManyChannels),
        (&crowd, WireCode::TooManyChannels),
        ("channel=a&event=", WireCode::BadRequest),
        ("channel=a&event=a%20b", WireCode::BadRequest),
        ("channel=a&last=0", WireCode::BadRequest),
        ("channel=a&last=1001", WireCode::BadRequest),
        ("channel=a&last=1&last=1", WireCode::BadRequest),
    ] {
        assert_eq!(code(query, &[]), expected, "{query:.60}");
    }
}

#[test]
fn a_history_request_is_a_limit_and_at_most_one_cursor() {
    let read = |query: &str| HistoryRequest::read(&Query::parse(Some(query))?, 1000).map_err(|refusal| refusal.clone());
    let cursor: Cursor = CURSOR.parse().unwrap();
    assert_eq!(read("channel=a").unwrap().history, History::latest(50));
    assert_eq!(read(&format!("channel=a&limit=7&after={CURSOR}")).unwrap().history, History::after(cursor, 7));
    assert_eq!(read(&format!("channel=a&limit=1000&before={CURSOR}")).unwrap().history, History::before(cursor, 1000));
    let both = format!("channel=a&after={CURSOR}&before={CURSOR}");
    for (query, expected) in [
        ("limit=5", WireCode::MissingParameter),
        ("channel=a&channel=b", WireCode::BadRequest),
        ("channel=a&limit=0", WireCode::BadRequest),
        ("channel=a&limit=1001", WireCode::BadRequest),
        ("channel=a&limit=-1", WireCode::BadRequest),
        ("channel=a&limit=x", WireCode::BadRequest),
        ("channel=a&limit=", WireCode::BadRequest),
        ("channel=a&after=", WireCode::MalformedCursor),
        ("channel=a&after=x", WireCode::MalformedCursor),
        (both.as_str(), WireCode::BadRequest),
    ] {
        assert_eq!(read(query).unwrap_err().code(), expected, "{query}");
    }
}

#[test]
fn a_browser_is_known_by_what_it_accepts() {
    let accepts = |value: &'static str| {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]);
        accepts_event_stream(&headers)
    };
    assert!(accepts("text/event-stream"));
    assert!(accepts("text/html, Text/Event-Stream;q=0.9"));
    assert!(!accepts("*/*"));
    assert!(!accepts("text/*"));
    assert!(!accepts_event_stream(&HeaderMap::new()));
}
