# One image for every application: APP says which one runs.
FROM node:22-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-fund --no-audit && npx tsc -b && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production APP=greeter
WORKDIR /app
COPY --from=build /app /app
USER node
# exec: the application is to receive SIGTERM itself, or nothing would drain.
CMD ["sh", "-c", "exec node --enable-source-maps apps/$APP/dist/main.js"]
