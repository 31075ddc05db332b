/** Where the values of a live query come from. */
export {};
