/** So much at a time that no test which is not about load comes near it, on a slow machine either. */
export const WIDE_BOUNDS: Readonly<Record<string, string>> = {
  CALLS_PER_TENANT: '2000',
  CALLS_IN_ALL: '8000',
  CALLS_PER_TENANT_PER_SECOND: '50000',
  CALL_START_WAIT_MS: '30000',
};

/** What the gateway itself takes for sensible: an empty variable is an absent one. */
export const USUAL_BOUNDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(WIDE_BOUNDS).map((name) => [name, '']),
);
