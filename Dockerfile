# Worker and command line in one image: `docker run … rekindle` is a worker, `docker run … rekindle status` the command line.
# Debian, not Alpine: Temporal's native core is built against glibc.

# The full image, since it has the authorities that the slim one lacks.
FROM node:24.21.0-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY bin bin
COPY src src
COPY workflows workflows
COPY activities activities
# The drill's command names the lab's types.
COPY lab lab
COPY scripts/build.ts scripts/build.ts
# Temporal's native core comes for every platform; Linux alone is run here.
RUN npm run build && npm prune --omit=dev \
 && rm -rf node_modules/@temporalio/core-bridge/releases/*-apple-* node_modules/@temporalio/core-bridge/releases/*-windows-*

FROM node:24.21.0-bookworm-slim
# Temporal's native core trusts the system's authorities, not Node's: without them no public certificate is good.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin bin
COPY --from=build /app/dist/workflow-bundle.js dist/
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/activities dist/activities
COPY --from=build /app/node_modules node_modules
# Plans are mounted; nothing is written but reports of `rekindle report`, and those only where somebody asks.
ENV NODE_ENV=production REKINDLE_PLANS=/plans REKINDLE_STATE=/tmp/rekindle HOME=/tmp
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "/app/bin/rekindle.js"]
CMD ["worker"]
