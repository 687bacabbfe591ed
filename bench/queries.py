"""Runs statements with DuckDB's own Python API over Parquet files, or over so many of their rows in memory; prints the median milliseconds of each as JSON."""
import json
import statistics
import sys
import time

import duckdb

task = json.loads(sys.argv[1])
connection = duckdb.connect(config={"threads": task["threads"]})
connection.execute("SET enable_progress_bar = false")
files = ", ".join("'" + file.replace("'", "''") + "'" for file in task["files"])
columns = ", ".join('"' + column + '"' for column in task["columns"])
source = f"SELECT {columns} FROM read_parquet([{files}])"
if "rows" in task:
    connection.execute(f"CREATE TABLE events AS {source} LIMIT {task['rows']}")
else:
    connection.execute(f"CREATE VIEW events AS {source}")
medians = []
for statement in task["statements"]:
    times = []
    for _ in range(task["repeats"]):
        started = time.perf_counter()
        for batch in connection.execute(statement).fetch_record_batch():
            pass
        times.append((time.perf_counter() - started) * 1000)
    medians.append(statistics.median(times))
print(json.dumps(medians))
