/** Fills in the fields that are absent and have a default, in values that passed their check. */
import { isObject, jsonType } from "../values.js";
import { jsonTypes } from "./alternatives.js";
/** What cannot lack a field with a default is handed on as it is. */
const keep = (value) => value;
/**
 * Makes the function that fills in defaults. It gives a value in which no such field is absent: the value itself where nothing is missing, a copy
 * of the objects on the way to what is missing otherwise.
 */
export function fillDefaults(types) {
    const filler = new Filler(types);
    return (type, value) => filler.of(type)(value);
}
class Filler {
    types;
    made = new Map();
    constructor(types) {
        this.types = types;
    }
    of(type) {
        const known = this.made.get(type);
        if (known !== undefined)
            return known;
        if (!this.hasDefault(type, new Set())) {
            this.made.set(type, keep);
            return keep;
        }
        // A type that leads back to itself meets this one, which waits for the other to be there.
        this.made.set(type, (value) => this.of(type)(value));
        const fill = this.make(type);
        this.made.set(type, fill);
        return fill;
    }
    make(type) {
        switch (type.kind) {
            case "ref": {
                const named = this.types[type.name];
                return named === undefined ? keep : this.of(named);
            }
            case "nullable": {
                const fill = this.of(type.of);
                return (value) => (value === null ? value : fill(value));
            }
            case "choice": {
                const arms = new Map();
                for (const each of type.of)
                    for (const name of jsonTypes(each, this.types))
                        arms.set(name, this.of(each));
                return (value) => (arms.get(jsonType(value)) ?? keep)(value);
            }
            case "list": {
                const fill = this.of(type.items);
                return (value) => items(value, () => fill);
            }
            case "tuple": {
                const fills = type.items.map((each) => this.of(each));
                return (value) => items(value, (at) => fills[at] ?? keep);
            }
            case "map": {
                const fill = this.of(type.values);
                return (value) => (isObject(value) ? Object.keys(value).reduce((result, key) => replaced(result, key, fill), value) : value);
            }
            case "object":
                return this.fields(type);
            case "union": {
                const variants = new Map(type.variants.map((variant) => [variant.value, this.fields(variant)]));
                return (value) => (isObject(value) && Object.hasOwn(value, type.tag) ? (variants.get(value[type.tag]) ?? keep)(value) : value);
            }
            default:
                return keep;
        }
    }
    fields({ fields }) {
        const fills = fields.map(({ name, type, default: absent }) => {
            const fill = this.of(type);
            // A text makes each default anew: who changes an event must not change the next one.
            const text = JSON.stringify(absent);
            return { name, fill: absent === undefined ? fill : (value) => fill(value === undefined ? JSON.parse(text) : value) };
        });
        return (value) => (isObject(value) ? fills.reduce((result, { name, fill }) => replaced(result, name, fill), value) : value);
    }
    hasDefault(type, seen) {
        if (seen.has(type))
            return false;
        seen.add(type);
        const within = (inner) => inner !== undefined && this.hasDefault(inner, seen);
        switch (type.kind) {
            case "ref":
                return within(this.types[type.name]);
            case "nullable":
                return within(type.of);
            case "choice":
                return type.of.some(within);
            case "list":
                return within(type.items);
            case "tuple":
                return type.items.some(within);
            case "map":
                return within(type.values);
            case "object":
            case "union":
                return (type.kind === "union" ? type.variants : [type]).some((each) => each.fields.some((field) => field.default !== undefined || within(field.type)));
            default:
                return false;
        }
    }
}
/** The object with another value under one name; the same object if the value is the same. A computed name makes a field even of `__proto__`. */
function replaced(object, name, fill) {
    const before = Object.hasOwn(object, name) ? object[name] : undefined;
    const after = fill(before);
    return after === before ? object : { ...object, [name]: after };
}
function items(value, fill) {
    if (!Array.isArray(value))
        return value;
    const filled = value.map((item, at) => fill(at)(item));
    return filled.some((item, at) => item !== value[at]) ? filled : value;
}
