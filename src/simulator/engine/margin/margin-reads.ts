import type { EpochMs } from '../../../core/clock.ts';
import { decimalText, withEffect } from '../../wire-text.ts';
import type { Book } from '../accounts/book.ts';
import { fundsOf, standingOf } from '../accounts/funds.ts';
import type { Desk, DeskAnswer, WireObject } from '../desk.ts';
import type { Floor } from '../matching/floor.ts';
import { instrumentRefusal } from '../orders/assess.ts';
import { readBody, validationRefusal } from '../orders/body-reader.ts';
import { candidateOf, type Candidate, type Desktop } from '../orders/candidate.ts';
import { readOrder } from '../orders/parse-order.ts';
import { marginReport, marginResults } from './margin-report.ts';
import { effectWire, orderEffect } from './order-effect.ts';
import { ratesOf, ratesWire } from './rates.ts';

type MarginReads = Pick<Desk, 'marginRequirements' | 'effectiveMargin' | 'marginDryRun'>;

/** Here sizes and quantities are texts. */
function orderWire({ terms, legs, contracts }: Candidate, account: string): WireObject {
  return {
    id: 'dry-run-0',
    'account-number': account,
    'time-in-force': terms.timeInForce,
    'order-type': terms.orderType,
    size: '0',
    ...(terms.price === undefined ? {} : { price: decimalText(terms.price), 'price-effect': terms.priceEffect }),
    value: '0.0',
    'value-effect': 'None',
    cancellable: false,
    editable: false,
    'underlying-symbol': contracts[0].underlying,
    legs: legs.map((leg) => ({
      symbol: leg.symbol,
      'instrument-type': leg.instrumentType,
      quantity: leg.quantity,
      'remaining-quantity': '0',
      action: leg.action,
    })),
  };
}

function dryRun(desk: Desktop, body: unknown): DeskAnswer {
  const reader = readBody(body);
  const draft = readOrder(reader);
  for (const key of ['account-number', 'underlying-symbol']) reader.require(key);
  if (reader.faults.length > 0) return validationRefusal(reader.faults);
  const candidate = candidateOf(desk, draft);
  if (candidate === undefined) return instrumentRefusal();
  const view = { market: desk.floor.market, at: desk.at };
  const funds = fundsOf(standingOf(desk.book), view);
  const underlying = candidate.contracts[0].listing.symbol;
  const requirement = funds.requirements.find((group) => group.underlying === underlying);
  const effect = orderEffect(candidate, desk);
  const { 'is-spread': _spread, impact: _impact, effect: _effect, ...changes } = effectWire(effect);
  return {
    kind: 'ok',
    data: {
      orders: [orderWire(candidate, desk.book.profile.number)],
      'last-results': marginResults(requirement, funds, { ...view, underlying }),
      ...changes,
      ...withEffect('isolated-order-buying-power-effect', effect.changeInBuyingPower),
    },
  };
}

export function createMarginReads({
  floor,
  now,
  book,
}: {
  floor: Floor;
  now: () => EpochMs;
  book: (number: string) => Book;
}): MarginReads {
  return {
    marginRequirements(number) {
      const view = { market: floor.market, at: now() };
      return marginReport(fundsOf(standingOf(book(number)), view), view);
    },
    effectiveMargin(number, underlying) {
      const { profile } = book(number);
      if (floor.market.find(underlying, now()) === undefined) return undefined;
      return ratesWire(ratesOf(profile), underlying);
    },
    marginDryRun: (number, body) => dryRun({ floor, book: book(number), at: now() }, body),
  };
}
