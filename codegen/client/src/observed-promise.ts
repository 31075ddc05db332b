/** A promise of the outcome of something that goes on by itself. */

/** Never rejects unhandled: who does not look at it is told in another way. */
export class ObservedPromise<Value> extends Promise<Value> {
  // What `then` makes is a usual promise, for which the usual rules hold.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static make<Value>(): ObservedPromise<Value> {
    let settle: Pick<ObservedPromise<Value>, "resolve" | "reject"> | undefined;
    const made = new ObservedPromise<Value>((resolve, reject) => {
      settle = { resolve, reject };
    });
    if (settle !== undefined) Object.assign(made, settle);
    // Counts as a handler for the platform, and goes past the one that is counted here.
    void super.prototype.then.call(made, undefined, nothing);
    return made;
  }

  declare resolve: (value: Value) => void;
  declare reject: (error: Error) => void;
  isObserved = false;

  // `await`, `catch`, `finally` and the combinators all come here, because this is not the platform's own class.
  override then<A = Value, B = never>(
    onResolve?: ((value: Value) => A | PromiseLike<A>) | null,
    onReject?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isObserved = true;
    return super.then(onResolve, onReject);
  }
}

function nothing(): void {
  // Somebody else tells of it.
}
