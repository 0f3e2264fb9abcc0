/** Specs and what only they import. */
const specs = ['[.]spec[.]ts$', '/src/spec/'];

/**
 * The rooms and their one-way imports: registry ← balancing (types only) ← nestjs ← apps.
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      // Messages may hold each other: a transaction has operations, and an operation can be a transaction.
      from: { pathNot: '/src/gen/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'index-is-the-outer-door',
      comment: 'Inside a package, files import each other and never the index.',
      severity: 'error',
      from: { path: '^(libs/[^/]+|proto|test/support)/src/', pathNot: specs },
      to: { path: '^$1/src/index[.]ts$' },
    },
    {
      name: 'registry-knows-no-other-room',
      severity: 'error',
      from: { path: '^libs/registry/src/', pathNot: specs },
      to: { path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/'], pathNot: '^libs/registry/' },
    },
    {
      name: 'only-the-adapter-knows-etcd',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: ['^libs/registry/src/etcd/client/', ...specs] },
      to: { path: 'node_modules/etcd3/' },
    },
    {
      name: 'registry-etcd-client-is-the-lowest-floor',
      comment: 'Top floor first: etcd-registry, services and registrar, watch, session, client.',
      severity: 'error',
      from: { path: '^libs/registry/src/etcd/client/', pathNot: specs },
      to: {
        path: '^libs/registry/src/etcd/',
        pathNot: '^libs/registry/src/etcd/(client/|etcd-options[.]ts$)',
      },
    },
    {
      name: 'registry-etcd-session-knows-the-client-only',
      severity: 'error',
      from: { path: '^libs/registry/src/etcd/session/', pathNot: specs },
      to: {
        path: '^libs/registry/src/etcd/',
        pathNot: '^libs/registry/src/etcd/(session|client)/',
      },
    },
    {
      name: 'registry-etcd-watch-knows-nothing-above',
      severity: 'error',
      from: { path: '^libs/registry/src/etcd/watch/', pathNot: specs },
      to: {
        path: '^libs/registry/src/etcd/',
        pathNot: '^libs/registry/src/etcd/(watch|session|client)/',
      },
    },
    {
      name: 'registry-etcd-services-and-registrar-know-nothing-above',
      severity: 'error',
      from: { path: '^libs/registry/src/etcd/(services|registrar)/', pathNot: specs },
      to: {
        path: '^libs/registry/src/etcd/',
        pathNot: '^libs/registry/src/etcd/($1|watch|session|client)/',
      },
    },
    {
      name: 'balancing-knows-neither-nest-nor-etcd',
      severity: 'error',
      from: { path: '^libs/balancing/src/', pathNot: specs },
      to: {
        path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/', '/etcd3/'],
        pathNot: '^libs/(balancing|registry)/',
      },
    },
    {
      name: 'balancing-takes-only-types-of-the-registry',
      severity: 'error',
      from: { path: '^libs/balancing/src/', pathNot: specs },
      to: { path: '^libs/registry/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'embedded-etcd-knows-no-other-room',
      severity: 'error',
      from: { path: '^libs/embedded-etcd/src/', pathNot: specs },
      to: {
        path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/'],
        pathNot: '^libs/embedded-etcd/',
      },
    },
    {
      name: 'xds-knows-no-other-room',
      severity: 'error',
      from: { path: '^libs/xds/src/', pathNot: specs },
      to: { path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/'], pathNot: '^libs/xds/' },
    },
    {
      name: 'agent-joins-registry-and-xds',
      severity: 'error',
      from: { path: '^apps/agent/src/', pathNot: specs },
      to: {
        path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/'],
        pathNot: '^(apps/agent|libs/(registry|xds))/',
      },
    },
    {
      name: 'cli-knows-neither-nest-nor-etcd',
      severity: 'error',
      from: { path: '^libs/cli/src/', pathNot: specs },
      to: {
        path: ['^(libs|apps|proto|test|bench)/', '/@nestjs/', '/etcd3/'],
        pathNot: '^libs/(cli|balancing|registry)/',
      },
    },
    {
      name: 'libraries-know-no-application',
      severity: 'error',
      from: { path: '^libs/', pathNot: specs },
      to: { path: '^(apps|test|proto|bench)/' },
    },
    {
      name: 'applications-do-not-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'balancing-policies-know-nothing-above',
      comment: 'Top floor first: balancer, resolver, health and load, policies, grpc.',
      severity: 'error',
      from: { path: '^libs/balancing/src/policies/', pathNot: specs },
      to: { path: '^libs/balancing/src/', pathNot: '^libs/balancing/src/(policies|grpc)/' },
    },
    {
      name: 'balancing-grpc-is-the-lowest-floor',
      severity: 'error',
      from: { path: '^libs/balancing/src/grpc/', pathNot: specs },
      to: { path: '^libs/balancing/src/', pathNot: '^libs/balancing/src/grpc/' },
    },
    {
      name: 'balancing-explain-and-reports-know-policies-only',
      severity: 'error',
      from: { path: '^libs/balancing/src/(explain|reports)/', pathNot: specs },
      to: {
        path: '^libs/balancing/src/',
        pathNot: '^libs/balancing/src/($1|policies|grpc)/',
      },
    },
    {
      name: 'balancing-health-and-load-know-nothing-above',
      severity: 'error',
      from: { path: '^libs/balancing/src/(health|load)/', pathNot: specs },
      to: {
        path: '^libs/balancing/src/',
        pathNot: '^libs/balancing/src/($1|reports|policies|grpc)/',
      },
    },
    {
      name: 'balancing-resolver-knows-nothing-above',
      severity: 'error',
      from: { path: '^libs/balancing/src/resolver/', pathNot: specs },
      to: { path: '^libs/balancing/src/([^/]+[.]ts$|balancer/|explain/)' },
    },
    {
      name: 'balancing-balancer-knows-nothing-above',
      severity: 'error',
      from: { path: '^libs/balancing/src/balancer/', pathNot: specs },
      to: { path: '^libs/balancing/src/[^/]+[.]ts$' },
    },
    {
      name: 'applications-declare-what-they-import',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/', pathNot: specs },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@grpc-discovery/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
};
