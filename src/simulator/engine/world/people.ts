import { decimal } from '../../../core/decimal.ts';
import type { Customer, WireObject } from '../desk.ts';
import type { Profile } from './profile.ts';

const HIDDEN = 'redacted';

const ADDRESS: WireObject = {
  'street-one': HIDDEN,
  city: HIDDEN,
  'state-region': 'IL',
  'postal-code': HIDDEN,
  country: 'US',
  'is-foreign': false,
  'is-domestic': true,
};

const ACCOUNT_TYPES: WireObject = {
  name: 'Individual',
  description: '',
  'is-tax-advantaged': false,
  'has-multiple-owners': false,
  'is-publicly-available': true,
  'margin-types': [
    { name: 'Cash', 'is-margin': false },
    { name: 'Reg T', 'is-margin': true },
  ],
};

/** Nobody: every personal field says that it was taken out. */
function customerWire(id: string, isMargin: boolean): WireObject {
  return {
    id: 'me',
    'first-name': HIDDEN,
    'last-name': HIDDEN,
    address: ADDRESS,
    'mailing-address': ADDRESS,
    'usa-citizenship-type': 'Citizen',
    'is-foreign': false,
    'mobile-phone-number': HIDDEN,
    email: HIDDEN,
    'tax-number-type': 'SSN',
    'birth-date': HIDDEN,
    'external-id': `simulated-${id}`,
    'citizenship-country': 'USA',
    'subject-to-tax-withholding': false,
    'agreed-to-margining': isMargin,
    'agreed-to-terms': true,
    'has-industry-affiliation': false,
    'has-political-affiliation': false,
    'has-listed-affiliation': false,
    'is-professional': false,
    'has-delayed-quotes': false,
    'has-pending-or-approved-application': true,
    'permitted-account-types': [ACCOUNT_TYPES],
    'identifiable-type': 'Person',
    'created-at': '2020-01-01T00:00:00.000+00:00',
  };
}

export type Person = { readonly customer: Customer; readonly profiles: readonly Profile[] };

function person(id: string, profiles: readonly Profile[], scopes: Customer['scopes'] = ['read', 'trade']): Person {
  const isMargin = profiles.some((profile) => profile.kind === 'Margin');
  return {
    customer: { id, wire: customerWire(id, isMargin), accounts: profiles.map((profile) => profile.number), scopes },
    profiles,
  };
}

const MARGIN: Omit<Profile, 'number' | 'nickname'> = {
  kind: 'Margin',
  isFuturesEnabled: true,
  isCryptoEnabled: true,
  openingCash: decimal('100000'),
  past: 'none',
};

const CASH: Omit<Profile, 'number' | 'nickname'> = {
  kind: 'Cash',
  isFuturesEnabled: false,
  isCryptoEnabled: false,
  openingCash: decimal('100000'),
  past: 'quiet',
};

/** The customers that every simulator has. */
export const RESIDENTS: readonly Person[] = [
  person('margin', [
    { ...MARGIN, number: '5WX00001', nickname: 'Margin', openingCash: decimal('250000'), past: 'busy' },
  ]),
  person('cash', [{ ...CASH, number: '5WX00002', nickname: 'Cash' }]),
  person('two-accounts', [
    { ...MARGIN, number: '5WX00003', nickname: 'Trading', openingCash: decimal('150000'), past: 'quiet' },
    { ...CASH, number: '5WX00004', nickname: 'Savings' },
  ]),
  person(
    'read-only',
    [{ ...MARGIN, number: '5WX00005', nickname: 'Watched', openingCash: decimal('150000'), past: 'quiet' }],
    ['read'],
  ),
];

const CUSTOMER_ID = /^[a-z0-9][a-z0-9-]{0,63}$/u;
export const isCustomerId = (id: string): boolean => CUSTOMER_ID.test(id);

const BASE = 36;
const DIGITS = 7;

/** A number that belongs to this id whenever and wherever it is opened; `attempt` tells ids apart that share one. */
function accountNumberOf(id: string, attempt: number): string {
  let hash = 2_166_136_261;
  let other = attempt + 1;
  for (const character of id) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
    other = (Math.imul(other, 31) + character.charCodeAt(0)) >>> 0;
  }
  const wide = hash * 2048 + (other % 2048);
  return `5WX${wide.toString(BASE).toUpperCase().padStart(DIGITS, '0').slice(-DIGITS)}`;
}

/** A fresh paper customer with one margin account of 100,000. */
export function newcomer(id: string, isTaken: (number: string) => boolean): Person {
  let attempt = 0;
  while (isTaken(accountNumberOf(id, attempt))) attempt += 1;
  return person(id, [{ ...MARGIN, number: accountNumberOf(id, attempt), nickname: 'Paper' }]);
}
