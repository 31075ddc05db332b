//! A plugin that writes down what happens to it, and misbehaves on request.

use std::{
    future::pending,
    sync::{Arc, Mutex, OnceLock},
};

use tidewire::{Plugin, PluginContext, PluginError, Realtime, RealtimeBuilder};

use crate::support::{live, log::Log};

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub(crate) fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// A probe that writes here.
    pub(crate) fn probe<const TYPE: usize>(&self, name: &'static str) -> Probe<TYPE> {
        Probe { name, diary: self.clone(), start: Behaviour::Well, stop: Behaviour::Well, task: None, context: Mutex::default() }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    Well,
    Error,
    Panic,
    Hang,
}

impl Behaviour {
    async fn show(self) -> Result<(), PluginError> {
        match self {
            Self::Well => Ok(()),
            Self::Error => Err(PluginError::from(std::io::Error::other("out of order"))),
            Self::Panic => panic!("a plugin that panics"),
            Self::Hang => pending().await,
        }
    }
}

/// Each `TYPE` is a type of its own.
pub(crate) struct Probe<const TYPE: usize> {
    name: &'static str,
    diary: Diary,
    start: Behaviour,
    stop: Behaviour,
    task: Option<Behaviour>,
    context: Mutex<Option<PluginContext>>,
}

impl<const TYPE: usize> Probe<TYPE> {
    pub(crate) fn starts(self, start: Behaviour) -> Self {
        Self { start, ..self }
    }

    pub(crate) fn stops(self, stop: Behaviour) -> Self {
        Self { stop, ..self }
    }

    /// Has a task.
    pub(crate) fn runs(self, task: Behaviour) -> Self {
        Self { task: Some(task), ..self }
    }

    pub(crate) fn context(&self) -> PluginContext {
        self.context.lock().unwrap().clone().unwrap()
    }
}

/// Notes that a task ended, however it did.
struct Last(Diary, &'static str);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.note(format!("end of {}", self.1));
    }
}

impl<const TYPE: usize> Plugin for Probe<TYPE> {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn start(&self, context: PluginContext) -> Result<(), PluginError> {
        self.diary.note(format!("start {}", self.name));
        *self.context.lock().unwrap() = Some(context.clone());
        if let Some(task) = self.task {
            let last = Last(self.diary.clone(), self.name);
            context.spawn("probing", async move {
                let _last = last;
                task.show().await
            });
        }
        self.start.show().await
    }

    async fn stop(&self) -> Result<(), PluginError> {
        assert!(self.context().is_stopping());
        self.diary.note(format!("stop {}", self.name));
        self.stop.show().await
    }
}

/// What all tests of this binary log. Another one for each would miss what a test beside it says first.
pub(crate) fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing::subscriber::set_global_default(log.clone()).unwrap();
        log
    })
}

pub(crate) fn builder() -> RealtimeBuilder {
    log();
    Realtime::builder(live::contract()).public()
}
