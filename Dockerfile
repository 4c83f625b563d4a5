# Built and run by docker-compose.yml. The quick way to try Bellwether needs no container: see README.md.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist --features parquet --bin bellwether \
 && cp target/dist/bellwether /bellwether

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /bellwether /bellwether
USER 65532:65532
ENTRYPOINT ["/bellwether"]
