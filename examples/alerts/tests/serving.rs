//! The service as its users meet it: an alert goes in by HTTP, and comes out of the event stream of its region.
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
        let mut child = Command::new(env!("CARGO_BIN_EXE_alerts")).env("PORT", "0").stdout(Stdio::piped()).spawn().unwrap();
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
fn an_alert_reaches_its_region_and_the_contract_decides_what_is_one() {
    let service = Service::start();
    let mut lines = service.send("GET /realtime/events?channel=alerts/de", "").lines();
    let mut next = |kind: &str| -> serde_json::Value {
        let wanted = format!("\"type\":\"{kind}\"");
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("data: ") && line.contains(&wanted)).unwrap();
        serde_json::from_str(line.trim_start_matches("data: ")).unwrap()
    };
    next("subscribed");
    let alert = r#"{"level":"critical","text":"Water is rising"}"#;
    assert!(service.ask("POST /alerts/deu", alert).starts_with("HTTP/1.1 422"), "no such region");
    assert!(service.ask("POST /alerts/de", &alert.replace("Water is rising", "")).starts_with("HTTP/1.1 422"), "it says nothing");
    assert!(service.ask("POST /alerts/fr", alert).starts_with("HTTP/1.1 201"));
    assert!(service.ask("POST /alerts/de", alert).starts_with("HTTP/1.1 201"));
    assert!(service.ask("DELETE /alerts/de", "").starts_with("HTTP/1.1 201"));
    let raised = next("event");
    assert_eq!((&raised["event"], &raised["data"]["level"]), (&"alert.raised".into(), &"critical".into()));
    assert_eq!(next("event")["event"], "alert.cleared");
}
