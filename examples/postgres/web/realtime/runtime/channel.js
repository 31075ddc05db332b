/** One channel, as an application uses it. */
export {};
