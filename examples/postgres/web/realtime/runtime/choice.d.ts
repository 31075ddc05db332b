/** Which transport a client uses. */
import type { HttpOptions } from "./http.js";
import type { ClientOptions } from "./options.js";
import { type Clock } from "./platform.js";
import type { Transport } from "./transport.js";
/** The transport that the options ask for. */
export declare function transportOf(choice: ClientOptions["transport"], http: HttpOptions, clock: Clock): Transport;
