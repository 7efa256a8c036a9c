# syntax=docker/dockerfile:1
# Debian, not Alpine: the packaged Postgres programs need glibc 2.27 or newer.
ARG NODE_VERSION=20.20.2

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts ./scripts
# Nothing that is needed has an install script; links of the Postgres programs are made at their first start.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    FORGERUN_HOST=0.0.0.0 \
    FORGERUN_PORT=8080 \
    FORGERUN_DATA_DIR=/data
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/bin ./bin
COPY --from=build --chown=root:root /app/scripts ./scripts
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
# For embedded stores only; empty in the image.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.FORGERUN_PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Signals go to Node itself. The larger young generation halves what the collector costs under load.
ENTRYPOINT ["node", "--max-semi-space-size=64", "bin/forgerun.mjs"]
CMD ["start"]
