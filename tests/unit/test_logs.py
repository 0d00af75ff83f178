"""What a record carries beyond its message is in the line: an operator searches for it."""

import logging

from shared.logs import FORMAT, LineFormatter


def test_extras_are_part_of_the_line_and_tracebacks_follow() -> None:
    record = logging.makeLogRecord(
        {"name": "sama.guard", "levelname": "ERROR", "msg": "made again", "alarm": "topology_repaired", "queue": "q"}
    )
    line = LineFormatter(FORMAT).format(record)
    assert line.endswith("ERROR sama.guard made again alarm=topology_repaired queue=q")
    record.exc_text = "Traceback: here"
    assert LineFormatter(FORMAT).format(record).splitlines()[-1] == "Traceback: here"
