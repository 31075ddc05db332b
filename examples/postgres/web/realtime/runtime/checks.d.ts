/** What contracts are made of: each kind of type, and each constraint. A generated `contract.js` imports the ones it needs. */
export { all, boolean, choice, nullable, optional, ref } from "./checks/alternatives.js";
export { any } from "./checks/any.js";
export type { Check } from "./checks/check.js";
export { absent, entries, fields, items, positions, several, tagged } from "./checks/defaults.js";
export { json } from "./checks/json.js";
export { list, tuple, unique } from "./checks/lists.js";
export { above, below, integer, integerMultipleOf, multipleOf, number } from "./checks/numbers.js";
export { keys, map, object, only, union } from "./checks/records.js";
export { asDate, asDateTime, asEmail, asIpv4, asIpv6, asUri, asUuid, dateTime, int64, oneOf, pattern, string, uint64, uuid } from "./checks/text.js";
