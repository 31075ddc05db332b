/** The way up over one link: numbers the frames, and hands each reply to whoever asked. */
import { refusal } from "./errors.js";
/** Frames and their replies over one link. */
export class Uplink {
    link;
    session;
    waiting = new Map();
    last = 0;
    constructor(link, session) {
        this.link = link;
        this.session = session;
    }
    /** Sends frames in this order, after those of earlier calls. The number of the last one. */
    send(frames) {
        const numbered = frames.map(({ members, onReply }) => {
            this.last += 1;
            this.waiting.set(this.last, onReply);
            return { ref: this.last, text: `{"ref":${this.last},${members}}` };
        });
        const { last } = this;
        this.link.send(numbered, this.session);
        return last;
    }
    /** Takes a reply. One that nobody waits for is left out. */
    accept(frame) {
        if (typeof frame.ref === "number")
            this.settle(frame.ref, frame.type === "ack" ? frame : refusal(frame.error));
    }
    /** Takes what is known of frames that get no reply. */
    fail(refs, error) {
        for (const ref of refs)
            this.settle(ref, error);
    }
    settle(ref, reply) {
        const onReply = this.waiting.get(ref);
        this.waiting.delete(ref);
        onReply?.(reply);
    }
}
