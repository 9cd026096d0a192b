// A process that adds to an audit chain others add to: node audit-writer.ts FOLDER DATABASE_URL|- TENANT WHO COUNT
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { TEST_AUDIT_KEY } from './audit-key.ts';

const [dataDir = '', url = '-', tenantId = '', who = '', count = ''] = process.argv.slice(2);
const storage = await openStorage({
  dataDir,
  auditKey: TEST_AUDIT_KEY,
  clock: systemClock,
  log: silentLog,
  ...(url === '-' ? {} : { databaseUrl: url }),
});
for (let turn = 1; turn <= Number(count); turn += 1) {
  await storage.audit.append(tenantId, { at: turn, kind: 'call', who, turn });
}
await storage.close();
