import { type Document, isMap, parseDocument } from 'yaml';
import type { Files } from '../files.js';
import { UnsupportedWorkspaceError } from '../errors.js';

export const DOCKERFILE = 'discovery.Dockerfile';
const COMPOSE = 'docker-compose.yml';

/** One image for every application of the workspace, and one of etcd. */
export function dockerfile(buildCommand: string): string {
  return `FROM debian:bookworm-slim AS etcd
RUN apt-get update \\
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \\
  && rm -rf /var/lib/apt/lists/*
ENV ETCDCTL_API=3
WORKDIR /var/lib/etcd

FROM node:22-slim AS build
WORKDIR /app
COPY . .
RUN npm install --no-fund --no-audit && ${buildCommand} && npm prune --omit=dev

# APP says which application runs.
FROM node:22-slim AS app
ENV NODE_ENV=production
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

/** Adds an application to docker-compose.yml, with etcd, as far as they are not there. */
export function addToCompose(files: Files, name: string, entry: object = {}): void {
  const document = parseDocument(files.read(COMPOSE) ?? 'services: {}\n') as Document;
  const [error] = document.errors;
  if (error) {
    throw new UnsupportedWorkspaceError(`${COMPOSE} can't be read: ${error.message} Correct it.`);
  }
  const application = {
    build: { context: '.', dockerfile: DOCKERFILE, target: 'app' },
    depends_on: { etcd: { condition: 'service_healthy' } },
    environment: { APP: name, ETCD_HOSTS: 'http://etcd:2379' },
    // Longer than the drain.
    stop_grace_period: '15s',
    ...entry,
  };
  for (const [service, value] of Object.entries({ etcd: ETCD, [name]: application })) {
    if (!document.hasIn(['services', service])) {
      document.setIn(['services', service], document.createNode(value));
    }
  }
  const services = document.get('services');
  if (isMap(services)) services.flow = false;
  files.write(COMPOSE, document.toString());
}
