"""The scoreboard: server-rendered pages over the marts, alone or inside Airflow."""
