// A process that adds tenants to a data folder it shares with others: node tenant-adder.ts FOLDER PREFIX COUNT
import { systemClock } from '../../src/core/clock.ts';
import { openDevIssuer } from '../../src/auth/dev-issuer.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { createRegistry } from '../../src/tenancy/registry.ts';
import { deriveKey } from '../../src/tenancy/vault/derive-key.ts';
import { createVault } from '../../src/tenancy/vault/vault.ts';
import { openVaultKey } from '../../src/tenancy/vault/vault-key.ts';

const [dataDir = '', prefix = '', count = ''] = process.argv.slice(2);
const clock = systemClock;
const ids = systemIds;
const key = await openVaultKey({ dataDir, ids });
const auditKey = deriveKey(key, 'audit chain');
const storage = await openStorage({ dataDir, auditKey, clock, log: silentLog });
const vault = createVault({ key, credentials: storage.credentials, clock, ids });
const registry = createRegistry({ storage, vault, clock, ids });
for (let index = 0; index < Number(count); index += 1) {
  const name = `${prefix}-${index}`;
  await registry.add({
    name,
    environment: 'paper',
    grant: { clientSecret: `secret of ${name}`, refreshToken: `token of ${name}` },
  });
}
const { jwks } = await openDevIssuer({ dataDir, clock, ids });
await storage.close();
process.stdout.write(JSON.stringify({ vaultKey: key.id, jwks }));
