//! The server's own accept loop.

mod allowance;
mod connection;
mod handover;
mod lifeline;
mod streams;

use std::{
    fmt,
    future::{Future, IntoFuture, Pending, pending},
    io,
    pin::{Pin, pin},
    time::Duration,
};

use axum::Router;
use futures_util::future::join_all;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinError, JoinSet},
    time::Instant,
};

use self::connection::Protocol;
pub(crate) use self::{
    allowance::{Allowance, Allowed},
    handover::{Handover, Passenger, Upgrade},
    lifeline::{Counted, Lifeline},
    streams::Reset,
};
use crate::{plugin, workers::Workers};

const DRAIN: Duration = Duration::from_secs(20);
/// How long a client that was sent away may take to make room for the word of it. Longer than a phone needs to wake up, shorter than anybody waits for a server to
/// stop; who is cut off comes back with its cursor, and only does not know when it should.
pub(crate) const PARTING: Duration = Duration::from_secs(5);
/// How long plugins have to stop, all of them, however long requests took to finish.
const PLUGINS: Duration = Duration::from_secs(5);
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many connections the kernel holds ready to be accepted, as far as the system allows. `TcpListener::bind` asks for 128, which clients that come back all at once
/// overflow: what the kernel drops then tries again after 1, 2 and 4 s.
const BACKLOG: i32 = 65_535;

#[doc = include_str!("../docs/serve.md")]
pub fn serve(listener: TcpListener, app: Router) -> Serve {
    Serve { listener, app, shutdown: pending(), drain: DRAIN }
}

/// A server that is about to run; made by [`serve`]. Await it.
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<F = Pending<()>> {
    listener: TcpListener,
    app: Router,
    shutdown: F,
    drain: Duration,
}

impl<F> Serve<F> {
    /// Shuts down when `signal` completes, whatever its output: ends the event streams, lets requests finish, accepts nothing new.
    ///
    /// ```no_run
    /// # async fn run(listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
    /// tidewire::serve(listener, app).with_shutdown(tokio::signal::ctrl_c()).await
    /// # }
    /// ```
    pub fn with_shutdown<G>(self, signal: G) -> Serve<G>
    where
        G: Future + Send + 'static,
    {
        let Self { listener, app, drain, .. } = self;
        Serve { listener, app, shutdown: signal, drain }
    }

    /// How long requests may take to finish after the signal, 20 s unless set. What is left then is cut off.
    ///
    /// Then the plugins of services that no other server carries are stopped. They have what is left of this time, and at least 5 s.
    pub fn drain(self, drain: Duration) -> Self {
        Self { drain, ..self }
    }
}

impl<F> IntoFuture for Serve<F>
where
    F: Future + Send + 'static,
{
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self))
    }
}

impl<F> fmt::Debug for Serve<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("listener", &self.listener).field("drain", &self.drain).finish_non_exhaustive()
    }
}

async fn run<F: Future>(server: Serve<F>) -> io::Result<()> {
    let Serve { listener, app, shutdown, drain } = server;
    // Of a socket that listens already, this changes the number alone.
    if let Err(error) = socket2::SockRef::from(&listener).listen(BACKLOG) {
        tracing::debug!(%error, "cannot lengthen the queue of the listener");
    }
    // Dropping the set, and with it this future, ends what the workers look after.
    let mut tasks = JoinSet::new();
    let lifeline = Lifeline::new(Workers::spawn(&mut tasks));
    // What is on its way to a worker ends with this future, too.
    let _end = lifeline.clone().abandoning();
    let protocol = Protocol::new(app, lifeline.clone());
    // Dropping the set, and with it this future, ends every connection.
    let mut connections = JoinSet::new();
    // The output, of whatever type, is dropped right here.
    let mut shutdown = pin!(async move { drop(shutdown.await) });
    let mut pause = SHORTEST_PAUSE;
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => report(&ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    pause = SHORTEST_PAUSE;
                    prepare(&stream);
                    connections.spawn(protocol.connection(stream, peer));
                }
                Err(error) if is_peers_fault(&error) => {}
                Err(error) => {
                    // Out of descriptors or memory: connections that end make room, so the loop must go on, but not spin.
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "cannot accept connections");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            },
        }
    }
    drop(listener);
    tracing::info!(connections = connections.len() + lifeline.sockets(), "shutting down");
    lifeline.cut();
    let began = Instant::now();
    let finished = async {
        while let Some(ended) = connections.join_next().await {
            report(&ended);
        }
        lifeline.emptied().await;
    };
    if tokio::time::timeout(drain, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), sockets = lifeline.sockets(), "cutting off what did not finish in time");
    }
    connections.shutdown().await;
    tasks.shutdown().await;
    let until = began.checked_add(drain).map(|end| end.max(Instant::now() + PLUGINS));
    join_all(plugin::let_go(protocol).iter().map(|plugins| plugins.stop(until))).await;
    Ok(())
}

fn report(ended: &Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a handler panicked; its connection is closed");
    }
}

/// Whether a connection went away before it was accepted.
fn is_peers_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}

/// Sets what keeps a connection quick, and small when its reader stalls. A socket that refuses is served all the same.
fn prepare(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    let set = || -> io::Result<()> {
        socket.set_tcp_nodelay(true)?;
        // The kernel's default grows to megabytes for a client that never reads.
        socket.set_send_buffer_size(64 * 1024)?;
        // Ends a connection whose peer stopped taking data, which hyper does not notice while it waits for the socket.
        #[cfg(target_os = "linux")]
        {
            socket.set_tcp_user_timeout(Some(Duration::from_secs(20)))?;
            // What cannot be sent yet waits in a ring, where it is shared, and not in the kernel.
            socket.set_tcp_notsent_lowat(16 * 1024)?;
        }
        Ok(())
    };
    if let Err(error) = set() {
        tracing::debug!(%error, "cannot set the options of a socket");
    }
}
