/** A promise of the outcome of something that goes on by itself. */
/** Never rejects unhandled: who does not look at it is told in another way. */
export declare class ObservedPromise<Value> extends Promise<Value> {
    static get [Symbol.species](): PromiseConstructor;
    static make<Value>(): ObservedPromise<Value>;
    resolve: (value: Value) => void;
    reject: (error: Error) => void;
    isObserved: boolean;
    then<A = Value, B = never>(onResolve?: ((value: Value) => A | PromiseLike<A>) | null, onReject?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<A | B>;
}
