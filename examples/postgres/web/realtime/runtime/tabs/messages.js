/** What tabs tell each other. One of them leads: it has the connection, and the others reach the server through it. */
export {};
