//! A chat in two browsers. Run with `cargo run -p chat`, open the printed address twice.

use std::{
    env,
    error::Error,
    io::{self, ErrorKind, IsTerminal as _},
    net::Ipv4Addr,
    process::ExitCode,
};

use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

const DEFAULT_PORT: u16 = 3000;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&*problem);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let listener = listen(port()?).await?;
    announce(&listener)?;
    tidewire::serve(listener, chat::app().await?).with_shutdown(asked_to_stop()).await?;
    Ok(())
}

fn port() -> Result<u16, String> {
    match env::var("PORT") {
        Ok(text) => text.parse().map_err(|_| format!("PORT is a number from 0 to 65535, and {text:?} is not; 0 picks a free port")),
        Err(_) => Ok(DEFAULT_PORT),
    }
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let problem = if error.kind() == ErrorKind::AddrInUse { "is taken".to_owned() } else { format!("cannot be used: {error}") };
        format!("port {port} {problem}; choose another one with `PORT=8080 cargo run -p chat`, or let `PORT=0` pick one")
    })
}

#[expect(clippy::print_stdout, reason = "where the page is, is the output of this program")]
fn announce(listener: &TcpListener) -> io::Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the last words of a program that cannot start")]
fn complain(problem: &dyn Error) {
    eprintln!("chat: {problem}");
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
