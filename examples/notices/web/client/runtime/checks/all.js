/** Every check and every format, for contracts made by hand. Nothing else imports this: a package carries only what its contract names. */
import { areUnique, checkAny, checkBoolean, checkChoice, checkDateTime, checkEnum, checkInt64, checkInteger, checkJson, checkList, checkMap } from "../checks.js";
import { isMultiple, checkNullable, checkNumber, checkObject, checkRef, checkString, checkTuple, checkUnion, checkUuid } from "../checks.js";
import { isDate, isDateTime, isEmail, isIpv4, isIpv6, isUri, isUuid } from "../formats.js";
/** The check of every kind and constraint. */
export const allChecks = {
    string: checkString,
    dateTime: checkDateTime,
    uuid: checkUuid,
    int64: checkInt64,
    integer: checkInteger,
    number: checkNumber,
    boolean: checkBoolean,
    any: checkAny,
    json: checkJson,
    enum: checkEnum,
    object: checkObject,
    union: checkUnion,
    choice: checkChoice,
    list: checkList,
    tuple: checkTuple,
    map: checkMap,
    ref: checkRef,
    nullable: checkNullable,
    multipleOf: isMultiple,
    unique: areUnique,
};
/** The verdict on every format. */
export const allFormats = {
    "date-time": isDateTime,
    date: isDate,
    uuid: isUuid,
    email: isEmail,
    uri: isUri,
    ipv4: isIpv4,
    ipv6: isIpv6,
};
