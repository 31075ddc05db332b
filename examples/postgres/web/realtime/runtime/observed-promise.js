/** A promise of the outcome of something that goes on by itself. */
/** Never rejects unhandled: who does not look at it is told in another way. */
export class ObservedPromise extends Promise {
    // What `then` makes is a usual promise, for which the usual rules hold.
    static get [Symbol.species]() {
        return Promise;
    }
    static make() {
        let settle;
        const made = new ObservedPromise((resolve, reject) => {
            settle = { resolve, reject };
        });
        if (settle !== undefined)
            Object.assign(made, settle);
        // Counts as a handler for the platform, and goes past the one that is counted here.
        void super.prototype.then.call(made, undefined, nothing);
        return made;
    }
    isObserved = false;
    // `await`, `catch`, `finally` and the combinators all come here, because this is not the platform's own class.
    then(onResolve, onReject) {
        this.isObserved = true;
        return super.then(onResolve, onReject);
    }
}
function nothing() {
    // Somebody else tells of it.
}
