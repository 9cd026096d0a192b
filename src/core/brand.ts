declare const brand: unique symbol;

/** A value of `Base` that only its own parser can make: two brands over one base never mix. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
