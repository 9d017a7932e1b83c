# The controller as an image: Node and one bundled file.
#   docker build -t tandem:0.1.0 .
# NODE_IMAGE needs Node.js 24 or later with npm.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts

FROM ${NODE_IMAGE}
COPY --from=build /src/dist/tandem.mjs /app/tandem.mjs
USER 65532:65532
# The flag is bin/tandem's: what it is for is said there.
ENTRYPOINT ["node", "--max-semi-space-size=8", "/app/tandem.mjs"]
CMD ["controller"]
