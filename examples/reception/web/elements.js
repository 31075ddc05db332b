/** Making elements. Text only ever becomes text: nothing on this page is parsed as HTML. */

/**
 * Finds an element that the page has.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, within = document) {
  const element = within.querySelector(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return /** @type {T} */ (element);
}

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [attribute: string]: string }} attributes
 * @param {...(Node | string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Makes a button that does something.
 *
 * @param {string} text
 * @param {{ [attribute: string]: string }} attributes
 * @param {() => void} action
 */
export function button(text, attributes, action) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", action);
  return element;
}

/**
 * Brings the children of an element in line, moving as few as possible: what stays in its place keeps its focus and its animation.
 *
 * @param {HTMLElement} parent
 * @param {readonly HTMLElement[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(/** @type {readonly Element[]} */ (children));
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}
