/** Channel names: a pattern with values in it, spelled exactly as the server spells them. */
import type { ChannelMap, ConnectionShape, Contract, ContractData, Params, ParamsArgument, Pattern } from "./contract.js";
/** A channel with its parameters, checked. */
export interface Address<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The pattern, such as `chat/{roomId}`. */
    readonly pattern: P;
    /** The parameters. */
    readonly params: Params<C, P>;
    /** The name on the wire, such as `chat/42`. */
    readonly name: string;
}
/**
 * Builds addresses of one contract.
 *
 * @example
 * ```ts
 * const room = address("chat/{roomId}", { roomId: "42" });
 * room.name; // "chat/42"
 * ```
 *
 * @throws {@link AddressError} if a value violates the contract, or the name would be longer than 200 bytes. The values are wrong;
 * repeating does not help.
 */
export type AddressBuilder<C extends ChannelMap<C>> = <P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>) => Address<C, P>;
/** Makes the function that builds addresses of `contract`. */
export declare function addressBuilder<C extends ChannelMap<C>>(contract: Contract<C, ConnectionShape>): AddressBuilder<C>;
/** The addresses of one contract, without their types. */
export declare class Addresses {
    private readonly contract;
    constructor(contract: ContractData);
    /**
     * The name of the channel that `pattern` and `params` say.
     *
     * @throws {@link AddressError} if the contract has no such channel, or the values do not make a name.
     */
    name(pattern: string, params: object | undefined): string;
    private texts;
    private text;
}
