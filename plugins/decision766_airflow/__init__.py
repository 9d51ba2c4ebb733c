"""What the DAGs share: conventions, the hook to the sources, and the task bodies. Light to import."""
