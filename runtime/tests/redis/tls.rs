//! A server that only speaks TLS. `cargo test -p tidewire --features redis-tls --test redis tls`; needs openssl for the certificate.

use std::process::{Command, Stdio};

use crate::support::redis::{Recorder, RedisServer, draft};
use tidewire::{Broker, RedisBroker};

#[tokio::test]
async fn commands_and_the_link_speak_tls() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (path("certificate.pem"), path("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
        .stderr(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("openssl cannot be started ({error}): `apt-get install openssl`"));
    assert!(made.success());
    let port = crate::support::redis::free_port().to_string();
    let _server = RedisServer::with(&[
        "--save",
        "",
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://localhost:{port}");
    assert!(RedisBroker::connect(url.as_str()).await.is_err(), "nobody vouches for the certificate");
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(std::fs::read(&certificate).unwrap()) };
    let client = redis::Client::build_with_tls(url.as_str(), certificates).unwrap();
    let broker = RedisBroker::from_client(&client).connect().await.unwrap();
    let recorder = Recorder::attach(&broker).await;
    broker.subscribe("chat/1").await.unwrap();
    broker.publish("chat/1", draft(1)).await.unwrap();
    recorder.receives("chat/1", 1).await;
}
