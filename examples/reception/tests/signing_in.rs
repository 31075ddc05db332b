//! Signing in, as somebody meets it who would rather be somebody else.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use reception::{
    Sessions,
    visit::{Browser, json_of},
};
use serde_json::{Value, json};

fn app() -> Router {
    Sessions::new("test-session").host_key("the key of the house").router()
}

#[tokio::test]
async fn who_signs_in_is_known_by_the_cookie_alone() {
    let app = app();
    let (ann, name) = Browser::signed_in(&app, " Ann  van\u{200b} Dyk ").await;
    assert_eq!(name, "Ann van Dyk");
    assert_eq!(ann.get("/session").await.1, json!({ "name": "Ann van Dyk", "host": false }));
    assert_eq!(Browser::new(&app).get("/session").await.1, json!({ "name": null, "host": false }));
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_from_other_sites() {
    let response = Browser::new(&app()).request(Method::POST, "/session", Some(json!({ "name": "ann" }).to_string())).await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let id = cookie.split(['=', ';']).nth(1).expect("a value");
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "nobody guesses {id}");
}

#[tokio::test]
async fn a_forged_cookie_is_nobody() {
    let app = app();
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let real = ann.cookie.clone().expect("a cookie");
    let mut last = real.clone();
    let end = if last.pop() == Some('0') { '1' } else { '0' };
    for forged in [
        format!("{last}{end}"),
        "test-session=ann".to_owned(),
        "test-session=".to_owned(),
        format!("test-session={}", "0".repeat(64)),
        format!("test-session={}", "a".repeat(7000)),
        real.replace("test-session", "other-session"),
        real.to_uppercase().replace("TEST-SESSION", "test-session") + "x",
        "=;;;=test-session".to_owned(),
    ] {
        let request = Request::get("/session").header(header::COOKIE, forged.as_bytes()).body(Body::empty()).expect("a request");
        assert_eq!(json_of(ann.ask(request).await).await["name"], Value::Null, "{forged:.80}");
    }
    let among_others = Browser { cookie: Some(format!("a=b; {real}; c=d")), ..ann };
    assert_eq!(among_others.get("/session").await.1["name"], "ann");
}

#[tokio::test]
async fn nobody_gets_the_name_of_somebody_else() {
    let app = app();
    let mut names = Vec::new();
    for wish in ["ann", "ANN", "a\u{200d}nn", " ann "] {
        names.push(Browser::signed_in(&app, wish).await.1);
    }
    assert_eq!(names, ["ann", "ANN 2", "ann 3", "ann 4"]);
}

#[tokio::test]
async fn a_new_name_ends_the_old_session_and_signing_out_ends_it_for_good() {
    let app = app();
    let (mut ann, _) = Browser::signed_in(&app, "ann").await;
    let before = ann.clone();
    let response = ann.request(Method::POST, "/session", Some(json!({ "name": "anna" }).to_string())).await;
    ann.keep_cookie(&response);
    assert_eq!(ann.get("/session").await.1["name"], "anna");
    assert_eq!(before.get("/session").await.1["name"], Value::Null);
    assert_eq!(ann.request(Method::DELETE, "/session", None).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(ann.get("/session").await.1["name"], Value::Null);
}

#[tokio::test]
async fn only_the_key_makes_a_host() {
    let app = app();
    let (host, _) = Browser::signed_in_with(&app, json!({ "name": "ann", "key": "the key of the house" })).await;
    assert_eq!(host.get("/session").await.1["host"], true);
    for key in ["", "the key of the hous", "the key of the house ", "The key of the house"] {
        assert_eq!(Browser::new(&app).post("/session", json!({ "name": "eve", "key": key })).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(Browser::new(&app).post("/session", json!({ "name": "eve", "host": true })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_no_name_and_what_comes_from_elsewhere_is_refused() {
    let app = app();
    let browser = Browser::new(&app);
    for (body, status) in [
        (json!({ "name": "" }).to_string(), 422),
        (json!({ "name": "x".repeat(41) }).to_string(), 422),
        (json!({ "name": 7 }).to_string(), 422),
        (json!({ "name": "x".repeat(5000) }).to_string(), 413),
        ("{".to_owned(), 400),
    ] {
        assert_eq!(browser.post("/session", &body).await.0.as_u16(), status, "{body:.60}");
    }
    for origin in ["http://127.0.0.1:3001", "https://evil.example", "null", "http://127.0.0.1:3000.evil.example", ""] {
        let elsewhere = Browser { origin: origin.to_owned(), ..browser.clone() };
        let (status, answer) = elsewhere.post("/session", json!({ "name": "ann" })).await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::FORBIDDEN, &json!("denied")), "{origin}");
    }
}
