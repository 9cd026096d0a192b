import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { isScope } from '../../../src/auth/scopes.ts';
import { serveStdio } from '../../../src/transports/stdio.ts';
import { callerOf, stubOpenContext } from './stub-tenant.ts';
import { testOffer } from './test-gateway.ts';
import { testTools } from './test-tools.ts';

// A gateway on stdio for one person with the scopes that the arguments name.
serveStdio({
  offer: testOffer([testTools().pack]),
  caller: callerOf('ada', ...process.argv.slice(2).filter(isScope)),
  openContext: stubOpenContext({ clock: systemClock, ids: systemIds }),
  input: process.stdin,
  output: process.stdout,
  clock: systemClock,
  ids: systemIds,
  log: silentLog,
  onEnd: () => {},
});
