/** The options of a client. */
export {};
