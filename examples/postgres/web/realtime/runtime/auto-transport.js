/** Chooses between two ways to carry frames: whichever works. */
/** An attempt that has not greeted after this long, in milliseconds, is left for the other way. Some proxies let a handshake hang for minutes. */
export const PATIENCE = 5000;
/**
 * Begins with the first way. An attempt on which the server does not say anything makes the other way the next one; a way on which it did stays.
 * Nothing is lost in between: both ways have the same abilities, and every attempt brings the same cursors and the same session.
 */
export function autoTransport(first, second, clock) {
    let way = first;
    return (request, handlers) => {
        const current = way;
        let answered = false;
        let over = false;
        const end = (reason) => {
            over = true;
            cancel();
            // An answer with a code comes from the server, so there is nothing wrong with the way to it.
            if (!answered && reason.reason.code === undefined)
                way = current === first ? second : first;
            // The first way does not say why it was refused: this was why, and the next token may do.
            else if (reason.reason.name === "token_expired")
                way = first;
            handlers.onEnd(reason);
        };
        const cancel = clock.after(PATIENCE, () => {
            link.close();
            end({ retry: "back_off", reason: { name: "no_welcome", message: `no greeting within ${PATIENCE / 1000} s` } });
        });
        const link = current(request, {
            ...handlers,
            onFrame(text) {
                answered = true;
                cancel();
                handlers.onFrame(text);
            },
            onEnd: end,
        });
        return {
            close() {
                if (!over)
                    cancel();
                link.close();
            },
            send: (frames, session) => link.send(frames, session),
        };
    };
}
