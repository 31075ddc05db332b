import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "../../../examples/chat/web/realtime/index.js";
import { RealtimeProvider, useChannel } from "../../../examples/chat/web/realtime/react.js";

const client = createClient({ url: "/realtime" });

function Room({ room }) {
  const [texts, setTexts] = useState([]);
  const { status, name, publish } = useChannel("chat/{room}", { room }, { "message.sent": ({ text }, { channel }) => setTexts((before) => [...before, `${channel}: ${text}`]) });
  return (
    <>
      <p id="status">{status}</p>
      <p id="name">{name}</p>
      <ul id="texts">{texts.map((text) => <li key={text}>{text}</li>)}</ul>
      <button id="say" onClick={() => void publish("message.sent", { text: "four" })}>say four</button>
    </>
  );
}

function Page() {
  const [room, setRoom] = useState("lobby");
  const [isOpen, setOpen] = useState(true);
  return (
    <>
      <button id="switch" onClick={() => setRoom("tea")}>tea</button>
      <button id="toggle" onClick={() => setOpen(!isOpen)}>toggle</button>
      {isOpen && <Room room={room} />}
    </>
  );
}

createRoot(document.getElementById("page")).render(<StrictMode><RealtimeProvider client={client}><Page /></RealtimeProvider></StrictMode>);
