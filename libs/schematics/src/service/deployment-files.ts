import { isMap, isScalar, parseDocument, type Document } from 'yaml';
import { UnreadableFileError } from '../errors.js';
import type { Files } from '../files.js';
import type { Workspace } from '../workspace/workspace.js';

export const DOCKERFILE = 'discovery.Dockerfile';
/** The names that docker compose looks for; the last one is created. */
const COMPOSE_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** An image for each application of the workspace, and one of etcd. */
export function dockerfile({ buildsAll }: Pick<Workspace, 'buildsAll'>): string {
  const build = buildsAll ? 'npm run build' : 'npx nest build $APP';
  return `FROM debian:bookworm-slim AS etcd
RUN apt-get update \\
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \\
  && rm -rf /var/lib/apt/lists/*
ENV ETCDCTL_API=3
WORKDIR /var/lib/etcd

# APP says which application is built, and runs.
FROM node:22-slim AS build
WORKDIR /app
COPY . .
RUN npm install --no-fund --no-audit
ARG APP
RUN ${build} && npm prune --omit=dev

FROM node:22-slim AS app
ARG APP
ENV NODE_ENV=production APP=$APP
WORKDIR /app
COPY --from=build /app /app
USER node
# exec: the application is to receive SIGTERM itself, or nothing would drain.
CMD ["sh", "-c", "exec node --enable-source-maps dist/apps/$APP/main.js"]
`;
}

const ETCD = {
  build: { context: '.', dockerfile: DOCKERFILE, target: 'etcd' },
  command: [
    'etcd',
    '--listen-client-urls=http://0.0.0.0:2379',
    '--advertise-client-urls=http://etcd:2379',
  ],
  healthcheck: {
    test: ['CMD', 'etcdctl', 'endpoint', 'health'],
    interval: '5s',
    timeout: '3s',
    retries: 10,
  },
};

/**
 * Adds an application and etcd to the workspace's compose file, unless they exist.
 * @throws UnreadableFileError
 */
export function addToCompose(files: Files, name: string, entry: object = {}): void {
  const path = COMPOSE_FILES.find((it) => files.read(it) !== undefined) ?? COMPOSE_FILES.at(-1)!;
  const document = composeFile(path, files.read(path) ?? '');
  const application = {
    build: { context: '.', dockerfile: DOCKERFILE, target: 'app', args: { APP: name } },
    depends_on: { etcd: { condition: 'service_healthy' } },
    environment: { ETCD_HOSTS: 'http://etcd:2379' },
    // Longer than the drain.
    stop_grace_period: '15s',
    ...entry,
  };
  const before = document.toString();
  for (const [service, value] of Object.entries({ etcd: ETCD, [name]: application })) {
    if (!document.hasIn(['services', service])) {
      document.setIn(['services', service], document.createNode(value));
    }
  }
  if (document.toString() !== before) files.write(path, document.toString());
}

/** A compose file whose `services` can be added to. */
function composeFile(path: string, text: string): Document {
  const document = parseDocument(text) as Document;
  const [error] = document.errors;
  if (error) throw new UnreadableFileError(path, `is no YAML: ${error.message}`, { cause: error });
  if (isNothing(document.contents)) document.contents = document.createNode({});
  if (!isMap(document.contents)) {
    throw new UnreadableFileError(
      path,
      'should have a mapping with "services", has something else',
    );
  }
  if (isNothing(document.get('services', true))) {
    document.set('services', document.createNode({}));
  }
  const services = document.get('services');
  if (!isMap(services)) {
    throw new UnreadableFileError(
      path,
      'should have a mapping under "services", has something else',
    );
  }
  services.flow = false;
  return document;
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}
