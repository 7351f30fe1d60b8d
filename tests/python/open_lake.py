"""Opens every table of a lake, as a folder and file by file, in DuckDB, pandas and polars.

    open_lake.py LAKE_DIR EXPECT_JSON

EXPECT_JSON says what must be found, by table:

    {"posts": {"columns": ["post_id", …], "rows": 48, "chats": ["a b"], "sessions": ["…"]}, …}

where "rows", "chats" and "sessions" may be left out. Column names, numbers of rows and
the values of the hive partitions must agree among the three libraries, with the expectation, and
between the folder's name and the column in the file. Prints one line per table; exits with 1 and a
line per difference if there is any.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pandas
import polars

PARTITIONS = ("chat", "session")


@dataclass(frozen=True)
class Seen:
    """What one library saw of a folder or file."""

    columns: tuple
    rows: int
    partitions: tuple
    values: tuple


def seen(columns, rows, values_of):
    """`values_of(name)` lists the distinct values of a column."""
    present = tuple(name for name in PARTITIONS if name in columns)
    values = tuple(tuple(sorted(str(value) for value in values_of(name))) for name in present)
    return Seen(tuple(sorted(columns)), rows, present, values)


def with_duckdb(path):
    pattern = str(path / "**" / "*.parquet") if path.is_dir() else str(path)
    hive = "true" if path.is_dir() else "false"
    source = f"read_parquet('{pattern.replace(chr(39), chr(39) * 2)}', hive_partitioning={hive})"
    relation = duckdb.sql(f"SELECT * FROM {source}")
    rows = duckdb.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0]

    def values(name):
        return [row[0] for row in duckdb.sql(f"SELECT DISTINCT {name} FROM {source}").fetchall()]

    return seen(relation.columns, rows, values)


def with_pandas(path):
    frame = pandas.read_parquet(path)
    return seen(list(frame.columns), len(frame), lambda name: frame[name].dropna().unique())


def with_polars(path):
    pattern = path / "**" / "*.parquet" if path.is_dir() else path
    frame = polars.read_parquet(pattern, hive_partitioning=path.is_dir())
    return seen(frame.columns, frame.height, lambda name: frame[name].unique().to_list())


LIBRARIES = {"duckdb": with_duckdb, "pandas": with_pandas, "polars": with_polars}


def folder_values(file):
    """The partition values that the folders of a file name, decoded."""
    pairs = (part.split("=", 1) for part in file.parts if "=" in part)
    return {name: unquote(value) for name, value in pairs}


def check_folder(table, folder, expected, problems):
    answers = {}
    for library, opened in LIBRARIES.items():
        try:
            answers[library] = opened(folder)
        except Exception as error:  # Whatever a library raises is what this script reports.
            problems.append(f"{table}: {library} cannot open the folder: {error}")
    for library, answer in answers.items():
        if answer.columns != tuple(sorted(expected["columns"])):
            problems.append(f"{table}: {library} sees the columns {answer.columns}")
        if answer.rows != expected.get("rows", answer.rows):
            problems.append(f"{table}: {library} sees {answer.rows} rows, not {expected['rows']}")
        for name, values in zip(answer.partitions, answer.values):
            wanted = tuple(sorted(expected.get(f"{name}s", values)))
            if values != wanted:
                problems.append(f"{table}: {library} sees the {name}s {values}, not {wanted}")
    if len(set(answers.values())) > 1:
        problems.append(f"{table}: the libraries disagree on the folder: {answers}")
    return max((answer.rows for answer in answers.values()), default=0)


def check_file(table, file, expected, problems):
    rows = set()
    for library, opened in LIBRARIES.items():
        try:
            answer = opened(file)
        except Exception as error:  # See above.
            problems.append(f"{table}: {library} cannot open {file}: {error}")
            continue
        rows.add(answer.rows)
        if answer.columns != tuple(sorted(expected["columns"])):
            problems.append(f"{table}: {library} sees the columns {answer.columns} in {file}")
        folder = folder_values(file)
        for name, values in zip(answer.partitions, answer.values):
            if name in folder and any(value != folder[name] for value in values):
                problems.append(f"{table}: {library} sees the {name} {values} in {file}")
    if len(rows) > 1:
        problems.append(f"{table}: the libraries disagree on the rows of {file}: {sorted(rows)}")
    return max(rows, default=0)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lake, expectation = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8"))
    problems = []
    found = {folder.name for folder in lake.iterdir() if folder.is_dir()}
    if found != set(expectation):
        problems.append(f"the lake has the tables {sorted(found)}, not {sorted(expectation)}")
    for table, expected in expectation.items():
        files = sorted((lake / table).rglob("*.parquet"))
        before = len(problems)
        whole = check_folder(table, lake / table, expected, problems)
        rows = sum(check_file(table, file, expected, problems) for file in files)
        if rows != whole:
            problems.append(f"{table}: its files have {rows} rows together, the folder {whole}")
        verdict = "ok" if len(problems) == before else "differs"
        columns = len(expected["columns"])
        print(f"{table:13} {len(files):5} files {rows:9} rows {columns:3} columns  {verdict}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
