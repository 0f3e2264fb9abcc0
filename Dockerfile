FROM debian:bookworm-slim AS etcd
RUN apt-get update \
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \
  && rm -rf /var/lib/apt/lists/*
ENV ETCDCTL_API=3
WORKDIR /var/lib/etcd

FROM node:22-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-fund --no-audit && npx tsc -b && npm prune --omit=dev

# One image for every application: APP says which one runs.
FROM node:22-slim AS app
ENV NODE_ENV=production APP=greeter
WORKDIR /app
COPY --from=build /app /app
USER node
# exec: the application is to receive SIGTERM itself, or nothing would drain.
CMD ["sh", "-c", "exec node --enable-source-maps apps/$APP/dist/main.js"]
