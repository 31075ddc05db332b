/** The client, as an application uses it. */
export {};
