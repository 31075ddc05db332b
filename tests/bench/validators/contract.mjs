/** Contracts as the generator prints them. */

const compilers = {
  boolean: "checkBoolean",
  dateTime: "checkDateTime",
  enum: "checkEnum",
  integer: "checkInteger",
  list: "checkList",
  nullable: "checkNullable",
  number: "checkNumber",
  object: "checkObject",
  ref: "checkRef",
  string: "checkString",
  union: "checkUnion",
  uuid: "checkUuid",
};

/** Calls `visit` for every type inside. */
function walk(value, visit) {
  if (typeof value !== "object" || value === null) return;
  if (typeof value.kind === "string") visit(value);
  for (const inner of Object.values(value)) walk(inner, visit);
}

/** What the types need, by name: the checks of their kinds, and their formats. */
export function needs(types, events) {
  const checks = {};
  const formats = {};
  walk([types, events], ({ kind, format }) => {
    checks[kind] = compilers[kind];
    if (format !== undefined) formats[format] = `is${format[0].toUpperCase()}${format.slice(1)}`;
  });
  return { checks, formats };
}

/** The data of a contract with these events on one channel. */
export function data(types, events) {
  const specs = Object.entries(events).map(([name, payload]) => [name, { publish: ["server"], payload }]);
  return { name: "benchmark", hash: "0f6d2c1b9a8e7d6c5b4a39281706f5e4", types, channels: { "room/{id}": { params: [], events: Object.fromEntries(specs) } } };
}

/** The module that the generator would print for these events; `dist` is where the runtime lies. */
export function moduleText(types, events, dist) {
  const { checks, formats } = needs(types, events);
  const properties = (entries) => `{ ${Object.entries(entries).map(([key, name]) => `${JSON.stringify(key)}: ${name}`).join(", ")} }`;
  const names = (entries) => [...new Set(Object.values(entries))].sort().join(", ");
  const text = JSON.stringify(data(types, events), undefined, 1).slice(0, -1).trimEnd();
  return [
    Object.keys(checks).length > 0 ? `import { ${names(checks)} } from ${JSON.stringify(`${dist}/checks.js`)};\n` : "",
    Object.keys(formats).length > 0 ? `import { ${names(formats)} } from ${JSON.stringify(`${dist}/formats.js`)};\n` : "",
    `export const contract = ${text}, checks: ${properties(checks)}${Object.keys(formats).length > 0 ? `, formats: ${properties(formats)}` : ""} };\n`,
  ].join("");
}
