//! The proxy breaks links the way it says.

use std::{io::ErrorKind, net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

use crate::proxy::{End, Mode, Proxy, Way};

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(10);

/// A connection through a proxy, and the other end of it.
async fn link() -> (Proxy, TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).unwrap();
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    let (server, _) = timeout(LONG, listener.accept()).await.unwrap().unwrap();
    (proxy, client, server)
}

async fn arrives(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).await.unwrap();
    expect(to, bytes).await;
}

async fn expect(to: &mut TcpStream, bytes: &[u8]) {
    let mut read = vec![0; bytes.len()];
    timeout(LONG, to.read_exact(&mut read)).await.expect("nothing came").unwrap();
    assert_eq!(read, bytes);
}

async fn is_silent(to: &mut TcpStream) {
    assert!(timeout(SHORT, to.read_u8()).await.is_err(), "something came");
}

#[tokio::test]
async fn it_carries_both_ways_and_the_end() {
    let (proxy, mut client, mut server) = link().await;
    arrives(&mut client, &mut server, b"up").await;
    arrives(&mut server, &mut client, b"down").await;
    assert_eq!(proxy.open(), 1);
    drop(client);
    assert_eq!(timeout(LONG, server.read(&mut [0])).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_black_hole_holds_one_way_or_both_until_it_is_gone() {
    let (proxy, mut client, mut server) = link().await;
    proxy.set(Mode::DEAF);
    arrives(&mut client, &mut server, b"up").await;
    server.write_all(b"down").await.unwrap();
    is_silent(&mut client).await;
    proxy.set(Mode::BLACK_HOLE);
    client.write_all(b"more").await.unwrap();
    is_silent(&mut server).await;
    proxy.set(Mode::PASS);
    expect(&mut client, b"down").await;
    expect(&mut server, b"more").await;
}

#[tokio::test]
async fn it_resets_and_closes() {
    let (proxy, mut client, mut server) = link().await;
    arrives(&mut client, &mut server, b"up").await;
    proxy.end(End::Reset);
    for end in [&mut client, &mut server] {
        let error = timeout(LONG, end.read_u8()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let (proxy, mut client, mut server) = link().await;
    arrives(&mut client, &mut server, b"up").await;
    proxy.end(End::Close);
    assert_eq!(timeout(LONG, client.read(&mut [0])).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn it_cuts_after_so_many_bytes() {
    let (proxy, mut client, mut server) = link().await;
    proxy.set(Mode { cut_after: Some(5), ..Mode::PASS });
    server.write_all(b"1234567").await.unwrap();
    let mut read = Vec::new();
    let error = timeout(LONG, client.read_to_end(&mut read)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(b"12345".starts_with(&read), "{read:?}");
}

#[tokio::test]
async fn it_delays_limits_and_splits() {
    let (proxy, mut client, mut server) = link().await;
    for (way, least) in [(Way::Delay(SHORT), SHORT), (Way::Rate(100), SHORT), (Way::Bytes, Duration::ZERO)] {
        proxy.set(Mode { up: way, ..Mode::PASS });
        let began = Instant::now();
        arrives(&mut client, &mut server, &[7; 20]).await;
        arrives(&mut client, &mut server, &[8; 20]).await;
        assert!(began.elapsed() >= least, "{way:?} took {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn it_refuses_and_aims_elsewhere() {
    let (proxy, _client, _server) = link().await;
    proxy.set(Mode { refuse: true, ..Mode::PASS });
    let mut refused = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(timeout(LONG, refused.read_u8()).await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    proxy.set(Mode::PASS);
    proxy.aim(other.local_addr().unwrap());
    let _moved = TcpStream::connect(proxy.address()).await.unwrap();
    timeout(LONG, other.accept()).await.unwrap().unwrap();
}
