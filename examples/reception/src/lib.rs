//! What the examples share, and what is not about realtime: a process that starts and stops, a page that is served, and people who sign in.
//!
//! - [`serve`] is the `main` of an example.
//! - [`pages`] serves a folder that is inside the binary, [`parts`] the modules that all pages use.
//! - [`Sessions`] knows who is signed in; [`own_pages_alone`] keeps pages of other origins from acting in their name.
//! - [`Refusal`] is what a request gets that is not done.
//! - `visit` is a browser without a screen, for tests.

mod origin;
mod pages;
mod refusal;
mod sessions;
mod start;
#[cfg(feature = "testing")]
pub mod visit;

pub use self::{
    origin::own_pages_alone,
    pages::{pages, parts},
    refusal::Refusal,
    sessions::{Sessions, Visitor, key},
    start::serve,
};
