//! What rustc says of wrong modules of events, and of wrong uses of right ones.
