/** What this browser remembers of the chat. */

import * as storage from "/reception/storage.js";

/** Remembered for good: the rooms, and how far each was read. */
export const lasting = storage.lasting("chat");

/** Remembered until the tab is closed: what was written and not sent. */
export const passing = storage.passing("chat");
