//! The life of the process.

use std::{
    env,
    error::Error,
    io::{self, ErrorKind, IsTerminal as _},
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
    str::FromStr,
};

use axum::Router;
use tidewire::BuildError;
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

/// Serves an application on the loopback address until it is asked to stop, and says where it is. `PORT` names another port; `PORT=0` picks a free one. `HOST` names
/// another address: with `0.0.0.0`, a phone in the same network finds it.
///
/// `notes` are printed below the address: what somebody at this terminal may know, and nobody else.
pub async fn serve(name: &str, port: u16, app: impl Future<Output = Result<Router, BuildError>>, notes: &[String]) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    match run(name, port, app, notes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(name, &*problem);
            ExitCode::FAILURE
        }
    }
}

async fn run(name: &str, port: u16, app: impl Future<Output = Result<Router, BuildError>>, notes: &[String]) -> Result<(), Box<dyn Error>> {
    let port = chosen("PORT", port, "a number from 0 to 65535; 0 picks a free port")?;
    let host = chosen("HOST", IpAddr::V4(Ipv4Addr::LOCALHOST), "an address of this machine; 0.0.0.0 is all of them")?;
    let listener = listen(name, host, port).await?;
    let app = app.await?;
    announce(&listener, notes)?;
    tidewire::serve(listener, app).with_shutdown(asked_to_stop()).await?;
    Ok(())
}

/// What the environment says, or else what is usual.
fn chosen<T: FromStr>(name: &str, usual: T, meaning: &str) -> Result<T, String> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name} is {meaning}; {text:?} is none")),
        Err(_) => Ok(usual),
    }
}

async fn listen(name: &str, host: IpAddr, port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            format!("port {port} is taken; choose another one with `PORT=8080 cargo run -p {name}`, or let `PORT=0` pick one")
        }
        ErrorKind::AddrNotAvailable => format!("HOST={host} is no address of this machine; `HOST=0.0.0.0` is all that it has"),
        _ => format!(
            "port {port} cannot be used: {error}; choose another one with `PORT=8080 cargo run -p {name}`, or let `PORT=0` pick one"
        ),
    })
}

#[expect(clippy::print_stdout, reason = "where the page is, is the output of this program")]
fn announce(listener: &TcpListener, notes: &[String]) -> io::Result<()> {
    let listens = listener.local_addr()?;
    let is_open = listens.ip().is_unspecified();
    let address = if is_open { format!("http://localhost:{}", listens.port()) } else { format!("http://{listens}") };
    println!("listening on {address}");
    if is_open {
        println!("and, for everybody in this network, on port {} of this machine's addresses, unencrypted", listens.port());
    }
    for note in notes {
        println!("{}", note.replace("{address}", &address));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the last words of a program that cannot start")]
fn complain(name: &str, problem: &dyn Error) {
    eprintln!("{name}: {problem}");
}

/// Completes on Ctrl-C, and on Unix also on SIGTERM, which is how supervisors ask.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // An error means that no handler could be installed: then Ctrl-C ends the process in the ordinary way, and this must not.
    if signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
