/** What a client does besides subscribing and publishing. The core knows nothing of it; a package brings what its contract needs. */
import type { ContractData } from "./contract.js";
import type { RefusedError } from "./errors.js";
import type { Fields, WelcomeFrame } from "./frames.js";
import type { Intake } from "./intake.js";
import type { Clock } from "./platform.js";
import type { Subscriptions } from "./subscriptions.js";
import type { Uplink } from "./uplink.js";
/** What an extension works with, and whom it tells. */
export interface ExtensionParts {
    readonly contract: ContractData;
    readonly clock: Clock;
    readonly intake: Intake;
    readonly subscriptions: Subscriptions;
    /** The user, or the name of the connection where there is none. */
    readonly self: () => string | undefined;
    /** Whether the connection is needed may have changed. */
    readonly onNeed: () => void;
    readonly report: (error: unknown) => void;
}
/** Something that speaks over the connection of a client. */
export interface Extension {
    /** Whether the connection is needed for it. */
    readonly isActive: boolean;
    /** The server greeted. */
    begin(frame: WelcomeFrame): void;
    /** Takes a frame of a type that the core does not know. Whether it was for this one. */
    accept(frame: Fields): boolean;
    /** The connection takes frames from now on. */
    up(uplink: Uplink): void;
    /** The connection is gone. `error`: and it does not come back by itself, or not for the same user. */
    down(error: RefusedError | undefined): void;
    /** A channel was left; `error` where the server refuses it. */
    left(channel: string, error: RefusedError | undefined): void;
    /** What it adds to a channel. */
    channel(pattern: string, name: string): object | undefined;
}
/** Makes an extension of one client, and adds to the client what an application sees of it. */
export type Extend = (parts: ExtensionParts, client: object) => Extension;
