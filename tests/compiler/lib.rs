//! What rustc says of modules of events: of wrong ones, and nothing of those that the generator writes.
