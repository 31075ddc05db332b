/** A live query that a component follows, for frameworks that set a component up once. */

import { Follower } from "../follow.js";
import { type UntypedLiveClient, type UntypedLiveOptions, type UntypedView, viewOf } from "./untyped.js";
import type { LiveState } from "./view.js";

/** Follows one live query. */
export class LiveFollower extends Follower {
  protected override readonly watchesStatus: boolean = false;
  private readonly liveClient: UntypedLiveClient;
  private readonly name: string;
  private view: UntypedView | undefined;
  private options: UntypedLiveOptions = {};

  constructor(client: UntypedLiveClient, name: string) {
    super(client);
    this.liveClient = client;
    this.name = name;
  }

  /**
   * Says with which parameters the query is wanted now, and how.
   *
   * @throws {@link AddressError} and {@link PayloadError} if a parameter violates the contract.
   */
  follow(params: object | undefined, options: UntypedLiveOptions = {}): void {
    const made = viewOf(this.liveClient, this.name, params, options, () => this.options);
    this.options = options;
    // The one before is kept where it is the same, and with it what it accumulated.
    if (made.key !== this.view?.key) this.view = made;
    const { view } = this;
    const { enabled = true } = options;
    if (view !== undefined) this.want(`${enabled} ${view.key}`, () => (enabled ? [view.subscribe(this.changed)] : []));
  }

  /** What the component shows. Each property is read through `track`, which tells the framework that it was. */
  state(track: () => void): object {
    const read = (): LiveState<unknown> | undefined => {
      track();
      if (!this.isFollowing) return this.view?.rendered;
      return this.options.enabled === false ? this.view?.paused : this.view?.current;
    };
    return {
      get data() {
        return read()?.data;
      },
      get status() {
        return read()?.status;
      },
      get error() {
        return read()?.error;
      },
      reload: () => this.view?.reload() ?? Promise.resolve(),
    };
  }
}
