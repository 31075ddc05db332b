//! The floor of an event stream that is a response body: frames encoded once, a short queue and a waker for each subscriber, and nothing else on top of axum and hyper.
//!
//! Not a usable server, like fanbench's `raw-limit`, of which it is the counterpart: one channel, no cursors, no bounds. Its frames are as long as Tidewire's.
//! `SERVE=axum`, unless set, is axum's own server; `SERVE=hyper` is hyper's HTTP/1 connection without a router. `GET /sse`, `POST /pub`.
#![allow(clippy::unwrap_used, reason = "a reference for a benchmark, which had better end than go on")]

use std::{
    collections::VecDeque,
    convert::Infallible,
    env,
    io::{Write as _, stdout},
    net::Ipv4Addr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[derive(Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    waker: Option<Waker>,
}

#[derive(Clone, Default)]
struct Channel(Arc<Mutex<Vec<Arc<Mutex<Queue>>>>>);

struct Stream(Arc<Mutex<Queue>>);

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut queue = self.0.lock().unwrap();
        if let Some(frame) = queue.frames.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(frame))));
        }
        match &mut queue.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Channel {
    fn subscribe(&self) -> Response {
        let queue = Arc::new(Mutex::new(Queue { frames: VecDeque::from([Bytes::from_static(b": hi\n\n")]), waker: None }));
        self.0.lock().unwrap().push(queue.clone());
        Response::builder().header(header::CONTENT_TYPE, "text/event-stream").body(Body::new(Stream(queue))).unwrap()
    }

    fn publish(&self, payload: &str) {
        let frame = Bytes::from(format!(
            "id: 00000000.000000000000.0000000000000-0\ndata: {{\"type\":\"event\",\"channel\":\"bench/0\",\"event\":\"message\",\"id\":\"00000000.000000000000.0000000000000-0\",\"number\":100,\"time\":1732153200000,\"sender\":null,\"data\":\"{payload}\"}}\n\n"
        ));
        // A body that is gone holds its queue no more.
        self.0.lock().unwrap().retain(|queue| {
            let mut locked = queue.lock().unwrap();
            locked.frames.push_back(frame.clone());
            locked.waker.as_ref().inspect(|waker| waker.wake_by_ref());
            Arc::strong_count(queue) > 1
        });
    }
}

fn empty() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).body(Body::empty()).unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = env::var("PORT").ok().map_or(0, |port| port.parse().unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    writeln!(stdout(), "listening on http://{}", listener.local_addr().unwrap()).unwrap();
    let channel = Channel::default();
    if env::var("SERVE").is_ok_and(|serve| serve == "hyper") {
        return bare(listener, channel).await;
    }
    let publish = async |State(channel): State<Channel>, body: String| {
        channel.publish(&body);
        empty()
    };
    let app = Router::new().route("/sse", get(async |State(channel): State<Channel>| channel.subscribe())).route("/pub", post(publish)).with_state(channel);
    axum::serve(listener, app.into_make_service()).await.unwrap();
}

async fn bare(listener: TcpListener, channel: Channel) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let channel = channel.clone();
        let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
            let channel = channel.clone();
            async move {
                if request.method() == Method::GET {
                    return Ok::<_, Infallible>(channel.subscribe());
                }
                let body = request.into_body().collect().await.unwrap().to_bytes();
                channel.publish(&String::from_utf8_lossy(&body));
                Ok(empty())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), answer));
    }
}
