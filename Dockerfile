# The image of one handler: what `npm run build` has put into .warren/build/<handler>, on Node.js without a shell. Nothing runs here.
#
#   docker build --build-arg HANDLER=thumbnails --tag docker.io/warren/thumbnails:dev .
#
# In a system that has installed Warren, add: --file node_modules/warren/Dockerfile
#
# For production, pin the base by its digest: --build-arg BASE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:…
ARG BASE=gcr.io/distroless/nodejs24-debian13:nonroot

# Never built. Skaffold reads every COPY: here it learns which sources an image is made of. It is content if one of them exists.
FROM scratch AS sources
ARG HANDLER
COPY package.json package-lock.json scripts/build scripts/servers/mail-server.ts scripts/servers/mail.ts handlers/contracts handlers/runtime handlers/${HANDLER} /

FROM ${BASE}

# Without one, the build fails with these words.
ARG HANDLER=say-which-with-build-arg-HANDLER
ARG VERSION=dev
ARG REVISION=
ARG SOURCE=
ARG LICENSE=
LABEL org.opencontainers.image.title="${HANDLER}" \
      org.opencontainers.image.description="The handler ${HANDLER}, on Warren" \
      org.opencontainers.image.licenses="${LICENSE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      warren.sbom="/app/sbom.cdx.json"

# Belongs to root, so that the process cannot change what it is.
COPY --chmod=0755 .warren/build/${HANDLER}/ /app/
WORKDIR /app
ENV NODE_ENV=production HANDLER_VERSION=${VERSION}
USER 65532:65532
# `prepare.cjs` instead prepares the database, `handler.cjs redrive` sends dead letters back once. The base starts Node.js with it.
CMD ["handler.cjs"]
