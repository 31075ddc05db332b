/** Contracts as the generator prints them. */

const bounds = (...numbers) => {
  while (numbers.length > 0 && numbers.at(-1) === undefined) numbers.pop();
  return numbers.map((number) => number ?? "undefined");
};

/** Prints types, and notes what they are made of. */
class Printer {
  names = new Set();

  call(name, ...parts) {
    this.names.add(name);
    return `${name}(${parts.join(", ")})`;
  }

  constant(name) {
    this.names.add(name);
    return name;
  }

  fields(fields) {
    const entries = fields.map(({ name, type, optional }) => `${name}: ${optional ? this.call("optional", this.type(type)) : this.type(type)}`);
    return this.call("object", entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`);
  }

  type(type) {
    switch (type.kind) {
      case "string": {
        const plain = this.call("string", ...bounds(type.minLength || undefined, type.maxLength).map((bound) => (bound === "undefined" ? 0 : bound)));
        const more = [type.pattern && this.call("pattern", JSON.stringify(type.pattern)), type.format === "email" && this.constant("asEmail")].filter(Boolean);
        return more.length === 0 ? plain : this.call("all", plain, ...more);
      }
      case "integer":
      case "number":
        return this.call(type.kind, ...bounds(type.min, type.max));
      case "enum":
        return this.call("oneOf", ...type.values.map(({ value }) => JSON.stringify(value)));
      case "list":
        return this.call("list", this.type(type.items), ...bounds(type.minItems, type.maxItems));
      case "nullable":
        return this.call("nullable", this.type(type.of));
      case "ref":
        return `is${type.name}`;
      case "object":
        return this.fields(type.fields);
      case "union":
        return this.call("union", JSON.stringify(type.tag), `{ ${type.variants.map(({ value, fields }) => `${value}: ${this.fields(fields)}`).join(", ")} }`);
      default:
        return this.constant(type.kind);
    }
  }
}

/** The module that the generator would print for these events; `dist` is where the runtime lies. */
export function moduleText(types, events, dist) {
  const printer = new Printer();
  const named = Object.entries(types).map(([name, type]) => `const is${name} = ${printer.type(type)};\n`);
  const specs = Object.entries(events).map(([name, payload]) => `${JSON.stringify(name)}: { publish: ["server"], payload: ${printer.type(payload)} }`);
  const names = [...printer.names].sort();
  return [
    names.length > 0 ? `import { ${names.join(", ")} } from ${JSON.stringify(`${dist}/checks.js`)};\n` : "",
    ...named,
    `export const contract = { name: "benchmark", hash: "0f6d2c1b9a8e7d6c5b4a39281706f5e4", channels: { "room/{id}": { params: [], events: { ${specs.join(", ")} } } } };\n`,
  ].join("");
}
