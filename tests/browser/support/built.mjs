/** Scripts of pages, built with Vite as an application's are. */

import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Vite, and the frameworks, are those that the client runtime is tested with. */
const root = fileURLToPath(new URL("../../../codegen/client", import.meta.url));
const require = createRequire(`${root}/package.json`);

/**
 * The script of a page.
 *
 * @param {string} entry
 * @returns {Promise<string>}
 */
export async function built(entry) {
  const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
  const [{ build }, { svelte }] = await Promise.all([load("vite"), load("@sveltejs/vite-plugin-svelte")]);
  const result = await build({
    ...{ root, configFile: false, logLevel: "error", mode: "production" },
    plugins: [svelte({ configFile: false })],
    // The generated client is outside of the folder that has the frameworks.
    resolve: { dedupe: ["react", "react-dom", "svelte"] },
    build: { write: false, rollupOptions: { input: fileURLToPath(new URL(`../pages/${entry}`, import.meta.url)) } },
  });
  const [{ output }] = [result].flat();
  return output[0].code;
}
