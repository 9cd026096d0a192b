/** All that tenants may share: reference data, which says nothing of anybody. Quotes, balances and positions have no kind here. */
export type ReferenceKind = 'chain:equity' | 'chain:future';

/** What is shared, and between the tenants of which environment. */
export type ReferenceKey<Kind extends ReferenceKind = ReferenceKind> = {
  readonly kind: Kind;
  readonly environment: 'live' | 'sandbox' | 'paper';
  readonly symbol: string;
};

const ID = /^(?<environment>live|sandbox|paper):(?<kind>chain:equity|chain:future):(?<symbol>.*)$/su;

/** The only maker of names in the shared cache. */
export const referenceId = ({ kind, environment, symbol }: ReferenceKey): string => `${environment}:${kind}:${symbol}`;

/** Of which key a name is; `undefined` for a text that `referenceId` did not make. */
export const readReferenceId = (id: string): ReferenceKey | undefined =>
  ID.exec(id)?.groups as ReferenceKey | undefined;

/** One value of one New York day: at the date change every chain is another one, since expirations fall away. */
export type Slot = { readonly id: string; readonly date: string };
