/** Signs tokens: JWT with HS256, with what every JavaScript platform has. */
/**
 * The claims as a token.
 *
 * @throws RangeError if the secret is shorter than 32 bytes.
 */
export declare function sign(claims: object, secret: string): Promise<string>;
/** 128 random bits. */
export declare function randomId(): string;
