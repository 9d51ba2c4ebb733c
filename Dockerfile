# One image for every service of docker-compose.yaml: Airflow, dbt, Great Expectations and the project.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PATH=/opt/decision766/.venv/bin:$PATH

WORKDIR /opt/decision766
RUN useradd --create-home --uid 10766 decision766 \
    && mkdir -p /opt/decision766/.decision766 \
    && chown -R decision766 /opt/decision766

USER decision766
COPY --chown=decision766 requirements.lock pyproject.toml README.md ./
COPY --chown=decision766 scripts/install.sh scripts/install.sh
COPY --chown=decision766 include include
RUN bash scripts/install.sh
COPY --chown=decision766 dags dags
COPY --chown=decision766 plugins plugins
COPY --chown=decision766 expectations expectations
COPY --chown=decision766 dbt_project dbt_project
COPY --chown=decision766 examples examples
