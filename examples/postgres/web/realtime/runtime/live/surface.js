/** The types of live queries, for clients and for the bindings of each framework. */
export {};
