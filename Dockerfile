# One image for every service: docker build --build-arg SERVICE=review .
ARG BASE=python:3.13.7-slim-bookworm
# Where packages are fetched: the same Python, plus what fetching needs here (certificates, an index of one's own). None of it is in the result.
ARG BUILD_BASE=python:3.13.7-slim-bookworm

FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY requirements.lock pyproject.toml ops/images/production_lock.py ./
# The services' part of the lock: without the local database and without tools.
RUN python production_lock.py requirements.lock pyproject.toml > production.lock \
    && python -m venv /opt/sama \
    && /opt/sama/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r production.lock

FROM ${BASE}
ENV SAMA_LOG_FORMAT=json \
    PATH=/opt/sama/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 sama \
    && useradd --system --uid 10001 --gid sama --no-create-home --shell /usr/sbin/nologin sama
WORKDIR /app
COPY --from=build /opt/sama /opt/sama
COPY services services
COPY shared shared
COPY ops ops
# Last, so that the four images share all but this.
ARG SERVICE
ENV SAMA_SERVICE=${SERVICE}
RUN test -f "services/${SERVICE}/main.py"
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "ops.images.serve"]
