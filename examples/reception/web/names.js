/** Names for those who have not chosen one. */

const MANNERS = ["Quick", "Quiet", "Brave", "Sunny", "Clever", "Gentle", "Merry", "Curious", "Patient", "Bold"];
const ANIMALS = ["Otter", "Heron", "Seal", "Puffin", "Crab", "Whale", "Curlew", "Newt", "Gannet", "Plover"];

/** @param {readonly string[]} words */
const any = (words) => words[Math.floor(Math.random() * words.length)] ?? "";

export const someName = () => `${any(MANNERS)} ${any(ANIMALS)}`;
