import { vi } from "vitest";

/** One WebSocket that the client opened. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  readonly sent: string[] = [];
  closed = false;
  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  /** The newest. */
  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (socket === undefined) throw new Error("the client opened no WebSocket");
    return socket;
  }

  /** Makes it the platform's WebSocket, until the test is over. */
  static install(): void {
    FakeSocket.all = [];
    vi.stubGlobal("WebSocket", FakeSocket);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  frame(frame: object): this {
    this.onmessage?.({ data: JSON.stringify(frame) });
    return this;
  }

  welcome(): this {
    return this.frame({ type: "welcome", protocol: 1, connection: "c-1", session: "node.secret", contract: "0f6d2c1b9a8e7d6c5b4a39281706f5e4", heartbeat: 15_000 });
  }

  end(code: number, reason = ""): void {
    this.onclose?.({ code, reason });
  }
}
