# Debian, since Temporal's native core needs glibc; one version, since an image is to be the same tomorrow.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency of ours needs its install script; none gets to run one.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json mooring.schedules.json LICENSE README.md ./
COPY packages packages
COPY src src
COPY sandbox sandbox
COPY demo demo
RUN npm run packages && npm prune --omit=dev --ignore-scripts

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/build/mooring-server ./
COPY --from=build /app/node_modules node_modules
# The files are root's: what runs here can read itself and change nothing.
USER node
EXPOSE 8088
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MOORING_OPS_PORT || 9464}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["worker"]
