/** What a client does besides subscribing and publishing. The core knows nothing of it; a package brings what its contract needs. */
export {};
