import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { contract } from "./generated/contract.js";

/** One request for a stream, and the stream. */
export class Stream {
  readonly url: URL;
  readonly request: IncomingMessage;
  private readonly response: ServerResponse;

  constructor(url: URL, request: IncomingMessage, response: ServerResponse) {
    this.url = url;
    this.request = request;
    this.response = response;
  }

  get channels(): readonly string[] {
    return this.url.searchParams.getAll("channel");
  }

  /** Begins the stream and answers each channel. */
  accept(): this {
    this.begin();
    this.frame({ type: "welcome", protocol: 1, connection: "c-1", session: "node.secret", contract: contract.hash, heartbeat: 15_000 });
    const cursors = new Map((this.url.searchParams.get("lastEventId") ?? "").split(",").map((pair) => pair.split("=") as [string, string]));
    for (const channel of this.channels) {
      const cursor = cursors.get(channel);
      this.frame({ type: "subscribed", channel, outcome: cursor === undefined ? "fresh" : "resumed", cursor: cursor ?? "e.0" });
    }
    return this;
  }

  begin(): this {
    this.response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" });
    return this.raw("retry: 2000\n");
  }

  frame(frame: object): this {
    return this.raw(`data: ${JSON.stringify(frame)}\n\n`);
  }

  raw(text: string | Uint8Array): this {
    this.response.write(text);
    return this;
  }

  message(number: number, text: string): this {
    return this.frame({ type: "event", channel: "chat/bar", event: "message.sent", id: `e.${number}`, number, time: 1, sender: null, data: { author: "ann", text } });
  }

  refuse(status: number, body: string, headers: { readonly [name: string]: string } = {}): void {
    this.response.writeHead(status, headers).end(body);
  }

  /** Cuts the connection, as a crash does. */
  cut(): void {
    this.response.destroy();
  }

  end(): void {
    this.response.end();
  }

  get gone(): boolean {
    return this.response.destroyed || this.response.closed;
  }
}

/** One request with frames. */
export interface Send {
  readonly session: string;
  readonly frames: readonly { readonly type: string; readonly ref: number; readonly [member: string]: unknown }[];
  readonly request: IncomingMessage;
  /** Answers with a reply to each frame, or with something else. */
  answer(replies: readonly object[] | string, status?: number): void;
  /** Answers each frame with an `ack`. */
  ack(members?: object): void;
}

/** A server on a port that the system picks; the test answers each request. */
export class HttpServer {
  readonly streams: Stream[] = [];
  readonly sends: Send[] = [];
  /** Answers everything but `/events`. */
  answer: (url: URL, response: ServerResponse, request: IncomingMessage) => void = (_, response) => response.writeHead(404).end();
  private readonly server: Server;
  private port = 0;

  constructor() {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      if (url.pathname === "/realtime/events") this.streams.push(new Stream(url, request, response));
      else if (url.pathname === "/realtime/send") void this.take(request, response);
      else this.answer(url, response, request);
    });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    const body = JSON.parse(text) as Pick<Send, "session" | "frames">;
    const answer: Send["answer"] = (replies, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" }).end(typeof replies === "string" ? replies : JSON.stringify({ replies }));
    };
    this.sends.push({ ...body, request, answer, ack: (members = {}) => answer(body.frames.map(({ ref }) => ({ type: "ack", ref, ...members }))) });
  }

  /** Listens; a second time on the same port. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/realtime`;
  }

  /** The request with frames with this position, once it came. */
  async send(at: number): Promise<Send> {
    return until(() => this.sends[at]);
  }

  /** The stream with this position, once it was asked for. */
  async stream(at: number): Promise<Stream> {
    return until(() => this.streams[at]);
  }
}

/** Waits until `find` gives something, and fails after five seconds. */
export async function until<Value>(find: () => Value | undefined | false): Promise<Value> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const value = find();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${find}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
