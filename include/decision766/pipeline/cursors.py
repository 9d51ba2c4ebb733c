"""What a cursor says beside where to go on."""

import datetime as dt


def note_of_cursor(source_id: str, raw_entity: str, cursor: str, observed_at: dt.datetime) -> list[str]:
    """Say why nothing was asked for when the cursor lies after the run's present; [] if it does not.

    observed_at: aware. A cursor that is no instant (hashes of files) lies nowhere.
    """
    try:
        reached = dt.datetime.fromisoformat(cursor)
    except ValueError:
        return []
    if reached.tzinfo is None or reached <= observed_at:
        return []
    return [
        f"{raw_entity}: nothing was asked for, because the cursor ({cursor}) lies after the run's present "
        f"({observed_at.isoformat()}); if that is wrong, read all of it again: "
        f"decision766 ingest {source_id} --full"
    ]
