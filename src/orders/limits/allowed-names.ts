import type { Instrument } from '../../broker/model/instrument.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { NameRule, Plan } from '../../tenancy/plan/plan.ts';
import { openedLegs, openingParts } from './judged-order.ts';
import type { JudgedOrder } from './judged-order.ts';
import type { LimitCheck, LimitRule } from './limit-check.ts';
import { notApplied, passed, refused, worstOf } from './verdict.ts';

const MOST_SHOWN = 20;
const FUTURE = /^(\/[A-Z0-9]{1,4}?)[FGHJKMNQUVXZ]\d{1,2}$/u;

/** The broker writes share classes with a slash; an operator may write a dot. */
const plain = (name: string): string => name.trim().toUpperCase().replaceAll('.', '/');

export const checkAccount = ({ accounts }: Plan, account: AccountNumber): LimitCheck =>
  checkNames('account', { subject: account, names: [plain(account)], rule: accounts });

export function checkInstrumentType({ instrumentTypes }: Plan, order: JudgedOrder): LimitCheck {
  const limit = listOf(instrumentTypes);
  const checks = openedInstruments(order).map(({ type }) => {
    const said = {
      figure: type,
      limit,
      why: `The order opens something of type ${type}; the plan allows: ${limit}.`,
    };
    return instrumentTypes.includes(type) ? passed('instrument_type', said) : refused('instrument_type', said);
  });
  return worstOf(checks, notApplied('instrument_type', 'Nothing is opened.'));
}

export function checkSymbol({ symbols }: Plan, order: JudgedOrder): LimitCheck {
  const checks = openedInstruments(order).map((instrument) =>
    checkNames('symbol', { subject: instrument.underlying, names: namesOf(instrument), rule: symbols }),
  );
  return worstOf(checks, notApplied('symbol', 'Nothing is opened.'));
}

const openedInstruments = (order: JudgedOrder): readonly Instrument[] =>
  openingParts(order).flatMap((part) => openedLegs(part).map(({ instrument }) => instrument));

/** Everything an operator may call it: the instrument, its underlying, the root of its options, the product of its future. */
function namesOf({ symbol, underlying, option }: Instrument): readonly string[] {
  const names = [symbol, underlying, ...(option === undefined ? [] : [option.underlying, option.root])].map(plain);
  return [...names, ...names.flatMap((name) => FUTURE.exec(name)?.[1] ?? [])];
}

type Asked = { readonly subject: string; readonly names: readonly string[]; readonly rule: NameRule };

/** A name that is denied is denied even when it is allowed as well. */
function checkNames(rule: LimitRule, { subject, names, rule: { allow, deny } }: Asked): LimitCheck {
  const isIn = (list: readonly string[]): boolean => list.some((each) => names.includes(plain(each)));
  if (isIn(deny)) {
    return refused(rule, { figure: subject, limit: 'denied', why: `The plan denies the ${rule} ${subject}.` });
  }
  if (allow === undefined) {
    return passed(rule, { figure: subject, why: `The plan does not deny the ${rule} ${subject}.` });
  }
  const limit = listOf(allow);
  return isIn(allow)
    ? passed(rule, { figure: subject, limit, why: `The plan allows the ${rule} ${subject}.` })
    : refused(rule, {
        figure: subject,
        limit,
        why: `The ${rule} ${subject} is not one that the plan allows: ${limit}.`,
      });
}

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MOST_SHOWN).join(', ');
  return names.length > MOST_SHOWN ? `${shown} and ${names.length - MOST_SHOWN} more` : shown;
}
