# Millrace, and with `--target cluster` the servers of the cluster profile to try it with.

FROM docker.io/library/node:22-bookworm-slim AS build
WORKDIR /millrace
COPY . .
RUN npm run build && npm prune --omit=dev && npm cache clean --force

FROM docker.io/library/node:22-bookworm-slim AS cluster
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless maven \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /millrace
COPY package.json ./
COPY --from=build /millrace/node_modules node_modules
COPY cluster/artifacts cluster/artifacts
COPY --from=build /millrace/dist/cluster dist/cluster
# Programs are downloaded at the first start, and kept where the data is.
ENV MAVEN_OPTS=-Dmaven.repo.local=/data/programs
RUN mkdir -p /data dist/classpaths && chown node /data dist/classpaths
USER node
VOLUME /data
ENTRYPOINT ["node", "dist/cluster/main.js", "--folder", "/data"]

FROM docker.io/library/node:22-bookworm-slim
WORKDIR /millrace
COPY package.json ./
COPY --from=build /millrace/node_modules node_modules
COPY --from=build /millrace/dist dist
COPY docs docs
COPY notebooks notebooks
COPY sample-data/streams sample-data/streams
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=16 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=262144 \
    MILLRACE_HOST=0.0.0.0 \
    MILLRACE_HOME=/data \
    MILLRACE_NOTEBOOKS=/data/notebooks
RUN mkdir /data && cp -r notebooks /data/notebooks && chown -R node /data
USER node
VOLUME /data
EXPOSE 4242
HEALTHCHECK --interval=10s --start-period=60s \
  CMD ["node", "dist/backend/health.js"]
CMD ["node", "--initial-old-space-size=256", "dist/backend/main.js"]
