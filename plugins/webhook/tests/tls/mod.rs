//! An endpoint that speaks TLS; needs openssl for the certificate.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tidewire_webhook::{
    DeadReason, Endpoint, Webhook,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{
    Dead, builder, live, orders, paid,
    receiver::{Receiver, SECRET, eventually},
};

/// A certificate of its own authority, and its key.
fn certificate() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
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
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &certificate])
        .stderr(Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("openssl cannot be started ({error}): `apt-get install openssl`"));
    assert!(made.success());
    (CertificateDer::from_pem_file(certificate).unwrap(), PrivateKeyDer::from_pem_file(key).unwrap())
}

/// Serves the receiver over TLS, and answers the port.
async fn serve(receiver: &Receiver, certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> u16 {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (acceptor, app) = (TlsAcceptor::from(Arc::new(config)), receiver.app());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (acceptor, app) = (acceptor.clone(), app.clone());
            tokio::spawn(async move {
                // A client that does not trust it hangs up here.
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let service = TowerToHyperService::new(app);
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn https_is_spoken_to_those_who_are_vouched_for_and_to_nobody_else() {
    let (certificate, key) = certificate();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = |roots| {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
        config.with_root_certificates(roots).with_no_client_auth()
    };
    let receiver = Receiver::start().await;
    let url = format!("https://localhost:{}/hooks", serve(&receiver, certificate, key).await);
    let endpoint = Endpoint::new("shop", url, SECRET).event::<live::Orders, live::OrderPaid>().attempts(2);
    let endpoint = endpoint.pauses(Duration::from_millis(5), Duration::from_millis(20));

    let trusting = Webhook::new().endpoint(endpoint.clone()).tls(config(roots));
    let realtime = builder().plugin(trusting).build().await.unwrap();
    realtime.channel(orders("a")).publish(paid(1)).await.unwrap();
    eventually("it came", || receiver.taken().len() == 1).await;

    let dead = Dead::default();
    let wary = dead.watch(Webhook::new().endpoint(endpoint).tls(config(RootCertStore::empty())));
    let realtime = builder().plugin(wary).build().await.unwrap();
    realtime.channel(orders("a")).publish(paid(1)).await.unwrap();
    eventually("it is dead", || dead.reasons() == [DeadReason::GaveUp { attempts: 2 }]).await;
    assert_eq!(receiver.heard().len(), 1, "nothing was said to somebody for whom nobody vouches");
}
