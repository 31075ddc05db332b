//! Where in a request a token stands.

use http::{
    HeaderMap, Uri,
    header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL},
};

/// What precedes a token among the sub-protocols. A browser's WebSocket can say nothing in headers but this.
const PROTOCOL_PREFIX: &str = "token.";
/// The parameter for a ticket. Nothing that is good twice stands in a URL, where logs and histories find it.
const PARAMETER: &str = "ticket";

/// A token in a place where one may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential<'a> {
    Token(&'a str),
    Ticket(&'a str),
}

/// There are several, or what is there is not even text. Nobody guesses which of them is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous;

impl<'a> Credential<'a> {
    /// The token of a request, if it has one.
    pub(super) fn find(uri: &'a Uri, headers: &'a HeaderMap) -> Result<Option<Self>, Ambiguous> {
        let bearers = headers.get_all(AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes()));
        let mut all = bearers.map(|token| token.map(Self::Token)).chain(beside(uri, headers).map(Ok));
        let first = all.next().transpose()?;
        if all.next().is_some() { Err(Ambiguous) } else { Ok(first) }
    }

    /// Whether a request has one elsewhere than in the header `Authorization`. No page of somebody else can have made it: it would have to know the token.
    pub(super) fn is_beside_authorization(uri: &Uri, headers: &HeaderMap) -> bool {
        beside(uri, headers).next().is_some()
    }
}

/// What `Authorization: Bearer …` holds; `None` for another scheme.
fn bearer(value: &[u8]) -> Option<Result<&str, Ambiguous>> {
    let (scheme, token) = value.split_at_checked(6)?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && token.first().is_none_or(|byte| *byte == b' ');
    is_bearer.then(|| std::str::from_utf8(token).map(str::trim).map_err(|_| Ambiguous))
}

fn beside<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> impl Iterator<Item = Credential<'a>> {
    let socket = uri.path() == "/socket";
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter(move |_| socket).filter_map(|value| value.to_str().ok());
    let tokens = values.flat_map(|value| value.split(',')).filter_map(|protocol| protocol.trim().strip_prefix(PROTOCOL_PREFIX));
    let query = uri.query().filter(|_| socket || uri.path() == "/events").unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let tickets = pairs.filter(|(name, _)| *name == PARAMETER).map(|(_, ticket)| Credential::Ticket(ticket));
    tokens.map(Credential::Token).chain(tickets)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn found(target: &str, headers: &[(&str, &[u8])]) -> Result<Option<(&'static str, String)>, Ambiguous> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let uri: Uri = target.parse().unwrap();
        Credential::find(&uri, &map).map(|found| {
            found.map(|found| match found {
                Credential::Token(text) => ("token", text.to_owned()),
                Credential::Ticket(text) => ("ticket", text.to_owned()),
            })
        })
    }

    #[test]
    fn a_token_stands_in_one_of_three_places() {
        let token = |text: &str| Ok(Some(("token", text.to_owned())));
        assert_eq!(found("/history", &[("authorization", b"Bearer a.b.c")]), token("a.b.c"));
        assert_eq!(found("/history", &[("authorization", b"bearer  a.b.c ")]), token("a.b.c"));
        assert_eq!(found("/history", &[("authorization", b"Bearer")]), token(""));
        assert_eq!(found("/socket", &[("sec-websocket-protocol", b"tidewire.v1, token.a.b.c, session.1.2")]), token("a.b.c"));
        assert_eq!(found("/events?channel=x&ticket=a.b.c", &[]), Ok(Some(("ticket", "a.b.c".to_owned()))));
    }

    #[test]
    fn elsewhere_there_is_none() {
        for (target, headers) in [
            ("/events?token=a.b.c&access_token=a.b.c&Ticket=a.b.c", vec![]),
            ("/history?ticket=a.b.c", vec![]),
            ("/send?ticket=a.b.c", vec![]),
            ("/events", vec![("sec-websocket-protocol", b"token.a.b.c".as_slice())]),
            ("/events", vec![("authorization", b"Basic a.b.c".as_slice())]),
            ("/events", vec![("authorization", b"Bearers a.b.c".as_slice())]),
            ("/events", vec![("authorization", b"ann".as_slice())]),
            ("/events", vec![("cookie", b"token=a.b.c".as_slice())]),
        ] {
            assert_eq!(found(target, &headers), Ok(None), "{target} {headers:?}");
        }
    }

    #[test]
    fn of_several_none_is_taken() {
        let bearer = ("authorization", b"Bearer a.b.c".as_slice());
        let protocol = ("sec-websocket-protocol", b"token.a.b.c".as_slice());
        assert_eq!(found("/events", &[bearer, bearer]), Err(Ambiguous));
        assert_eq!(found("/events?ticket=a", &[bearer]), Err(Ambiguous));
        assert_eq!(found("/events?ticket=a&ticket=a", &[]), Err(Ambiguous));
        assert_eq!(found("/socket", &[bearer, protocol]), Err(Ambiguous));
        assert_eq!(found("/socket", &[("sec-websocket-protocol", b"token.a, token.b")]), Err(Ambiguous));
        assert_eq!(found("/events", &[("authorization", b"Bearer \xff")]), Err(Ambiguous));
    }
}
