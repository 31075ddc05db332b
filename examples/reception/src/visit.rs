//! A browser without a screen, for the tests of the examples: it keeps a cookie, says where its page is from, and listens. What does not come in time is a
//! panic, which is how a test reports.

#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PATIENCE: Duration = Duration::from_secs(10);
const HOST: &str = "127.0.0.1:3000";

/// Somebody's browser, at the application itself.
#[derive(Clone, Debug)]
pub struct Browser {
    /// What answers its requests.
    pub app: Router,
    /// What it sends as `Cookie`.
    pub cookie: Option<String>,
    /// Where the page is from that makes its requests.
    pub origin: String,
}

impl Browser {
    /// One that is not signed in, on a page of the application.
    pub fn new(app: &Router) -> Self {
        Self { app: app.clone(), cookie: None, origin: format!("http://{HOST}") }
    }

    /// One that is signed in. Answers under which name, too.
    pub async fn signed_in(app: &Router, name: &str) -> (Self, String) {
        Self::signed_in_with(app, json!({ "name": name })).await
    }

    /// One that is signed in with this body.
    pub async fn signed_in_with(app: &Router, body: Value) -> (Self, String) {
        let mut browser = Self::new(app);
        let response = browser.request(Method::POST, "/session", Some(body.to_string())).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        browser.keep_cookie(&response);
        let name = json_of(response).await["name"].as_str().unwrap().to_owned();
        (browser, name)
    }

    /// Takes the cookie of an answer, as a browser does.
    pub fn keep_cookie(&mut self, response: &Response<Body>) {
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    /// Sends a request as a page would.
    pub async fn request(&self, method: Method, path: &str, json: Option<String>) -> Response<Body> {
        let mut request = Request::builder().method(&method).uri(path).header(header::HOST, HOST);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        // A browser leaves the origin out where a page reads from its own, and says in another way that it is its own.
        let own = self.origin == format!("http://{HOST}");
        request = if own && method.is_safe() {
            request.header("sec-fetch-site", "same-origin")
        } else {
            request.header(header::ORIGIN, &self.origin)
        };
        if json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.ask(request.body(json.map_or_else(Body::empty, Body::from)).unwrap()).await
    }

    /// Sends a request as it is.
    pub async fn ask(&self, request: Request<Body>) -> Response<Body> {
        tokio::time::timeout(PATIENCE, self.app.clone().oneshot(request)).await.expect("an answer in time").unwrap()
    }

    /// The status and the JSON of an answer.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.request(Method::GET, path, None).await;
        (response.status(), json_of(response).await)
    }

    /// The same for a request with JSON, or with any text that is meant to be some.
    pub async fn post(&self, path: &str, body: impl ToString) -> (StatusCode, Value) {
        let response = self.request(Method::POST, path, Some(body.to_string())).await;
        (response.status(), json_of(response).await)
    }

    /// Opens an event stream.
    pub async fn listen(&self, query: &str) -> Listener {
        let response = self.request(Method::GET, &format!("/realtime/events?{query}"), None).await;
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        let mut listener = Listener { browser: self.clone(), body: response.into_body(), text: String::new(), session: String::new() };
        let welcome = listener.frame("welcome").await;
        welcome["session"].as_str().unwrap_or_default().clone_into(&mut listener.session);
        listener
    }
}

/// An open event stream.
#[derive(Debug)]
pub struct Listener {
    browser: Browser,
    body: Body,
    text: String,
    session: String,
}

impl Listener {
    /// The next frame of a type; what comes before it is passed over.
    pub async fn frame(&mut self, kind: &str) -> Value {
        self.find(&format!("`{kind}`"), |frame| frame["type"] == kind).await
    }

    /// The next event with a name; what comes before it is passed over.
    pub async fn event(&mut self, name: &str) -> Value {
        self.find(&format!("event `{name}`"), |frame| frame["type"] == "event" && frame["event"] == name).await
    }

    /// The next frame that is right; what comes before it is passed over.
    pub async fn find(&mut self, what: &str, is_right: impl Fn(&Value) -> bool) -> Value {
        let mut seen = String::new();
        let read = async {
            loop {
                while let Some(end) = self.text.find('\n') {
                    let line: String = self.text.drain(..=end).collect();
                    seen.push_str(&line);
                    let frame = line.strip_prefix("data: ").and_then(|json| serde_json::from_str::<Value>(json).ok());
                    if let Some(frame) = frame.filter(&is_right) {
                        return Some(frame);
                    }
                }
                let more = self.body.frame().await?.ok()?;
                self.text.push_str(std::str::from_utf8(&more.into_data().unwrap_or_default()).ok()?);
            }
        };
        let found = tokio::time::timeout(PATIENCE, read).await;
        found.ok().flatten().unwrap_or_else(|| panic!("no {what} in time; so far: {seen}"))
    }

    /// Sends a frame that somebody made by hand, as the client of this stream. Answers the reply.
    pub async fn send(&self, frame: Value) -> Value {
        self.send_as(&self.browser, frame).await
    }

    /// The same from another browser that got hold of the session.
    pub async fn send_as(&self, browser: &Browser, frame: Value) -> Value {
        let (status, answer) = browser.post("/realtime/send", json!({ "session": self.session, "frames": [frame] })).await;
        if status == StatusCode::OK { answer["replies"][0].clone() } else { answer }
    }
}

/// The JSON of an answer; null if it is none.
pub async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_str(&text_of(response).await).unwrap_or_default()
}

/// The text of an answer.
pub async fn text_of(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}
