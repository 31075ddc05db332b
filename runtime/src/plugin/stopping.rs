//! How a server knows whose plugins end with it.
//!
//! A server is given a router, and a router says nothing of what it is made of. But it drops: when a server has let its router go, and with it the last one of a
//! service, nobody can reach that service any more. A service whose router is in another server, too, goes on.

use std::{
    cell::RefCell,
    sync::{Arc, atomic::Ordering},
};

use super::Plugins;

thread_local! {
    static LET_GO: RefCell<Option<Vec<Arc<Plugins>>>> = const { RefCell::new(None) };
}

/// Goes with each router of a service.
pub(crate) struct Carried(Arc<Plugins>);

impl Carried {
    pub(crate) fn new(plugins: &Arc<Plugins>) -> Self {
        plugins.carriers.fetch_add(1, Ordering::Relaxed);
        Self(plugins.clone())
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        if self.0.carriers.fetch_sub(1, Ordering::AcqRel) == 1 {
            // A router that is dropped elsewhere was perhaps never served, or is made anew.
            let _ = LET_GO.try_with(|list| {
                if let Ok(mut list) = list.try_borrow_mut()
                    && let Some(list) = list.as_mut()
                {
                    list.push(self.0.clone());
                }
            });
        }
    }
}

/// Drops a router, and answers the plugins of services that have none any more.
pub(crate) fn let_go<R>(router: R) -> Vec<Arc<Plugins>> {
    LET_GO.with(|list| *list.borrow_mut() = Some(Vec::new()));
    drop(router);
    LET_GO.with(|list| list.borrow_mut().take()).unwrap_or_default()
}
