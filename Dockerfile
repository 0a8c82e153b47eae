# The run time alone. Nothing is downloaded when it runs, so it can run without a network:
#
#     docker build --tag spoils .
#     docker run --rm --network none --volume "$PWD/study:/study:ro" --volume "$PWD/out:/out" \
#       --user "$(id -u):$(id -g)" spoils assess /study --odi 44 --nrs 7 --out /out
#
# The first stage builds the wheel and installs it; the second holds Python and the result, without sources or compilers.
FROM python:3.13-slim AS build
COPY pyproject.toml constraints.txt README.md LICENSE /source/
COPY src /source/src
RUN python -m venv /opt/spoils \
    && /opt/spoils/bin/python -m pip install --no-cache-dir --constraint /source/constraints.txt /source \
    && /opt/spoils/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim
LABEL org.opencontainers.image.title="SPOILS" \
      org.opencontainers.image.description="From a lumbar spine MR study to graded discs. Research use only." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/spoils /opt/spoils
RUN useradd --create-home --uid 10001 spoils
USER 10001
WORKDIR /home/spoils
ENV PATH="/opt/spoils/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["spoils"]
CMD ["--help"]
