import { GatewayError } from '../core/errors.ts';

/** SQLSTATE classes that mean a wrong query or a broken rule, which is a defect: bad data, constraints, bad SQL. */
const DEFECT_STATES = new Set(['22', '23', '42']);
/** SQLite primary result codes of the same kind: error, constraint, mismatch, misuse, range. */
const DEFECT_CODES = new Set([1, 19, 20, 21, 25]);
const PRIMARY_CODE = 0xff;
const SQLSTATE = /^[0-9A-Z]{5}$/u;

/** Whether a database error tells of the database's state (down, busy, full) rather than of a defect in the caller. */
export function isStorageOutage(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof GatewayError) return false;
  if (error instanceof TypeError || error instanceof RangeError || error.name === 'AbortError') return false;
  if ('errcode' in error && typeof error.errcode === 'number') return !DEFECT_CODES.has(error.errcode & PRIMARY_CODE);
  if ('code' in error && typeof error.code === 'string' && SQLSTATE.test(error.code)) {
    return !DEFECT_STATES.has(error.code.slice(0, 2));
  }
  return true;
}
