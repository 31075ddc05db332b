import { useState } from "react";
import { Room } from "./Room.jsx";

export function Page() {
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
