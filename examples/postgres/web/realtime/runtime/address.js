/** Channel names: a pattern with values in it, spelled exactly as the server spells them. */
import { issuesOf } from "./checks/check.js";
import { AddressError } from "./errors.js";
/** The longest channel name, in bytes. */
const MAX_NAME = 200;
/** Makes the function that builds addresses of `contract`. */
export function addressBuilder(contract) {
    const names = new Addresses(contract);
    return (pattern, ...[params]) => ({ pattern, params: params, name: names.name(pattern, params) });
}
/** The addresses of one contract, without their types. */
export class Addresses {
    contract;
    constructor(contract) {
        this.contract = contract;
    }
    /**
     * The name of the channel that `pattern` and `params` say.
     *
     * @throws {@link AddressError} if the contract has no such channel, or the values do not make a name.
     */
    name(pattern, params) {
        const channel = Object.hasOwn(this.contract.channels, pattern) ? this.contract.channels[pattern] : undefined;
        if (channel === undefined)
            throw new AddressError("unknown_channel", `the contract has no channel \`${pattern}\``);
        const texts = this.texts(pattern, channel, (params ?? {}));
        const name = pattern.replace(/\/?\{([^?}]*)\??\}/g, (segment, parameter) => {
            const text = texts.get(parameter);
            return text === undefined ? "" : (segment.startsWith("/") ? "/" : "") + encodeValue(text);
        });
        // The name is ASCII by now, so its length counts bytes.
        if (name.length > MAX_NAME)
            throw new AddressError("too_long", `the channel name has ${name.length} bytes; at most ${MAX_NAME} are allowed`);
        return name;
    }
    texts(pattern, channel, params) {
        for (const name of Object.keys(params)) {
            if (params[name] === undefined || channel.params.some((known) => known.name === name))
                continue;
            throw new AddressError("unknown_parameter", `\`${pattern}\` has no parameter \`${name.slice(0, 80)}\``, name);
        }
        const texts = new Map();
        for (const parameter of channel.params) {
            const value = Object.hasOwn(params, parameter.name) ? params[parameter.name] : undefined;
            if (value !== undefined || parameter.optional !== true)
                texts.set(parameter.name, this.text(pattern, parameter, value));
        }
        return texts;
    }
    text(pattern, { name, check, lower }, value) {
        if (value === undefined)
            throw new AddressError("missing_parameter", `\`${pattern}\` needs the parameter \`${name}\``, name);
        const issue = issuesOf(check, value)[0];
        if (issue !== undefined)
            throw invalid(pattern, name, issue.message);
        const text = String(value);
        if (text === "")
            throw invalid(pattern, name, "expected at least 1 character, got 0");
        if (!isWellFormed(text))
            throw invalid(pattern, name, "expected Unicode text, got half of a surrogate pair");
        return lower === true ? text.toLowerCase() : text;
    }
}
function invalid(pattern, name, message) {
    return new AddressError("invalid_parameter", `the parameter \`${name}\` of \`${pattern}\` is invalid: ${message}`, name);
}
function isWellFormed(text) {
    return !/\p{Surrogate}/u.test(text);
}
/** Percent-encodes the UTF-8 bytes of a value outside `A–Z a–z 0–9 _ . : ~ @ -`, so that no value can contain a separator. */
function encodeValue(text) {
    // A path segment of dots would be resolved away by proxies and browsers.
    if (text === "." || text === "..")
        return text.replaceAll(".", "%2E");
    return encodeURIComponent(text)
        .replaceAll("%3A", ":")
        .replaceAll("%40", "@")
        .replace(/[!*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
