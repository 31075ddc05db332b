//! The connection that commands go through: one for each server, shared by everybody, without a command that waits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{Cmd, Pipeline, PushInfo, PushKind, RedisResult, Value, aio::MultiplexedConnection};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, error::Elapsed, timeout, timeout_at},
};

use super::{
    breaker::Breaker,
    fault::{Fault, Late},
    reply::checked,
    script::Invocation,
    server::{ConnectCause, ConnectError, Identity, Opened, Purpose, Source},
};
use crate::error::Cause;

/// How long a connection may take to be made, and a suspected one to answer.
pub(super) const GREETING: Duration = Duration::from_secs(1);

/// The connection as callers see it.
#[derive(Clone)]
enum State {
    /// There is none at the moment, but there may be one soon enough.
    Connecting,
    Up(Up),
    /// The breaker is open.
    Down(Cause),
}

#[derive(Clone)]
struct Up {
    connection: MultiplexedConnection,
    identity: Identity,
    trouble: Arc<Trouble>,
}

/// What goes wrong with one connection.
#[derive(Default)]
struct Trouble {
    lost: AtomicBool,
    changed: Notify,
}

impl Trouble {
    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    fn suspect(&self) {
        self.changed.notify_one();
    }

    /// What an answer means for the connection that it came from, or did not.
    fn judge<T>(&self, answer: Result<RedisResult<T>, Elapsed>, is_demoted: impl Fn(&T) -> bool) -> Result<T, Fault> {
        match answer {
            Ok(Ok(answer)) => {
                if is_demoted(&answer) {
                    self.lose();
                }
                Ok(answer)
            }
            Ok(Err(error)) => {
                self.suspect();
                // It may have been written before the connection was lost; the crate does not say.
                Err(Fault::no_answer(error))
            }
            Err(_) => {
                self.suspect();
                Err(Fault::no_answer(Late("answer")))
            }
        }
    }
}

/// Sends commands to one server, and connects again whenever that is needed.
pub(super) struct Commands {
    state: watch::Sender<State>,
    source: Arc<Source>,
}

impl Commands {
    /// Connects. The caller runs [`keep`](Self::keep) for as long as the commands are needed.
    pub(super) async fn connect(source: Arc<Source>) -> Result<Arc<Self>, ConnectError> {
        let commands = Self::unconnected(source);
        let (up, clustered) = commands.open().await?;
        if clustered {
            // Most keys would be elsewhere.
            return Err(ConnectError::new(commands.source.label(), ConnectCause::Cluster));
        }
        commands.state.send_replace(State::Up(up));
        Ok(commands)
    }

    /// The same without waiting for the first connection.
    pub(super) fn unconnected(source: Arc<Source>) -> Arc<Self> {
        Arc::new(Self { state: watch::Sender::new(State::Connecting), source })
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Sends commands and waits for all answers, each of which may be an error of the server.
    pub(super) async fn call(&self, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>, Fault> {
        let mut up = self.up(deadline).await?;
        let answer = timeout_at(deadline, up.connection.send_packed_commands(pipeline, 0, pipeline.len())).await;
        up.trouble.judge(answer, |values| values.iter().any(is_demoted))
    }

    /// The same with one command.
    async fn call_one(&self, command: &Cmd, deadline: Instant) -> Result<Value, Fault> {
        let mut up = self.up(deadline).await?;
        let answer = timeout_at(deadline, up.connection.send_packed_command(command)).await;
        up.trouble.judge(answer, is_demoted)
    }

    /// Runs one script.
    pub(super) async fn invoke_one(&self, invocation: &Invocation, deadline: Instant) -> Result<Value, Fault> {
        let answer = checked(self.call_one(invocation.command(), deadline).await?);
        if is_unknown_script(&answer) { checked(self.call_one(&invocation.whole(), deadline).await?) } else { answer }
    }

    /// Runs scripts in the given order, in one round trip.
    pub(super) async fn invoke(&self, invocations: &[&Invocation], deadline: Instant) -> Result<Vec<Result<Value, Fault>>, Fault> {
        let mut pipeline = Pipeline::with_capacity(invocations.len());
        for invocation in invocations {
            pipeline.add_command(invocation.command().clone());
        }
        let mut answers: Vec<_> = self.call(&pipeline, deadline).await?.into_iter().map(checked).collect();
        // Somebody made the server forget its scripts.
        let forgotten: Vec<_> = (0..answers.len()).filter(|&at| is_unknown_script(&answers[at])).collect();
        if !forgotten.is_empty() {
            let mut pipeline = Pipeline::with_capacity(forgotten.len());
            for &at in &forgotten {
                pipeline.add_command(invocations[at].whole());
            }
            match self.call(&pipeline, deadline).await {
                Ok(again) => forgotten.into_iter().zip(again).for_each(|(at, answer)| answers[at] = checked(answer)),
                // The others are done.
                Err(fault) => forgotten.into_iter().for_each(|at| answers[at] = Err(fault.clone())),
            }
        }
        Ok(answers)
    }

    /// Waits until commands can be sent.
    pub(super) async fn ready(&self, deadline: Instant) -> Result<Identity, Fault> {
        self.up(deadline).await.map(|up| up.identity)
    }

    /// Waits for a connection to a server other than `identity`, if there is one already or whenever there will be.
    pub(super) async fn moved_from(&self, identity: &Identity) {
        let mut state = self.state.subscribe();
        // The sender is `self`, so it does not end.
        let _ = state.wait_for(|state| matches!(state, State::Up(up) if up.identity != *identity)).await;
    }

    async fn up(&self, deadline: Instant) -> Result<Up, Fault> {
        // What is sent when there is no time to wait for the answer would be done, and nobody would know.
        if Instant::now() >= deadline {
            return Err(Fault::not_sent(Late("take it")));
        }
        if let State::Up(up) = &*self.state.borrow()
            && !up.trouble.lost.load(Ordering::Acquire)
        {
            return Ok(up.clone());
        }
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| match state {
            State::Connecting => false,
            State::Up(up) => !up.trouble.lost.load(Ordering::Acquire),
            State::Down(_) => true,
        });
        match timeout_at(deadline, settled).await {
            Ok(Ok(state)) => match &*state {
                State::Up(up) => Ok(up.clone()),
                State::Down(cause) => Err(Fault::NotSent(cause.clone())),
                State::Connecting => Err(Fault::not_sent(Late("connect"))),
            },
            _ => Err(Fault::not_sent(Late("connect"))),
        }
    }

    async fn open(&self) -> Result<(Up, bool), ConnectError> {
        let trouble = Arc::new(Trouble::default());
        let watched = trouble.clone();
        let pushes = move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                watched.lose();
            }
            Ok::<_, redis::aio::SendError>(())
        };
        let Opened { connection, identity, clustered } = self.source.open(Purpose::Commands, GREETING, pushes).await?;
        Ok((Up { connection, identity, trouble }, clustered))
    }

    /// Watches over the connection, and makes a new one when it is lost. Never ends.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut breaker = Breaker::default();
        loop {
            let current = match &*self.state.borrow() {
                State::Up(up) => Some(up.clone()),
                _ => None,
            };
            if let Some(up) = current {
                breaker.succeeded();
                up.trouble.changed.notified().await;
                // Whoever calls meanwhile waits: writing into a connection that may be dead would leave them in doubt.
                self.state.send_replace(State::Connecting);
                if self.answers(&up).await {
                    self.state.send_replace(State::Up(up));
                    continue;
                }
                tracing::warn!(redis = self.source.label(), "the connection for commands was lost");
                breaker.failed();
            }
            match self.open().await {
                Ok((up, _)) => {
                    if breaker.is_open() {
                        tracing::info!(redis = self.source.label(), "redis is back");
                    }
                    self.state.send_replace(State::Up(up));
                }
                Err(error) => {
                    let was_open = breaker.is_open();
                    let delay = breaker.failed();
                    if breaker.is_open() {
                        if !was_open {
                            tracing::warn!(error = %error, "redis is down");
                        }
                        self.state.send_replace(State::Down(Arc::new(error)));
                    }
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn answers(&self, up: &Up) -> bool {
        let mut connection = up.connection.clone();
        let ping = redis::cmd("PING");
        !up.trouble.lost.load(Ordering::Acquire) && matches!(timeout(GREETING, connection.send_packed_command(&ping)).await, Ok(Ok(_)))
    }
}

fn is_unknown_script(answer: &Result<Value, Fault>) -> bool {
    matches!(answer, Err(Fault::Refused(error)) if error.code() == "NOSCRIPT")
}

/// A primary that became a replica closes its clients' connections, but not all proxies in between do.
fn is_demoted(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.code() == "READONLY")
}
