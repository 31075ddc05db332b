/** The page: shows what the live query says, and presses. */

import { sentence, showStatus } from "/reception/connection.js";
import { find } from "/reception/elements.js";
import { ask } from "/reception/requests.js";
import { createClient } from "./realtime/index.js";
import { Rolls } from "./rolls.js";

const client = createClient({ url: "/realtime" });
const count = client.live("count");
const rolls = new Rolls(find("#count"));
const press = /** @type {HTMLButtonElement} */ (find("#press"));

client.status.subscribe(showConnection);
count.subscribe(show);
press.addEventListener("click", pressed);
showConnection();
show();

function showConnection() {
  showStatus(find("#status"), client.status.get());
}

/** The number is the stored one while the status is `open`; otherwise it is what was stored last, as far as this page knows. */
function show() {
  const { data, status, error } = count.current;
  const isLive = status === "open";
  document.body.dataset.live = String(isLive);
  press.disabled = !isLive;
  find("#problem").textContent = status === "error" || status === "closed" ? `The number cannot be loaded. ${sentence(error?.message ?? "")}` : "";
  if (data === undefined) return;
  rolls.show(data);
  find("#spoken").textContent = String(data);
  document.title = `${data} · Tidewire counter`;
}

async function pressed() {
  find("#problem").textContent = "";
  // The answer is of no interest: the number comes by the live query, here as everywhere.
  await ask("POST", "/press").catch((error) => (find("#problem").textContent = `That was not counted: ${error.message}.`));
}
