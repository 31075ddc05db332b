/** What carries frames: the seam between the connection, which knows the promises, and the ways to keep them. */
export {};
