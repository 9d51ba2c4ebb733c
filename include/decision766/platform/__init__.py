"""The ground the product stands on: embedded PostgreSQL, child processes, Airflow's environment."""
