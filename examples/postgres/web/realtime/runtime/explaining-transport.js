/** Asks another way why a handshake was refused, where the platform does not say it: a WebSocket that a server refuses looks like a network that fails. */
/** How long an explanation is awaited, in milliseconds. */
const PATIENCE = 5000;
/** Carries frames over the first way alone. An attempt that fails before anything came is repeated once over the second, for the refusal that it may get there. */
export function explainingTransport(first, second, clock) {
    return (request, handlers) => {
        let answered = false;
        let open = true;
        let link;
        let cancel = () => undefined;
        const end = (reason) => {
            if (!open)
                return;
            open = false;
            cancel();
            link?.close();
            handlers.onEnd(reason);
        };
        const explain = (failure) => {
            const unexplained = () => end(failure);
            link?.close();
            cancel = clock.after(PATIENCE, unexplained);
            // Without the session: what is there to be resumed is not for this link.
            link = second({ ...request, session: undefined }, {
                ...handlers,
                onFrame: unexplained,
                onAlive: unexplained,
                onRetry: () => undefined,
                onEnd: (why) => end(why.reason.code === undefined ? failure : why),
            });
        };
        const began = first(request, {
            ...handlers,
            onAlive() {
                answered = true;
                handlers.onAlive();
            },
            onEnd: (reason) => (answered || reason.retry === "never" || reason.reason.name !== "network" ? end(reason) : explain(reason)),
        });
        // It may have failed by now, and be asked about.
        link ??= began;
        return {
            close() {
                open = false;
                cancel();
                link?.close();
            },
            send: (frames, session) => link?.send(frames, session),
        };
    };
}
