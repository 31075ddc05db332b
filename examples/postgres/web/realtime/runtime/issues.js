/** What is wrong with a value, in words. */
/** What is expected, by the kind of problem; `#` stands for the limit. The codes are the same as in the server's validator. */
const words = {
    type: "#",
    required: "a value",
    unknown_field: "no such field",
    too_short: "at least # characters",
    too_long: "at most # characters",
    pattern: "text that matches #",
    too_small: "at least #",
    too_big: "at most #",
    not_multiple: "a multiple of #",
    enum: "one of #",
    tag: "one of #",
    choice: "one of #",
    too_few: "at least # entries",
    too_many: "at most # entries",
    not_unique: "entries that differ",
    key: "a name that matches #",
    format: "text of the format #",
    never: "nothing",
    too_deep: "at most # levels",
    payload: "#",
};
/** More issues than this help nobody, and a long list of bad items must not cost more than it is worth. */
export const MAX_ISSUES = 50;
const MAX_EXCERPT = 80;
/** Names a value without repeating more than 80 characters of it. */
function describe(value) {
    if (typeof value === "string") {
        return JSON.stringify(value.length > MAX_EXCERPT ? `${value.slice(0, MAX_EXCERPT - 1)}…` : value);
    }
    if (Array.isArray(value))
        return "a list";
    if (value === undefined)
        return "nothing";
    return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, MAX_EXCERPT);
}
/** Puts a problem into words. */
export function issue(path, code, value, limit) {
    // Not replaced as a text: a dollar sign in the limit would be read as a command.
    const expected = words[code].split("#").join(String(limit));
    const received = describe(value);
    return { path, code, message: `expected ${expected}, got ${received}`, expected, received };
}
