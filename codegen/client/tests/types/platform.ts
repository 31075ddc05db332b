// The platform's own `fetch`, in every way that people hand one over.

import { createClient } from "../generated/index.js";

createClient({ url: "/realtime", fetch });
createClient({ url: "/realtime", fetch: globalThis.fetch });
createClient({ url: "/realtime", fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "x-trace": "1" } }) });
createClient({ url: "/realtime", fetch: async (url, init) => await fetch(new URL(url, "http://localhost/"), init) });

const own: typeof fetch = createClient({ url: "/realtime" }).fetch;
void own(new Request("http://localhost/"), { keepalive: true });
