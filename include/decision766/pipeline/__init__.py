"""Ingest, validate and build: the three moves of the pipeline, free of Airflow."""
