//! Connections that are encrypted, to a server whose certificate nobody but who was given it vouches for. Needs openssl for the certificates.

use std::{error::Error, fs, net::TcpListener, os::unix::fs::PermissionsExt as _, process::Command, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tempfile::TempDir;
use tidewire_postgres::{PostgresSync, SyncError};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::Level;

use crate::{
    order::{ITEMS, rows},
    support::{
        anything, contract,
        journal::Journal,
        log::Log,
        serve,
        server::{Server, folder, hand_over},
        via::Via,
    },
};

/// A certificate for `localhost` that vouches for itself, and its key.
struct Certificate(TempDir);

impl Certificate {
    fn of(authority: &str) -> Self {
        let this = Self(folder());
        let subject = ["-days", "2", "-subj", &format!("/CN={authority}"), "-addext", "subjectAltName=DNS:localhost"];
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(subject)
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &this.path("key.pem"), "-out", &this.path("own.pem")])
            .output()
            .unwrap_or_else(|error| panic!("openssl cannot be started ({error}): `apt-get install openssl`"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // PostgreSQL takes a key that is its own, and that nobody else may read.
        fs::set_permissions(this.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
        hand_over(this.path("key.pem"));
        this
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Trusts this one, and nothing else.
    fn connector(&self) -> MakeRustlsConnect {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("own.pem")).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        MakeRustlsConnect::new(config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth())
    }
}

/// A server on an address, with what else it is set to; and its port.
async fn start(settings: &[String]) -> (Server, u16) {
    // Taken, and let go: PostgreSQL takes no port of the system's choice.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = ["listen_addresses=127.0.0.1".to_owned(), format!("port={port}")];
    let settings: Vec<&'static str> = address.iter().chain(settings).map(|setting| &*setting.clone().leak()).collect();
    (Server::start_with(&settings).await, port)
}

/// What an error says, with all its causes.
fn chain(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", chain(cause)))
}

#[tokio::test]
async fn changes_come_over_an_encrypted_connection_and_nobody_talks_to_a_stranger() {
    let (own, other) = (Certificate::of("ours"), Certificate::of("theirs"));
    let files = [format!("ssl_cert_file={}", own.path("own.pem")), format!("ssl_key_file={}", own.path("key.pem"))];
    let (server, port) = start(&[&["ssl=on".to_owned()], &files[..]].concat()).await;
    server.execute(ITEMS).await;
    let address = format!("host=localhost hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=require");
    let sync = |address: &str, tls| PostgresSync::builder(address).tls(tls).table("items");

    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let realtime = serve(items, &journal, sync(&address, own.connector())).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'a'), (2, 1, 'b'); UPDATE items SET version = 2").await;
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.count(), 4);
    assert_eq!(journal.replay(), rows(&server).await);
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = 'tidewire'";
    assert!(server.number(encrypted).await >= 1);
    assert_eq!(server.number(&encrypted.replace("ssl AND", "NOT ssl AND")).await, 0);
    realtime.stop_plugins().await;

    let by_number = format!("host=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=require");
    let cases = [(&address, other.connector(), "UnknownIssuer"), (&by_number, own.connector(), "not valid for name")];
    for (address, tls, why) in cases {
        let stranger = sync(address, tls).build().unwrap();
        let error = stranger.uninstall().await.unwrap_err();
        assert!(matches!(error, SyncError::Database(_)), "{error:?}");
        let said = chain(&error);
        assert!(said.contains("error performing TLS handshake: invalid peer certificate") && said.contains(why), "{said}");
    }

    // A service begins without it, as without any database, and the log says why.
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let journal = Journal::new();
    let _realtime = serve(items, &journal, sync(&address, other.connector())).await;
    server.execute("INSERT INTO items VALUES (3, 1, 'c')").await;
    assert!(log.says(Level::WARN, "error performing TLS handshake: invalid peer certificate: UnknownIssuer") >= 1, "{:?}", log.lines());
    assert!(log.says(Level::WARN, "the database cannot be reached") >= 1);
    assert_eq!(journal.count(), 0);
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_refused_where_the_address_asks_for_it_and_only_there() {
    let (server, port) = start(&[]).await;
    server.execute(ITEMS).await;
    let sync = |mode: &str| {
        let address = format!("host=localhost hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres sslmode={mode}");
        PostgresSync::builder(&address).tls(Certificate::of("ours").connector()).table("items").build().unwrap()
    };
    let error = sync("require").uninstall().await.unwrap_err();
    assert!(chain(&error).contains("server does not support TLS"), "{}", chain(&error));
    sync("prefer").uninstall().await.unwrap();
}
