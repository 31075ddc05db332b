//! The life of the process.

use std::{
    env,
    error::Error,
    io::{self, ErrorKind, IsTerminal as _},
    net::Ipv4Addr,
    process::ExitCode,
};

use axum::Router;
use tidewire::BuildError;
use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

/// Serves an application on the loopback address until it is asked to stop, and says where it is. `PORT` names another port; `PORT=0` picks a free one.
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
    let listener = listen(name, chosen(port)?).await?;
    let app = app.await?;
    announce(&listener, notes)?;
    tidewire::serve(listener, app).with_shutdown(asked_to_stop()).await?;
    Ok(())
}

fn chosen(port: u16) -> Result<u16, String> {
    match env::var("PORT") {
        Ok(text) => text.parse().map_err(|_| format!("PORT is a number from 0 to 65535, and {text:?} is not; 0 picks a free port")),
        Err(_) => Ok(port),
    }
}

async fn listen(name: &str, port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let problem = if error.kind() == ErrorKind::AddrInUse { "is taken".to_owned() } else { format!("cannot be used: {error}") };
        format!("port {port} {problem}; choose another one with `PORT=8080 cargo run -p {name}`, or let `PORT=0` pick one")
    })
}

#[expect(clippy::print_stdout, reason = "where the page is, is the output of this program")]
fn announce(listener: &TcpListener, notes: &[String]) -> io::Result<()> {
    let address = format!("http://{}", listener.local_addr()?);
    println!("listening on {address}");
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
