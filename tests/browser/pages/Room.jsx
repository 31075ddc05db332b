import { useState } from "react";
import { useChannel } from "../../../examples/chat/web/realtime/react.js";

export function Room({ room }) {
  const [texts, setTexts] = useState([]);
  const { status, name, publish } = useChannel("chat/{room}", { room }, { "message.sent": ({ text }, { channel }) => hear(`${channel}: ${text}`) });
  function hear(text) {
    // What was heard in all, also by a component that was there before this one.
    (globalThis.heard ??= []).push(text);
    setTexts((before) => [...before, text]);
  }
  return (
    <>
      <p id="status">{status}</p>
      <p id="name">{name}</p>
      <ul id="texts">{texts.map((text) => <li key={text}>{text}</li>)}</ul>
      <button id="say" onClick={() => void publish("message.sent", { text: "four" })}>say four</button>
    </>
  );
}
