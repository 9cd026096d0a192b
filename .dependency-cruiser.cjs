/** The import rules of the house: who may import whom (ARCHITECTURE.md, "Who may import whom"). */
const layers = {
  core: [],
  auth: ['core'],
  broker: ['core'],
  redis: ['core'],
  fleet: ['redis', 'core'],
  limits: ['redis', 'fleet', 'core'],
  cache: ['redis', 'fleet', 'core'],
  relay: ['fleet', 'broker', 'core'],
  storage: ['core'],
  observability: ['core'],
  client: ['core'],
};

const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

const wall = (name, packages, allowed) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: allowed },
  to: { path: packages.map((p) => `node_modules/${p}(/|$)`) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'src-never-imports-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    ...Object.entries(layers).map(([layer, allowed]) =>
      only(
        `${layer}-imports`,
        `^src/${layer}/`,
        [layer, ...allowed].map((name) => `^src/${name}/`),
      ),
    ),
    only('simulator-imports', '^src/simulator/', ['^src/simulator/', '^src/broker/model/', '^src/core/']),
    only('tenancy-imports', '^src/tenancy/', [
      '^src/(tenancy|auth|limits|cache|storage|core)/',
      '^src/broker/(broker|upstream)\\.ts$',
      '^src/broker/model/',
    ]),
    only('orders-imports', '^src/orders/', [
      '^src/(orders|storage|core)/',
      '^src/broker/broker\\.ts$',
      '^src/broker/model/',
      '^src/tenancy/(plan/plan|tenant|tenant-context)\\.ts$',
    ]),
    only('tools-imports', '^src/tools/', [
      '^src/(tools|orders|core)/',
      '^src/broker/broker\\.ts$',
      '^src/broker/model/',
      '^src/tenancy/tenant(-context)?\\.ts$',
      '^src/auth/(caller|scopes)\\.ts$',
    ]),
    only('transports-imports', '^src/transports/', [
      '^src/(transports|tools|tenancy|auth|limits|fleet|observability|core)/',
    ]),
    only('cli-and-bot-imports', '^src/(cli|bot)/', ['^src/(cli|bot|client|core)/']),
    {
      name: 'nobody-imports-the-root',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts|compose/|commands/)' },
      to: { path: '^src/(main\\.ts|config\\.ts|compose/|commands/)' },
    },
    wall('fastify-wall', ['fastify', '@fastify/[^/]+'], '^src/(transports/http|simulator)/'),
    wall('mcp-sdk-wall', ['@modelcontextprotocol/[^/]+'], '^src/(transports|client)/'),
    wall('ioredis-wall', ['ioredis'], '^src/redis/'),
    wall('ws-wall', ['ws'], '^src/(broker/dxlink/socket\\.ts|simulator/)'),
    wall('prom-client-wall', ['prom-client'], '^src/observability/'),
    wall('decimal-wall', ['decimal\\.js'], '^src/core/decimal\\.ts$'),
    wall('kysely-wall', ['kysely', 'pg'], '^src/storage/'),
    wall('undici-wall', ['undici'], '^src/broker/tastytrade/'),
    wall('pino-wall', ['pino', 'pino-pretty'], '^src/observability/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test|bench)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
