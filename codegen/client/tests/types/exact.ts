/** `true` if two types are the same in every respect. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
export function holds<_Fact extends true>(): void {
  // What is checked is the type argument.
}
