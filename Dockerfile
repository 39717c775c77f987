# The console as an image; docs/docker.md says how to run it.
# Built with Docker alone:          docker build -t croft .
# Where it has been built already:  ./croft build DIR && docker build -t croft --build-context console=DIR .
FROM debian:trixie-slim AS build
# The command finds out by itself what it lacks; these two let it.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates npm
COPY . /croft
RUN --mount=type=cache,target=/root/.m2 --mount=type=cache,target=/root/.cache /croft/croft build /console

FROM scratch AS console
COPY --from=build /console /

FROM debian:trixie-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/croft croft && \
  install --directory --owner=croft --group=croft --mode=700 /var/lib/croft
# What changes seldom comes first: an update fetches the last layer alone.
COPY --from=console /java /opt/croft/java
COPY --from=console /lib /opt/croft/lib
COPY --from=console /java.options /croft.jar /opt/croft/
ENV CROFT_DATA=/var/lib/croft \
  # Only within the container: who may reach it is decided where its port is published.
  SERVER_ADDRESS=0.0.0.0 \
  LANG=C.UTF-8 \
  MALLOC_ARENA_MAX=2
USER croft
WORKDIR /opt/croft
VOLUME /var/lib/croft
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --start-interval=1s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /api/v1/status HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
ENTRYPOINT ["/opt/croft/java/bin/java", "@/opt/croft/java.options", "-jar", "croft.jar"]
