use std::future::poll_fn;

use tokio::{io::AsyncReadExt as _, net::TcpListener};

use super::*;

const STALL: Duration = Duration::from_secs(10);

async fn pipe() -> (Pipe<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    SockRef::from(&socket).set_send_buffer_size(64 * 1024).unwrap();
    SockRef::from(&reader).set_recv_buffer_size(64 * 1024).unwrap();
    (Pipe::new(socket, STALL), reader)
}

/// A batch of pieces of these sizes, of which the even ones are shared, and all of its bytes.
fn batch(sizes: &[usize]) -> (Batch, Vec<u8>) {
    let mut batch = Batch::sharing_from(0);
    for (at, &size) in sizes.iter().enumerate() {
        let bytes: Vec<u8> = (0..size).map(|byte| (byte * 31 + at).to_le_bytes()[0]).collect();
        if at % 2 == 0 {
            batch.push_shared(&bytes, || Bytes::from(bytes.clone()));
        } else {
            batch.push(&bytes);
        }
    }
    let all = batch.pieces().flat_map(|piece| piece.bytes().to_vec()).collect();
    (batch, all)
}

#[tokio::test]
async fn pieces_arrive_whole_and_in_order_however_much_the_socket_takes_at_once() {
    // Everything at once; more pieces than one call takes; the end within the first piece, between two, within the last.
    let many: Vec<usize> = (1..=3 * AT_ONCE).collect();
    for sizes in [&[300, 5][..], &many, &[9_000_000, 10, 20], &[10, 20, 9_000_000, 3, 4], &[1000, 4_000_000, 10, 5_000_000, 7]] {
        let (mut pipe, mut reader) = pipe().await;
        let (batch, expected) = batch(sizes);
        let length = expected.len();
        let reading = tokio::spawn(async move {
            let mut read = vec![0; length];
            reader.read_exact(&mut read).await.map(|_| read)
        });
        poll_fn(|cx| Poll::Ready(pipe.send(cx, &batch))).await.unwrap();
        assert_eq!(pipe.is_blocked(), length > 1_000_000, "{sizes:?}");
        poll_fn(|cx| pipe.poll_flush(cx)).await.unwrap();
        assert_eq!(pipe.stall.written, length as u64);
        assert!(reading.await.unwrap().unwrap() == expected, "{sizes:?}");
    }
}
