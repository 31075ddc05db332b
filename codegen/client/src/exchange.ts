/** What passes between one client and the service besides events: calls both ways, and greetings. A package brings it where the contract has some. */

import { MIN_DELAY, obeyed } from "./backoff.js";
import type { CallShape, CallSpec, ConnectionShape, ContractData } from "./contract.js";
import { PayloadError, RefusedError, refusal } from "./errors.js";
import type { Extend, Extension, ExtensionParts } from "./extension.js";
import { type Fields, readError, type WelcomeFrame } from "./frames.js";
import { guarded } from "./news.js";
import type { Uplink } from "./uplink.js";
import { filled, payloadIssues } from "./validate.js";

/** How long an answer is awaited unless the call says otherwise, in milliseconds. */
const PATIENCE = 10_000;

/** So many calls of one connection may be under way. */
const MAX_UNDER_WAY = 16;

/** How to call. */
export interface CallOptions {
  /** How long to wait for the answer, in milliseconds. Default 10 s. */
  readonly timeout?: number | undefined;
}

/** What follows the name of a call: what is asked with, unless that is nothing, and how. */
export type CallArguments<Request> = [Request] extends [void] ? readonly [data?: undefined, options?: CallOptions] : readonly [data: Request, options?: CallOptions];

/** The request of a call. */
export type RequestOf<Calls, Name extends keyof Calls> = Calls[Name] extends CallShape ? Calls[Name]["request"] : never;

/** The reply to a call. */
export type ReplyOf<Calls, Name extends keyof Calls> = Calls[Name] extends CallShape ? Calls[Name]["reply"] : never;

/** What a client adds that can ask the service. */
export interface Calling<Calls> {
  /**
   * Asks the service, over the connection of this client, which it opens where there is none. At most 16 calls are under way at once; others wait for their turn, as they do while the service is asked too often.
   *
   * @example
   * ```ts
   * const { title } = await client.call("board.rename", { boardId, title: "Plans" }, { timeout: 2000 });
   * ```
   *
   * @returns the answer. It rejects with a {@link RefusedError}: `call_failed` with the service's words, `unknown_call`, `denied`, `call_timeout` (nobody answered in time; it may have been
   * done), `expired` (it was never sent), `unknown_outcome` (the connection was lost meanwhile); and with a {@link PayloadError} if the answer violates the contract.
   * @throws {@link PayloadError} at once, if the data violates the contract. Nothing is sent.
   */
  readonly call: <Name extends keyof Calls & string>(name: Name, ...given: CallArguments<RequestOf<Calls, Name>>) => Promise<ReplyOf<Calls, Name>>;
}

/** What a client adds that the service can ask. */
export interface Answering<Answers> {
  /**
   * Answers a call of the service; the newest handler of a name does. Keeps the connection open for as long as it is registered. What it throws is told to the service as a failure, with
   * the message of the error. The answer takes the handler back.
   *
   * @example
   * ```ts
   * const off = client.onCall("confirm", async ({ text }) => ({ confirmed: await ask(text) }));
   * ```
   */
  readonly onCall: <Name extends keyof Answers & string>(
    name: Name,
    handler: (data: RequestOf<Answers, Name>) => ReplyOf<Answers, Name> | PromiseLike<ReplyOf<Answers, Name>>,
  ) => () => void;
}

/** What a client adds that the service greets. */
export interface Greeted<Greeting> {
  /** What the service said when this connection began; `undefined` where it said nothing. */
  readonly greeting: Greeting | undefined;
  /** Calls back with what the service says to this client when the connection begins, or a channel, which is named then. The answer stops it. */
  readonly onGreeting: (handler: (greeting: Greeting, channel: string | undefined) => void) => () => void;
}

/** What a client adds by what its contract says of connections. */
export type Exchanging<K extends ConnectionShape> = (keyof K["calls"] extends never ? unknown : Calling<K["calls"]>) &
  (keyof K["answers"] extends never ? unknown : Answering<K["answers"]>) &
  ([K["greeting"]] extends [undefined] ? unknown : Greeted<K["greeting"]>);

/** What options add. */
export type Opening<K extends ConnectionShape> = [K["opening"]] extends [undefined]
  ? unknown
  : {
      /** What this client says of itself each time it connects; at most 2 KiB as JSON. It travels in a URL, so it is no place for secrets. */
      readonly opening: K["opening"];
    };

type AnyHandler = (data: unknown) => unknown;

/** A call that has no outcome yet. */
interface Question {
  readonly name: string;
  readonly spec: CallSpec;
  readonly members: string;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
  ref: number | undefined;
}

/** The exchange of one client with the service. */
export class Exchange implements Extension {
  greeting: unknown;
  private readonly options: ExtensionParts;
  private uplink: Uplink | undefined;
  /** In the order of the calls. */
  private readonly questions = new Set<Question>();
  private readonly handlers = new Map<string, AnyHandler>();
  /** Set while the server wants no further call. */
  private pause: (() => void) | undefined;
  private readonly greeters = new Set<(greeting: unknown, channel: string | undefined) => void>();

  constructor(options: ExtensionParts) {
    this.options = options;
  }

  // Somebody waits for an answer, or the service may ask.
  get isActive(): boolean {
    return this.questions.size > 0 || this.handlers.size > 0;
  }

  call(name: string, data: unknown, { timeout = PATIENCE }: CallOptions = {}): Promise<unknown> {
    const { clock, onNeed } = this.options;
    const spec = this.specOf(name, "client");
    const issues = payloadIssues(spec.request, data);
    if (issues.length > 0) throw new PayloadError("", name, issues);
    const members = JSON.stringify({ type: "call", call: name, data }).slice(1, -1);
    const promise = new Promise<unknown>((resolve, reject) => {
      const cancel = clock.after(timeout, () => this.settle(question, question.ref === undefined ? NEVER_SENT : NO_ANSWER));
      const question: Question = { name, spec, members, resolve, reject, cancel, ref: undefined };
      this.questions.add(question);
    });
    this.pump();
    onNeed();
    return promise;
  }

  onCall(name: string, handler: AnyHandler): () => void {
    this.specOf(name, "server");
    this.handlers.set(name, handler);
    this.options.onNeed();
    return () => {
      if (this.handlers.get(name) !== handler) return;
      this.handlers.delete(name);
      this.options.onNeed();
    };
  }

  onGreeting(handler: (greeting: unknown, channel: string | undefined) => void): () => void {
    // A wrapper of its own for each call, so that one function registered twice is called twice and leaves once.
    const entry = (greeting: unknown, channel: string | undefined): void => handler(greeting, channel);
    this.greeters.add(entry);
    return () => void this.greeters.delete(entry);
  }

  channel(): undefined {
    return undefined;
  }

  left(): void {
    // Calls belong to no channel.
  }

  accept(fields: Fields): boolean {
    const { type, channel, data } = fields;
    if (type === "greeting") this.greet(data, typeof channel === "string" ? channel : undefined);
    else if (type === "reply") this.reply(fields);
    else if (type === "call") void this.answer(fields);
    return type === "greeting" || type === "reply" || type === "call";
  }

  begin({ greeting }: WelcomeFrame): void {
    this.greeting = undefined;
    if (greeting !== undefined) this.greet(greeting, undefined);
  }

  up(uplink: Uplink): void {
    this.uplink = uplink;
    this.pump();
  }

  down(final: RefusedError | undefined): void {
    this.uplink = undefined;
    this.resume();
    for (const question of [...this.questions]) {
      if (question.ref !== undefined) this.settle(question, LOST);
      else if (final !== undefined) this.settle(question, final);
    }
  }

  private pump(): void {
    const { uplink } = this;
    if (uplink === undefined || this.pause !== undefined) return;
    let underWay = [...this.questions].filter(({ ref }) => ref !== undefined).length;
    for (const question of this.questions) {
      if (question.ref !== undefined) continue;
      if (underWay >= MAX_UNDER_WAY) return;
      underWay += 1;
      // An acknowledgement says that it was taken; the answer comes by itself.
      const onReply = (reply: unknown): void => {
        if (!(reply instanceof RefusedError) || uplink !== this.uplink) return;
        if (reply.reason === "rate_limited") this.postpone(question, reply);
        else this.settle(question, reply);
      };
      question.ref = uplink.send([{ members: question.members, onReply }]);
    }
  }

  /** The server did not take it: it waits for its turn again, as long as who asked does. */
  private postpone(question: Question, { retryAfter = 0 }: RefusedError): void {
    question.ref = undefined;
    this.pause ??= this.options.clock.after(Math.max(MIN_DELAY, obeyed(retryAfter)), () => {
      this.pause = undefined;
      this.pump();
    });
  }

  private resume(): void {
    this.pause?.();
    this.pause = undefined;
  }

  private reply({ ref, data, error }: Fields): void {
    const question = [...this.questions].find((each) => each.ref === ref);
    if (question === undefined) return;
    const wire = readError(error);
    if (wire !== undefined) return this.settle(question, refusal(wire));
    const issues = payloadIssues(question.spec.reply, data);
    if (issues.length > 0) return this.settle(question, new PayloadError("", question.name, issues));
    this.settle(question, undefined, filled(question.spec.reply, data));
  }

  private settle(question: Question, error: Error | undefined, reply?: unknown): void {
    if (!this.questions.delete(question)) return;
    question.cancel();
    if (this.questions.size === 0) this.resume();
    if (error === undefined) question.resolve(reply);
    else question.reject(error);
    this.pump();
    this.options.onNeed();
  }

  private async answer({ id, call, data }: Fields): Promise<void> {
    const { uplink } = this;
    const answer = await this.answerOf(String(call), data);
    if (uplink === this.uplink) uplink?.send([{ members: JSON.stringify({ type: "reply", id, ...answer }).slice(1, -1), onReply: nothing }]);
  }

  private async answerOf(name: string, data: unknown): Promise<object> {
    const handler = this.handlers.get(name);
    const { calls = {} } = this.options.contract;
    const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (handler === undefined || spec === undefined) return { error: { name: "unknown_call", message: `this client answers no call \`${name}\`` } };
    try {
      if (payloadIssues(spec.request, data).length > 0) return { error: { name: "invalid_payload", message: "the request violates the contract of this client" } };
      const reply = await handler(filled(spec.request, data));
      const issues = payloadIssues(spec.reply, reply);
      if (issues.length > 0) throw new PayloadError("", name, issues);
      return { data: reply };
    } catch (error) {
      if (error instanceof PayloadError) this.options.report(error);
      return { error: { message: error instanceof Error ? error.message : "the handler failed" } };
    }
  }

  private greet(data: unknown, channel: string | undefined): void {
    const spec = this.options.contract.connection?.greeting;
    // A greeting that violates the contract is as good as none.
    if (spec === undefined || payloadIssues(spec, data).length > 0) return;
    const greeting = filled(spec, data);
    if (channel === undefined) this.greeting = greeting;
    for (const greeter of [...this.greeters]) guarded(() => greeter(greeting, channel), undefined, this.options.report);
  }

  private specOf(name: string, from: "client" | "server"): CallSpec {
    const { calls = {} } = this.options.contract;
    const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
    if (spec?.from.includes(from) !== true) throw new RangeError(`the contract has no call \`${name}\` of the ${from}'s`);
    return spec;
  }
}

/**
 * What the client says of itself, as JSON; what a package hands to its clients.
 *
 * @throws {@link PayloadError} if it violates the contract.
 */
export function openingOf({ connection }: ContractData, opening: unknown): string | undefined {
  if (connection?.opening === undefined) return undefined;
  const issues = payloadIssues(connection.opening, opening);
  if (issues.length > 0) throw new PayloadError("", "opening", issues);
  return JSON.stringify(opening);
}

function nothing(): void {
  // Whether the answer arrived in time is the server's to know.
}

const NO_ANSWER: RefusedError = refusal({ code: 4105, name: "call_timeout", message: "nobody answered in time; it may have been done" });
const NEVER_SENT = new RefusedError({ name: "expired", message: "the call waited for a connection and was not sent" }, "back_off");
const LOST: RefusedError = refusal({ code: 4104, name: "unknown_outcome", message: "the connection was lost, and nobody knows whether it was done" });

/** Makes the exchange of a client; what a package hands to its clients. */
export const exchange: Extend = (parts, client) => {
  const made = new Exchange(parts);
  Object.defineProperty(client, "greeting", { get: () => made.greeting });
  Object.assign(client, {
    call: (name: string, data?: unknown, options?: CallOptions) => made.call(name, data, options),
    onCall: (name: string, handler: AnyHandler) => made.onCall(name, handler),
    onGreeting: (handler: (greeting: unknown, channel: string | undefined) => void) => made.onGreeting(handler),
  });
  return made;
};
