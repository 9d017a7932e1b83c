# The controller and command line as an image: Node, the libraries that it needs, one bundled file, and their licences.
#   docker build -t tandem:0.1.0 .
# NODE_IMAGE is what it is built in: Debian with npm. The Node that goes into the image is the one of package-lock.json; of
# NODE_IMAGE it has the C and C++ libraries. Named by its digest (docker buildx imagetools inspect node:24-bookworm-slim shows
# it), every build has the same layers: --build-arg NODE_IMAGE=node@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
ENV PATH=/src/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
COPY package.json package-lock.json .npmrc ./
# For a registry of your own: --secret id=npmrc,src=$HOME/.npmrc. It is not kept in any layer.
RUN --mount=type=secret,id=npmrc NPM_CONFIG_USERCONFIG=/run/secrets/npmrc npm ci --ignore-scripts
COPY scripts scripts
COPY src src
RUN node scripts/build.ts
# The time that every file of the image has, in seconds since 1970.
ARG SOURCE_DATE_EPOCH=0
RUN node scripts/image-root.ts /image

FROM scratch
ARG REVISION=
LABEL org.opencontainers.image.title="tandem" \
      org.opencontainers.image.description="Decides for every VM and protection feature whether appliance or agent protects it" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/node /
COPY --from=build /image/app /
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/tandem"]
CMD ["controller"]
