"""Times `colloquy run` beside DuckDB's bare JSON-to-Parquet copy of the same file.

    beside_duckdb.py COLLOQUY FILE.jsonl [ROUNDS]

Both run in turn on the same machine in the same minutes, since such machines are noisy: the ratio
is what counts. DuckDB reads the JSON and copies it; colloquy rebuilds the chat besides.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COPY = """
import duckdb, sys
duckdb.sql(f"COPY (SELECT * FROM read_json('{sys.argv[1]}', format='newline_delimited')) "
           f"TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
"""


def timed(command):
    """Seconds of wall clock and of processor, and the peak of memory in MB."""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) > 1:
        sys.exit(f"{command[0]} failed")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    colloquy, archive = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    print(f"{Path(archive).stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
    ratios = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            copy = timed([sys.executable, "-c", COPY, archive, f"{folder}/copy.parquet"])
            run = timed([colloquy, "run", archive, "--chat", "gardenchat", "--out", f"{folder}/out"])
        ratios.append(run[0] / copy[0])
        print(
            f"duckdb {copy[0]:.2f} s ({copy[1]:.2f} s of processor, {copy[2]} MB), "
            f"colloquy {run[0]:.2f} s ({run[1]:.2f} s, {run[2]} MB): {ratios[-1]:.2f} times"
        )
    print(f"median {sorted(ratios)[len(ratios) // 2]:.2f} times")


if __name__ == "__main__":
    main()
