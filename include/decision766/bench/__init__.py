"""Measurements of the project's promises about speed: what is done beside the least that could do it."""
