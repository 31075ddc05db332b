/** How people look: a colour and initials, the same on every screen because they follow from the name alone. */

/** Hues are this far apart, in degrees, so that two are either equal or told from one another. */
const STEP = 20;

/**
 * Shows somebody in an avatar.
 *
 * @param {HTMLElement} avatar
 * @param {string} name
 */
export function portray(avatar, name) {
  avatar.textContent = initials(name);
  avatar.classList.toggle("nobody", name.trim() === "");
  avatar.style.setProperty("--hue", String(hue(name)));
}

/**
 * The hue of a name, in degrees.
 *
 * @param {string} name
 */
export function hue(name) {
  // FNV-1a, of which the upper bits are mixed best: short names that differ in one letter land far apart.
  let hash = 0x811c9dc5;
  for (const character of name.trim().toLowerCase()) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return ((hash >>> 12) % (360 / STEP)) * STEP;
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== "");
  const first = graphemes(words[0] ?? "");
  const second = words.length > 1 ? graphemes(words.at(-1) ?? "") : [];
  return ((first[0] ?? "?") + (second[0] ?? "")).toLocaleUpperCase();
}

/**
 * What a reader sees as the characters of a text: an emoji of several code points is one.
 *
 * @param {string} text
 */
function graphemes(text) {
  if (!("Segmenter" in Intl)) return [...text];
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
