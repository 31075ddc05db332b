/**
 * The contract as data, and the types that are derived from a map of channels.
 *
 * A generated package declares one interface, `Channels`, and one constant of type {@link Contract}. Everything typed in this runtime is an
 * index into that interface, which costs the compiler next to nothing however many events there are.
 */
export {};
