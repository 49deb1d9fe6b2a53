# Two images from one build. The front desk: one static binary on an empty image, no shell, no package, no user but number 65532. And, as the target
# redis, a Redis that has the end of its file put right before it starts.
FROM golang:1.26-bookworm AS build
# Set it where the default module proxy cannot be reached: docker build --build-arg GOPROXY=…
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/frontdesk ./cmd/frontdesk \
 && mkdir -m 0700 /out/data

FROM redis:7.4-bookworm AS redis
COPY --from=build /out/frontdesk /usr/local/bin/frontdesk

FROM scratch
# Roots for calls to the platform.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/frontdesk /frontdesk
COPY --from=build --chown=65532:65532 /out/data /data
ENV FRONTDESK_LISTEN=:8080 FRONTDESK_DATA=/data
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["/frontdesk", "healthz"]
ENTRYPOINT ["/frontdesk"]
CMD ["serve"]
