import type { LinkEnd, LinkHandlers, Link, ChannelRequest, Transport } from "../src/transport.js";

/** One link that the client opened. */
export class FakeLink {
  closed = false;
  readonly channels: readonly ChannelRequest[];
  private readonly handlers: LinkHandlers;
  private readonly server: FakeServer;

  constructor(server: FakeServer, channels: readonly ChannelRequest[], handlers: LinkHandlers) {
    this.server = server;
    this.channels = channels;
    this.handlers = handlers;
  }

  /** Sends a frame. Also after the client closed the link, as a piece that was on its way. */
  send(frame: object): this {
    this.handlers.onFrame(JSON.stringify(frame));
    return this;
  }

  sendText(text: string): this {
    this.handlers.onFrame(text);
    return this;
  }

  /** Greets, and answers each channel: `fresh` without a cursor, `resumed` with one. */
  accept(): this {
    this.welcome();
    for (const { name, cursor } of this.channels) this.subscribed(name, cursor === undefined ? "fresh" : "resumed", cursor ?? `${name}@0`);
    return this;
  }

  welcome(members: object = {}): this {
    return this.send({ type: "welcome", protocol: 1, connection: `c-${this.server.links.indexOf(this)}`, contract: this.server.contract, heartbeat: 15_000, ...members });
  }

  subscribed(channel: string, outcome: "fresh" | "resumed", cursor: string): this {
    return this.send({ type: "subscribed", channel, outcome, cursor });
  }

  /** Sends a stored event; its id is made of its channel and number. */
  event(channel: string, number: number, event: string, data?: unknown): this {
    return this.send({ type: "event", channel, event, id: `${channel}@${number}`, number, time: 1_732_153_200_000, sender: null, data });
  }

  /** Sends an event that is not stored. */
  transient(channel: string, event: string, data?: unknown): this {
    return this.send({ type: "event", channel, event, time: 1_732_153_200_000, sender: "ann", data });
  }

  heartbeat(): this {
    this.handlers.onAlive();
    return this;
  }

  retry(milliseconds: number): this {
    this.handlers.onRetry(milliseconds);
    return this;
  }

  end(end: Partial<LinkEnd> = {}): void {
    this.handlers.onEnd({ retry: "back_off", reason: { name: "ended", message: "the server ended the stream" }, ...end });
  }

  close(): void {
    this.closed = true;
  }
}

/** The other side of a transport, played by the test. */
export class FakeServer {
  readonly links: FakeLink[] = [];
  contract = "";
  /** Whether a link takes another set of channels. */
  changes = false;
  readonly changed: (readonly ChannelRequest[])[] = [];

  readonly transport: Transport = (channels, handlers): Link => {
    const link = new FakeLink(this, channels, handlers);
    this.links.push(link);
    return {
      close: () => link.close(),
      change: (next) => {
        if (this.changes) this.changed.push(next);
        return this.changes;
      },
    };
  };

  /** The newest link. */
  get link(): FakeLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error("the client opened no link");
    return link;
  }

  /** The links that are not closed. */
  get open(): readonly FakeLink[] {
    return this.links.filter(({ closed }) => !closed);
  }
}
