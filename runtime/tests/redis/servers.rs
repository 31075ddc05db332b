//! Servers that the Redis broker does not work with, or warns about.

use std::error::Error;

use crate::support::{
    log::Log,
    redis::{Recorder, RedisServer, draft},
};
use tidewire::{Broker, ConnectCause, RedisBroker};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tracing::Level;

/// A server that says it is of some version, and agrees to everything else.
async fn pretend(version: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let information = format!("# Server\r\nredis_version:{version}\r\nrun_id:0\r\n# Replication\r\nrole:master\r\n");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, information.clone()));
        }
    });
    format!("redis://{address}")
}

async fn answer(stream: TcpStream, information: String) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut words = Vec::new();
        for _ in 0..number(&mut stream).await? {
            let mut word = vec![0; number(&mut stream).await? + 2];
            stream.read_exact(&mut word).await.ok()?;
            word.truncate(word.len() - 2);
            words.push(String::from_utf8(word).unwrap());
        }
        let reply = match words[0].as_str() {
            "HELLO" => "%1\r\n+proto\r\n:3\r\n".to_owned(),
            "INFO" => format!("${}\r\n{information}\r\n", information.len()),
            _ => "+OK\r\n".to_owned(),
        };
        stream.write_all(reply.as_bytes()).await.ok()?;
    }
}

/// The number in a line such as `*3` or `$12`.
async fn number(stream: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim_end().parse().ok()
}

#[tokio::test]
async fn a_server_older_than_7_is_refused_by_name() {
    for version in ["6.2.14", "5.0.0", "3.9.9", "", "unstable"] {
        let error = RedisBroker::connect(pretend(version).await).await.unwrap_err();
        assert!(matches!(error.cause(), ConnectCause::Version { found } if found == version), "{version}: {error:?}");
        assert!(error.to_string().contains("7 is needed"), "{error}");
        assert!(error.source().is_none(), "it is no error of the server's");
    }
    for version in ["7.0.0", "7.2.4", "8.6.1", "10.0.0"] {
        RedisBroker::connect(pretend(version).await).await.unwrap_or_else(|error| panic!("{version}: {error}"));
    }
}

#[tokio::test]
async fn a_server_that_evicts_is_warned_about_and_one_that_does_not_is_not() {
    let full = |policy: &'static str| RedisServer::with(&["--save", "", "--maxmemory", "100mb", "--maxmemory-policy", policy]);
    for (redis, expected) in [
        (full("allkeys-lru"), 1),
        (full("volatile-ttl"), 1),
        (full("noeviction"), 0),
        (RedisServer::with(&["--save", "", "--maxmemory", "0", "--maxmemory-policy", "allkeys-lru"]), 0),
    ] {
        let log = Log::default();
        let logging = tracing::subscriber::set_default(log.clone());
        let broker = RedisBroker::connect(redis.url()).await.unwrap();
        Recorder::attach(&broker).await;
        broker.publish("a/1", draft(1)).await.unwrap();
        drop(logging);
        assert_eq!(log.says(Level::WARN, "redis evicts keys"), expected, "{:?}", log.lines());
        assert!(expected == 0 || log.says(Level::WARN, "maxmemory-policy") == 1);
    }
}

#[tokio::test]
async fn foreign_messages_are_told_once_however_many_there_are() {
    let redis = RedisServer::start();
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let recorder = Recorder::attach(&broker).await;
    broker.subscribe("a/1").await.unwrap();
    broker.publish("a/1", draft(1)).await.unwrap();
    let state: Vec<String> = redis.command(&["KEYS", "tw:{p*}:s:a/1"]);
    let topic = state[0].replace(":s:", ":c:");
    let mut connection = redis.connection();
    for _ in 0..1000 {
        redis::cmd("SPUBLISH").arg(&topic).arg("nonsense").exec(&mut connection).unwrap();
    }
    broker.publish("a/1", draft(2)).await.unwrap();
    recorder.receives("a/1", 2).await;
    assert_eq!(log.says(Level::WARN, "something else than an event"), 1);
}
