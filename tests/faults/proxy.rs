//! A TCP proxy that breaks the link it carries, in ways that are switched while it runs.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

const BUFFER: u32 = 32 * 1024;

/// How one direction of the link behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Pass,
    /// Each chunk arrives so much later.
    Delay(Duration),
    /// So many bytes in a second.
    Rate(u32),
    /// Nothing passes. What is sent meanwhile stays where it is, as on a network that loses every packet, and passes once the hole is gone.
    BlackHole,
    /// Each byte is a write of its own.
    Bytes,
}

/// How the link behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mode {
    /// Towards the target.
    pub(crate) up: Way,
    /// From the target.
    pub(crate) down: Way,
    /// How many bytes from the target a connection lives for; it is reset after them.
    pub(crate) cut_after: Option<usize>,
    /// New connections are reset at once.
    pub(crate) refuse: bool,
    /// Nothing passes on the connection that has this port towards the target.
    pub(crate) dead: Option<u16>,
}

impl Mode {
    pub(crate) const PASS: Self = Self { up: Way::Pass, down: Way::Pass, cut_after: None, refuse: false, dead: None };
    pub(crate) const BLACK_HOLE: Self = Self { up: Way::BlackHole, down: Way::BlackHole, ..Self::PASS };
    pub(crate) const DEAF: Self = Self { down: Way::BlackHole, ..Self::PASS };
    pub(crate) const MUTE: Self = Self { up: Way::BlackHole, ..Self::PASS };
    pub(crate) const BYTES: Self = Self { up: Way::Bytes, down: Way::Bytes, ..Self::PASS };
}

/// How connections end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// Both ends read the end of the stream.
    Close,
    /// Both ends get a reset.
    Reset,
}

/// A running proxy; dropping it resets its connections.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: watch::Sender<SocketAddr>,
    mode: watch::Sender<Mode>,
    /// Counts the orders to end what is open.
    ends: watch::Sender<(u64, End)>,
    open: AtomicUsize,
}

impl Proxy {
    pub(crate) fn start(target: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        shrink(&socket)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: watch::Sender::new(target),
            mode: watch::Sender::new(Mode::PASS),
            ends: watch::Sender::new((0, End::Reset)),
            open: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared, accepting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where new connections go.
    pub(crate) fn aim(&self, target: SocketAddr) {
        self.shared.target.send_replace(target);
    }

    /// How all connections behave from now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
    }

    /// Ends the connections that are open.
    pub(crate) fn end(&self, end: End) {
        self.shared.ends.send_modify(|(count, how)| (*count, *how) = (*count + 1, end));
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.end(End::Reset);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if shared.mode.borrow().refuse {
            reset(&client);
            continue;
        }
        let target = *shared.target.borrow();
        let (mode, ends, shared) = (shared.mode.subscribe(), shared.ends.subscribe(), shared.clone());
        tokio::spawn(async move {
            shared.open.fetch_add(1, Ordering::SeqCst);
            // An unreachable target looks to the client as it is: reset.
            match connect(target).await {
                Ok(server) => carry(client, server, mode, ends).await,
                Err(_) => reset(&client),
            }
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn connect(target: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    shrink(&socket)?;
    socket.connect(target).await
}

/// The kernel would hide a stalled reader behind megabytes of buffers. Inherited by what a listener accepts.
fn shrink(socket: &TcpSocket) -> io::Result<()> {
    socket.set_recv_buffer_size(BUFFER)?;
    socket.set_send_buffer_size(BUFFER)
}

/// Makes dropping the socket a reset.
fn reset(stream: &TcpStream) {
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

async fn carry(mut client: TcpStream, mut server: TcpStream, mode: watch::Receiver<Mode>, mut ends: watch::Receiver<(u64, End)>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let began = ends.borrow_and_update().0;
    let port = server.local_addr().map_or(0, |address| address.port());
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            carried = async { tokio::try_join!(pump(from_client, to_server, mode.clone(), port, false), pump(from_server, to_client, mode, port, true)) } => {
                if carried.is_ok() { End::Close } else { End::Reset }
            }
            ended = async { ends.wait_for(|(count, _)| *count != began).await.map(|ended| ended.1) } => ended.unwrap_or(End::Reset),
        }
    };
    if end == End::Reset {
        reset(&client);
        reset(&server);
    }
}

/// Carries one direction to its end. An error is a reset, of either side or of our own making.
async fn pump(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut mode: watch::Receiver<Mode>, port: u16, down: bool) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER as usize];
    let mut carried = 0;
    loop {
        let now = *mode.borrow_and_update();
        let way = match now.dead {
            Some(dead) if dead == port => Way::BlackHole,
            _ if down => now.down,
            _ => now.up,
        };
        let read = tokio::select! {
            biased;
            changed = mode.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Err(io::ErrorKind::ConnectionReset.into()),
            },
            read = from.read(&mut buffer), if way != Way::BlackHole => read?,
        };
        if read == 0 {
            return to.shutdown().await;
        }
        let chunk = &buffer[..read];
        match now.cut_after.filter(|_| down) {
            Some(limit) if carried + read >= limit => {
                to.write_all(&chunk[..limit.saturating_sub(carried)]).await?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            _ => carried += read,
        }
        match way {
            Way::Pass | Way::BlackHole => to.write_all(chunk).await?,
            Way::Delay(delay) => {
                tokio::time::sleep(delay).await;
                to.write_all(chunk).await?;
            }
            Way::Rate(bytes) => {
                let seconds = f64::from(u32::try_from(read).unwrap_or(u32::MAX)) / f64::from(bytes.max(1));
                to.write_all(chunk).await?;
                tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            }
            Way::Bytes => {
                for byte in chunk {
                    to.write_all(std::slice::from_ref(byte)).await?;
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}
