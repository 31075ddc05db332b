import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Link, Outlet, useParams } from "react-router";
import { RouterProvider } from "react-router/dom";
import { createClient } from "../../../examples/board/web/realtime/index.js";
import { RealtimeProvider, useLive } from "../../../examples/board/web/realtime/react.js";

const transport = new URLSearchParams(location.search).get("transport");
const client = createClient({ url: "/realtime", transport });

/** Whatever was rendered, in its order: where, the board of the address, and what was shown under it. */
const rendered = (globalThis.rendered = []);

function Value({ at }) {
  const { board } = useParams();
  const { data, status } = useLive("boardCards", { boardId: board });
  const value = data?.cards[0].title ?? "nothing";
  rendered.push({ at, board, value, status });
  return <p id={at} data-status={status} data-board={board}>{value}</p>;
}

function Links() {
  const places = ["/", "/board/a", "/board/a/list", "/board/b", "/board/b/list", "/summary/a", "/summary/b"];
  return <nav>{places.map((to) => <Link key={to} to={to}>{to}</Link>)}</nav>;
}

const frame = (inner) => <><Links />{inner}</>;

const router = createBrowserRouter([
  { path: "/", element: frame(<p id="start">Nobody looks here.</p>) },
  {
    path: "/board/:board",
    element: frame(<><Value at="layout" /><Outlet /></>),
    children: [
      { index: true, element: <Value at="cards" /> },
      { path: "list", element: <Value at="list" /> },
    ],
  },
  { path: "/summary/:board", element: frame(<Value at="summary" />) },
]);

createRoot(document.getElementById("page")).render(<StrictMode><RealtimeProvider client={client}><RouterProvider router={router} /></RealtimeProvider></StrictMode>);
