# One image for the chat node and the presence service; the command says which.

FROM node:24-trixie-slim AS packages
WORKDIR /parley
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci

FROM packages AS build
COPY . .
RUN npm run build && rm -rf dist/cli dist/script && find dist/services -name '*.map' -delete

FROM node:24-trixie-slim AS dependencies
WORKDIR /parley
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM node:24-trixie-slim
WORKDIR /parley
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY package.json ./
COPY deploy/container /usr/local/lib/parley
COPY --from=dependencies /parley/node_modules node_modules
COPY --from=build /parley/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/lib/parley/with-secrets"]
CMD ["node", "dist/services/chat/main.js"]
