import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "../../../examples/chat/web/realtime/index.js";
import { RealtimeProvider } from "../../../examples/chat/web/realtime/react.js";
import { Page } from "./Page.jsx";

const client = createClient({ url: "/realtime" });

createRoot(document.getElementById("page")).render(<StrictMode><RealtimeProvider client={client}><Page /></RealtimeProvider></StrictMode>);
