/** What a contract is made of besides data: the check of each kind of type. A generated `contract.js` imports the ones it needs. */
export { checkBoolean, checkChoice, checkNullable, checkRef } from "./checks/alternatives.js";
export { checkAny } from "./checks/any.js";
export { areUnique } from "./checks/canonical.js";
export { isMultiple } from "./checks/decimal.js";
export { fillDefaults } from "./checks/defaults.js";
export { checkJson } from "./checks/json.js";
export { checkList, checkTuple } from "./checks/lists.js";
export { checkInteger, checkNumber } from "./checks/numbers.js";
export { checkMap, checkObject, checkUnion } from "./checks/records.js";
export { checkDateTime, checkEnum, checkInt64, checkString, checkUuid } from "./checks/text.js";
