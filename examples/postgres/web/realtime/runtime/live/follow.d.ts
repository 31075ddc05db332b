/** A live query that a component follows, for frameworks that set a component up once. */
import { Follower } from "../follow.js";
import { type UntypedLiveClient, type UntypedLiveOptions } from "./untyped.js";
/** Follows one live query. */
export declare class LiveFollower extends Follower {
    protected readonly watchesStatus: boolean;
    private readonly liveClient;
    private readonly name;
    private view;
    private options;
    constructor(client: UntypedLiveClient, name: string);
    /**
     * Says with which parameters the query is wanted now, and how.
     *
     * @throws {@link AddressError} and {@link PayloadError} if a parameter violates the contract.
     */
    follow(params: object | undefined, options?: UntypedLiveOptions): void;
    /** What the component shows. Each property is read through `track`, which tells the framework that it was. */
    state(track: () => void): object;
}
