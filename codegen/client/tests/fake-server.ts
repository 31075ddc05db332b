import type { RefusedError } from "../src/errors.js";
import type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame, Transport } from "../src/transport.js";

/** A frame that the client sent. */
export type SentFrame = { readonly type: string; readonly ref: number; readonly [member: string]: unknown };

/** One link that the client opened. */
export class FakeLink {
  closed = false;
  /** The channels of the request that opened the link. */
  readonly channels: readonly Pick<ChannelRequest, "name" | "cursor">[];
  readonly opening: readonly ChannelRequest[];
  /** The session key that the client came with. */
  readonly session: string | undefined;
  /** The token that the client came with. */
  readonly token: string | undefined;
  /** What the client sent, in order. */
  readonly sent: SentFrame[] = [];
  /** What of it came in one call. */
  readonly batches: (readonly SentFrame[])[] = [];
  /** The session key that the client sent frames with. */
  sender: string | undefined;
  private readonly handlers: LinkHandlers;
  private readonly server: FakeServer;

  constructor(server: FakeServer, { channels, session, token }: OpenRequest, handlers: LinkHandlers) {
    this.server = server;
    this.opening = channels;
    this.channels = channels.map(({ name, cursor }) => ({ name, cursor }));
    this.session = session;
    this.token = token;
    this.handlers = handlers;
  }

  /** Takes what the client sends. */
  take(frames: readonly OutgoingFrame[], session: string | undefined): void {
    const read = frames.map(({ text }) => JSON.parse(text) as SentFrame);
    this.sender = session;
    this.batches.push(read);
    this.sent.push(...read);
    this.server.onSend(read, this);
  }

  /** What the client sent of one type. */
  frames(type: string): readonly SentFrame[] {
    return this.sent.filter((frame) => frame.type === type);
  }

  /** Answers a frame by another way than the link, as over SSE. */
  reply(reply: object): this {
    this.handlers.onReply(reply);
    return this;
  }

  ack({ ref }: SentFrame, members: object = {}): this {
    return this.reply({ type: "ack", ref, ...members });
  }

  refuse({ ref }: SentFrame, code: number, name: string, members: object = {}): this {
    return this.reply({ type: "error", ref, error: { code, name, message: name, ...members } });
  }

  /** No reply will come. */
  fail(refs: readonly number[], error: RefusedError): this {
    this.handlers.onFailed(refs, error);
    return this;
  }

  /** Does what the client asks for: joins and leaves. */
  obey(): this {
    for (const frame of this.sent.splice(0)) {
      this.ack(frame);
      const channel = String(frame["channel"]);
      if (frame.type === "unsubscribe") this.send({ type: "unsubscribed", channel });
      else if (frame.type === "subscribe") this.subscribed(channel, frame["after"] === undefined ? "fresh" : "resumed", String(frame["after"] ?? `${channel}@0`));
    }
    return this;
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
    const at = this.server.links.indexOf(this);
    return this.send({ type: "welcome", protocol: 1, connection: `c-${at}`, session: `node${at}.secret`, contract: this.server.contract, heartbeat: 15_000, ...members });
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
  /** Called with what the client sends, at once. */
  onSend: (frames: readonly SentFrame[], link: FakeLink) => void = () => undefined;

  readonly transport: Transport = (request, handlers): Link => {
    const link = new FakeLink(this, request, handlers);
    this.links.push(link);
    return { close: () => link.close(), send: (frames, session) => link.take(frames, session) };
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
