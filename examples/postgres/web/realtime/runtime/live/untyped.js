/** Live queries as the bindings use them, without their types. */
/** The view that a component asks for. Its `reduce` may be another one with each value, and whether it is enabled is the component's to know. */
export function viewOf(client, name, params, options, newest) {
    const { enabled: _, reduce, ...rest } = options;
    if (reduce === undefined)
        return client.live(name, params, rest);
    return client.live(name, params, { ...rest, reduce: (...given) => (newest().reduce ?? reduce)(...given) });
}
