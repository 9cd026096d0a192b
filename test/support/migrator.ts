// Opens storage once, as a replica does when it starts: node test/support/migrator.ts DATABASE_URL
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { TEST_AUDIT_KEY } from './audit-key.ts';

const [databaseUrl = ''] = process.argv.slice(2);
const storage = await openStorage({
  databaseUrl,
  dataDir: '',
  auditKey: TEST_AUDIT_KEY,
  clock: systemClock,
  log: silentLog,
});
await storage.tenants.list();
await storage.close();
process.stdout.write('open');
