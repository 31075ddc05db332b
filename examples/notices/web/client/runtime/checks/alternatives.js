/** Kinds that stand for other types, and the one kind that has no content. */
import { jsonType } from "../values.js";
import { fail } from "./check.js";
/** `true` or `false`. */
export const checkBoolean = () => (value, _depth, report) => typeof value === "boolean" || fail(report, "type", value, "a boolean");
/** A type by its name. */
export const checkRef = ({ name }, scope) => scope.compile(scope.contract.types[name]);
/** A type, or `null`. */
export const checkNullable = ({ of }, scope) => {
    const inner = scope.compile(of);
    return (value, depth, report) => value === null || inner(value, depth, report);
};
/** One of several types, chosen by the JSON type of the value. */
export const checkChoice = ({ of }, scope) => {
    const arms = new Map();
    for (const type of of)
        for (const name of jsonTypes(type, scope.contract.types))
            arms.set(name, scope.compile(type));
    return (value, depth, report) => {
        const arm = arms.get(jsonType(value));
        return arm === undefined ? fail(report, "choice", value, [...arms.keys()]) : arm(value, depth, report);
    };
};
/** The JSON types that values of a type have. */
export function jsonTypes(type, types) {
    switch (type.kind) {
        case "ref": {
            const named = types[type.name];
            return named === undefined ? [] : jsonTypes(named, types);
        }
        case "nullable":
            return ["null", ...jsonTypes(type.of, types)];
        case "choice":
            return type.of.flatMap((each) => jsonTypes(each, types));
        case "boolean":
            return ["boolean"];
        case "integer":
        case "number":
            return ["number"];
        case "list":
        case "tuple":
            return ["array"];
        case "object":
        case "union":
        case "map":
            return ["object"];
        case "any":
        case "json":
            // A choice cannot have them: they are of every JSON type at once.
            return [];
        default:
            return ["string"];
    }
}
