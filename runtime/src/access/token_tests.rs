//! What a token must say, held against hand-made ones.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;

use super::*;
use crate::access::{AnyChannel as _, TokenError, Tokens};

const SECRET: [u8; 32] = [7; 32];
/// A moment, in seconds.
const NOW: u64 = 1_700_000_000;

fn tokens() -> Tokens {
    Tokens::new(SECRET).issuer("acme").audience("live")
}

fn claims() -> Value {
    json!({ "iss": "acme", "aud": "live", "iat": NOW, "exp": NOW + 600, "sub": "ann", "grant": { "subscribe": ["chat/{roomId}"] } })
}

fn verdict(claims: &Value) -> Result<(Grant, Use), Unfit> {
    tokens().read(&Secret::new(&SECRET).seal(claims.to_string().as_bytes()), NOW * 1000)
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn a_good_one_is_read() {
    let (grant, purpose) = verdict(&claims()).unwrap();
    assert_eq!((grant.user_id(), grant.ends(), purpose), (Some("ann"), Some((NOW + 600) * 1000), Use::Connecting));
    assert_eq!(grant, Grant::user("ann").subscribe("chat/{roomId}").ending((NOW + 600) * 1000));
    for good in [
        without("sub"),
        with("aud", json!(["other", "live"])),
        with("nbf", json!(NOW + 5)),
        with("iat", json!(NOW + 5)),
        with("exp", json!(1_700_000_000.5)),
        with("jti", json!("x y")),
        with("unknown", json!({ "deep": [1] })),
        with("grant", json!({})),
        with(
            "grant",
            json!({ "subscribe": "everything", "publish": [{ "pattern": "chat/{roomId}", "fixed": { "roomId": "a" } }, "chat/b"] }),
        ),
    ] {
        assert!(verdict(&good).is_ok(), "{good}");
    }
}

#[test]
fn whatever_is_missing_or_meant_for_somebody_else_is_refused() {
    for (bad, unfit) in [
        (without("exp"), Unfit::Claims),
        (without("iat"), Unfit::Claims),
        (without("iss"), Unfit::Claims),
        (without("aud"), Unfit::Claims),
        (without("grant"), Unfit::Claims),
        (with("exp", json!("1700000600")), Unfit::Claims),
        (with("exp", json!(null)), Unfit::Claims),
        (with("exp", json!(-1)), Unfit::Claims),
        (with("exp", json!(1e300)), Unfit::Claims),
        (with("exp", json!(NOW)), Unfit::Expired),
        (with("exp", json!(NOW - 3)), Unfit::Expired),
        (with("exp", json!(0)), Unfit::Expired),
        (with("nbf", json!(NOW + 6)), Unfit::Claims),
        (with("iat", json!(NOW + 6)), Unfit::Claims),
        (with("iss", json!("evil")), Unfit::Claims),
        (with("iss", json!(["acme"])), Unfit::Claims),
        (with("aud", json!("other")), Unfit::Claims),
        (with("aud", json!(["other"])), Unfit::Claims),
        (with("aud", json!([])), Unfit::Claims),
        (with("aud", json!("")), Unfit::Claims),
        (with("sub", json!("")), Unfit::Claims),
        (with("sub", json!("a\nb")), Unfit::Claims),
        (with("sub", json!("x".repeat(257))), Unfit::Claims),
        (with("sub", json!(7)), Unfit::Claims),
        (with("use", json!("session")), Unfit::Claims),
        (with("use", json!("ticket")), Unfit::Claims),
        (with("grant", json!("everything")), Unfit::Claims),
        (with("grant", json!({ "subscribe": "all" })), Unfit::Claims),
        (with("grant", json!({ "subscribe": [7] })), Unfit::Claims),
        (json!([]), Unfit::Claims),
        (json!(7), Unfit::Claims),
    ] {
        assert_eq!(verdict(&bad).unwrap_err(), unfit, "{bad:.200}");
    }
}

#[test]
fn only_one_algorithm_and_plain_json_are_read() {
    let sealed = |header: &str, claims: &str| {
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        let message = format!("{}.{}", encode(header), encode(claims));
        let mut code = Hmac::<sha2::Sha256>::new_from_slice(&SECRET).unwrap();
        code.update(message.as_bytes());
        format!("{message}.{}", data_encoding::BASE64URL_NOPAD.encode(&code.finalize().into_bytes()))
    };
    let read = |token: &str| tokens().read(token, NOW * 1000).map(drop);
    let good = claims().to_string();
    assert_eq!(read(&sealed(r#"{"alg":"HS256"}"#, &good)), Ok(()));
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        "[]",
        "",
    ] {
        assert!(read(&sealed(header, &good)).is_err(), "signed with the secret, but {header}");
    }
    for (bad, header) in [("eyJhbGciOiJub25lIn0", "none"), ("eyJhbGciOiJSUzI1NiJ9", "RS256")] {
        let token = sealed(r#"{"alg":"HS256"}"#, &good);
        let (_, rest) = token.split_once('.').unwrap();
        assert_eq!(read(&format!("{bad}.{rest}")), Err(Unfit::Signature), "{header}");
        let (message, _) = rest.rsplit_once('.').unwrap();
        assert_eq!(read(&format!("{bad}.{message}.")), Err(Unfit::Signature), "{header} without a signature");
    }
    let twice = good.replacen('{', r#"{"sub":"eve","#, 1);
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    for odd in [twice.as_str(), deep.as_str(), "{", "\u{0}", &format!("{good} x")] {
        assert_eq!(read(&sealed(r#"{"alg":"HS256"}"#, odd)), Err(Unfit::Malformed), "{odd:.80}");
    }
}

#[test]
fn no_token_outlives_the_lifetime_whoever_signed_it() {
    let long = with("exp", json!(NOW + 1_000_000));
    assert_eq!(verdict(&long).unwrap().0.ends(), Some((NOW + 3600) * 1000));
    let mut old = long;
    old["iat"] = json!(NOW - 3600);
    assert_eq!(verdict(&old).unwrap_err(), Unfit::Expired);
}

#[test]
fn a_ticket_is_short_and_has_a_name() {
    let mut ticket = with("use", json!("ticket"));
    ticket["jti"] = json!("abc");
    let (grant, purpose) = verdict(&ticket).unwrap();
    assert_eq!(purpose, Use::Ticket("abc".to_owned()));
    assert_eq!(grant.ends(), Some((NOW + 3600) * 1000), "what it opens lasts");
    for (name, value, unfit) in [
        ("jti", json!(""), Unfit::Claims),
        ("jti", json!("a/b"), Unfit::Claims),
        ("jti", json!("x".repeat(65)), Unfit::Claims),
        ("iat", json!(NOW - 30), Unfit::Expired),
        ("exp", json!(NOW), Unfit::Expired),
    ] {
        let mut bad = ticket.clone();
        bad[name] = value;
        assert_eq!(verdict(&bad).unwrap_err(), unfit, "{bad}");
    }
}

#[test]
fn what_is_signed_comes_back_as_it_was() {
    use crate::access::Addresses;
    struct Files;
    impl crate::contract::Channel for Files {
        const PATTERN: &'static str = "files/{folder}/{file?}";
        fn params(&self) -> Vec<(&'static str, String)> {
            vec![("folder", "a b".to_owned())]
        }
    }
    let grant = Grant::user("ann").subscribe(Files).subscribe(Files::any().with("folder", "c")).publish("default");
    let token = tokens().sign_for(&grant, None, NOW * 1000 + 999).unwrap();
    assert_eq!(token.expires_at(), (NOW + 3600) * 1000);
    let (read, _) = tokens().read(token.as_str(), NOW * 1000).unwrap();
    let expected = Grant::user("ann")
        .subscribe("files/a%20b")
        .subscribe(Addresses::from("files/{folder}/{file?}").with("folder", "c"))
        .publish("default");
    assert_eq!(read, expected.ending((NOW + 3600) * 1000), "one channel stays one: a file in it is not free");
    let (everything, _) = tokens().read(tokens().sign_for(&Grant::everything(), None, NOW * 1000).unwrap().as_str(), NOW * 1000).unwrap();
    assert_eq!(everything, Grant::everything().ending((NOW + 3600) * 1000));
    let ending = tokens().sign_for(&grant.clone().ending((NOW + 100) * 1000), None, NOW * 1000).unwrap();
    assert_eq!(ending.expires_at(), (NOW + 100) * 1000, "with the grant, if that ends sooner");
    let ticket = tokens().sign_for(&grant.ending((NOW + 100) * 1000), Some("ticket"), NOW * 1000).unwrap();
    assert_eq!(ticket.expires_at(), (NOW + 30) * 1000);
    assert_eq!(tokens().read(ticket.as_str(), NOW * 1000).unwrap().0.ends(), Some((NOW + 100) * 1000));
}

#[test]
fn what_cannot_be_signed_is_said() {
    let grant = Grant::user("ann");
    for incomplete in [
        Tokens::new([7; 31]).issuer("a").audience("b"),
        Tokens::new(SECRET).audience("b"),
        Tokens::new(SECRET).issuer("a"),
        tokens().lifetime(Duration::ZERO),
        tokens().lifetime(Duration::MAX),
        tokens().also_read("short"),
    ] {
        assert!(matches!(incomplete.sign(&grant), Err(TokenError::Incomplete { .. })), "{incomplete:?}");
    }
    assert!(matches!(tokens().sign(&Grant::user("")), Err(TokenError::Grant { .. })));
    let many = (0..500).fold(Grant::user("ann"), |grant, _| grant.subscribe("chat/{roomId}"));
    assert!(matches!(tokens().sign(&many), Err(TokenError::TooLarge { .. })));
}

#[test]
fn a_secret_is_changed_without_a_token_lost() {
    let grant = Grant::user("ann");
    let (old, new) = (tokens(), Tokens::new([8; 32]).issuer("acme").audience("live"));
    let both = new.clone().also_read(SECRET);
    let (of_old, of_both) = (old.sign(&grant).unwrap(), both.sign(&grant).unwrap());
    let now = crate::clock::unix_milliseconds();
    assert!(both.read(of_old.as_str(), now).is_ok() && both.read(of_both.as_str(), now).is_ok());
    assert!(new.read(of_both.as_str(), now).is_ok(), "the first one signs");
    assert_eq!(new.read(of_old.as_str(), now).unwrap_err(), Unfit::Signature);
    let shown = format!("{both:?} {of_old:?}");
    assert!(!shown.contains("7, 7") && !shown.contains("8, 8") && !shown.contains("eyJ"), "{shown}");
}
