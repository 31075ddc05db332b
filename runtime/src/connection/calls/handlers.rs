//! The functions of the service that answer calls.

use std::{collections::HashMap, fmt, sync::Arc};

use serde_json::Value;

use super::CallError;
use crate::{
    broker::BoxFuture,
    connection::Caller,
    contract::{ClientCall, Registry, check_data, listed, to_json},
    error::BuildError,
};

type Answering = BoxFuture<'static, Result<Option<Value>, CallError>>;

/// A handler without its types.
pub(super) type Handler = Arc<dyn Fn(Option<Value>, Caller) -> Answering + Send + Sync>;

/// Every handler, by the name of its call.
#[derive(Default)]
pub(crate) struct Handlers {
    all: HashMap<&'static str, Handler>,
    // A call that was given two.
    twice: Option<&'static str>,
}

impl Handlers {
    pub(crate) fn add<C, F, R>(&mut self, handler: F)
    where
        C: ClientCall,
        F: Fn(C, Caller) -> R + Send + Sync + 'static,
        R: Future<Output = Result<C::Reply, CallError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let erased: Handler = Arc::new(move |data, caller| {
            let handler = handler.clone();
            Box::pin(async move {
                // It was checked against the contract that the type is made from.
                let request: C = serde_json::from_value(data.unwrap_or(Value::Null)).map_err(CallError::failed)?;
                let registry = caller.registry();
                let reply = handler(request, caller).await?;
                write(&registry, C::NAME, &reply)
            })
        });
        if self.all.insert(C::NAME, erased).is_some() {
            self.twice = Some(C::NAME);
        }
    }

    pub(super) fn of(&self, name: &str) -> Option<&Handler> {
        self.all.get(name)
    }

    /// Holds the handlers against the contract.
    pub(crate) fn check(&self, registry: &Registry) -> Result<(), BuildError> {
        let wrong = |name: &str, reason: &'static str| Err(BuildError::Call { name: name.to_owned(), reason });
        if let Some(name) = self.twice {
            return wrong(name, "it has two handlers");
        }
        // In the order of the names, so that the same program fails with the same words.
        let mut names: Vec<_> = self.all.keys().collect();
        names.sort_unstable();
        for name in names {
            match registry.call(name) {
                None => return wrong(name, "the contract has no such call"),
                Some(call) if !call.from.client => return wrong(name, "clients may not make it, so nobody would ask"),
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Writes a reply in its normal form.
fn write<R: serde::Serialize>(registry: &Registry, name: &str, reply: &R) -> Result<Option<Value>, CallError> {
    let declared = registry.call(name).and_then(|call| call.reply.as_ref());
    let data = declared.map(|_| to_json(reply)).transpose();
    let checked = data.and_then(|data| check_data(registry.checker(), declared, data));
    checked.map_err(|issues| CallError::failed(format!("the reply to `{name}` violates the contract: {}", listed(&issues))))
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all.keys()).finish()
    }
}
