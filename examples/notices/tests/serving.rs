//! The service as its users meet it: a notice goes in by HTTP, and comes out of the event stream and on the page.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts the service on a port that the kernel chooses.
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_notices")).env("PORT", "0").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    /// Sends a request that closes its connection, except for a stream, which goes on.
    fn send(&self, request: &str, body: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = format!("{request} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n", self.address, body.len());
        stream.write_all(format!("{head}content-type: application/json\r\n\r\n{body}").as_bytes()).unwrap();
        BufReader::new(stream)
    }

    fn ask(&self, request: &str, body: &str) -> String {
        let mut answer = String::new();
        self.send(request, body).read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The child may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_notice_reaches_who_listens_and_the_contract_decides_what_is_one() {
    let service = Service::start();
    let mut lines = service.send("GET /realtime/events?channel=default", "").lines();
    let mut next = |kind: &str| {
        let wanted = format!("\"type\":\"{kind}\"");
        lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("data: ") && line.contains(&wanted)).unwrap()
    };
    next("subscribed");
    assert!(service.ask("POST /notices", r#"{"text":"Lunch","until":"2026-11-31"}"#).starts_with("HTTP/1.1 422"), "no such day");
    assert!(service.ask("POST /notices", r#"{"text":"Lunch","until":"2026-11-30"}"#).starts_with("HTTP/1.1 201"));
    let event: serde_json::Value = serde_json::from_str(next("event").trim_start_matches("data: ")).unwrap();
    assert_eq!(event["event"], "notice.posted");
    assert_eq!(event["data"], serde_json::json!({ "text": "Lunch", "until": "2026-11-30" }));
}

#[test]
fn the_page_and_its_client_are_there() {
    let service = Service::start();
    assert!(service.ask("GET /", "").contains("notice.posted"));
    assert!(
        service.ask("GET /realtime/index.js", "").starts_with("HTTP/1.1 404"),
        "the client is not mixed up with the service's own routes"
    );
    assert!(service.ask("GET /client/contract.js", "").contains("name: \"notices\""));
}
