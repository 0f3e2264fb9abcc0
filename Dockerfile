# The packages of Debian are of etcd 3.4, which is out of support.
FROM golang:1.26-bookworm AS etcd-build
ARG ETCD=v3.7.3
WORKDIR /build
RUN go mod init etcd-build \
  && go get go.etcd.io/etcd/server/v3@$ETCD go.etcd.io/etcd/etcdctl/v3@$ETCD \
  && go build -trimpath -o /bin/etcd go.etcd.io/etcd/server/v3 \
  && go build -trimpath -o /bin/etcdctl go.etcd.io/etcd/etcdctl/v3

FROM debian:bookworm-slim AS etcd
COPY --from=etcd-build /bin/etcd /bin/etcdctl /usr/local/bin/
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
