"""Counts a lake again from its posts, and compares every measure with what stands in the lake.

    recompute.py LAKE_DIR [--begun CHAT]…

The figures of `participation`, `attendance` and `sessions` are computed in DuckDB from `posts`
(with `questions` for the first askings, `flags` for what is left out, and `sessions` for the list
of meetings and their moderators and guests), by the sentences that define them and without looking
at how the program does it. `--begun` names a chat whose registry states when it began, so that
newcomers are known from its first session on.

Counts and words must be equal, doubles to a relative 1e-9. Prints a line per table, and one per
difference; exits with 1 if there is any.
"""

import argparse
import math
import sys
from collections import defaultdict
from pathlib import Path

import duckdb

TABLES = ("posts", "questions", "flags", "sessions", "participation", "attendance")
HISTORY_MIN = 4
REGULAR_OF, REGULAR_MIN = 6, 3
RELATIVE = 1e-9
# A post's likes beyond this are an archive's mistake, and counted as so many.
LIKES_MAX = 2**32 - 1

VIEWS = f"""
-- Posts of meetings, the flagged ones included.
CREATE VIEW held AS SELECT * FROM posts WHERE in_session;

-- Posts that count: not flagged, or cleared.
CREATE VIEW counted AS
SELECT * FROM held
ANTI JOIN (SELECT * FROM flags WHERE flagged) USING (chat, session, post_id);

CREATE VIEW written AS SELECT * FROM counted WHERE kind <> 'repost';

-- What somebody did about a question.
CREATE VIEW about AS
SELECT chat, session, question, author_id,
       count(*) FILTER (role = 'answer') AS answers,
       count(*) FILTER (role IN ('talk', 'moderation')) AS talk,
       count(*) FILTER (role = 'question') AS askings,
       count(*) FILTER (role = 'repost') AS passed_on
FROM counted WHERE question IS NOT NULL
GROUP BY ALL;

-- Seconds from the first asking to somebody's earliest answer.
CREATE VIEW responses AS
SELECT chat, session, question, author_id,
       min(epoch_us(p.created_at) - epoch_us(q.asked_at)) / 1e6 AS seconds
FROM counted p JOIN questions q USING (chat, session, question)
WHERE role = 'answer'
GROUP BY ALL;

-- Who says something to whom: replies, reposts and mentions, by others.
CREATE VIEW replies AS
SELECT r.chat, r.session, r.author_id AS giver, t.author_id AS taker, t.role AS to_role,
       t.question AS to_question
FROM written r JOIN counted t
  ON t.chat = r.chat AND t.session = r.session AND t.post_id = r.reply_to;

CREATE VIEW passings AS
SELECT r.chat, r.session, r.author_id AS giver, t.author_id AS taker, t.role AS to_role,
       t.question AS to_question
FROM counted r JOIN counted t
  ON t.chat = r.chat AND t.session = r.session AND t.post_id = r.repost_of
WHERE r.kind = 'repost';

-- The names by which people of a session are mentioned: the handles they wrote under, and where an
-- id is not a bare number the id itself. A handle that two people used is the later one's.
CREATE VIEW names AS
SELECT chat, session, platform, lower(author_handle) AS name,
       arg_max(author_id, (created_at, post_id)) AS author_id
FROM counted WHERE author_handle IS NOT NULL
GROUP BY ALL
UNION
SELECT DISTINCT chat, session, platform,
       lower(substr(author_id, 1 + position(':' IN author_id))), author_id
FROM counted WHERE platform <> 'x';

CREATE VIEW mentionings AS
SELECT DISTINCT w.chat, w.session, w.post_id, n.author_id AS taker
FROM (SELECT *, unnest(mentions) AS mention FROM written) w JOIN names n
  ON n.chat = w.chat AND n.session = w.session AND n.platform = w.platform
 AND n.name = lower(w.mention)
WHERE n.author_id <> w.author_id;

CREATE VIEW people AS
SELECT chat, session, author_id,
       last(author_handle ORDER BY created_at, post_id)
         FILTER (author_handle IS NOT NULL) AS author_handle,
       count(*) AS posts,
       count(*) FILTER (kind <> 'repost') AS originals,
       count(*) FILTER (role = 'answer') AS answers,
       count(DISTINCT question) FILTER (role = 'answer') AS questions_answered
FROM counted GROUP BY ALL;

CREATE VIEW classes AS
SELECT *, CASE WHEN answers > 0 THEN 'answerer' WHEN originals > 0 THEN 'talker'
          ELSE 'amplifier' END AS class
FROM people;

-- The place of each meeting in its chat, from 0: so many came earlier.
CREATE VIEW places AS
SELECT chat, session, row_number() OVER (PARTITION BY chat ORDER BY starts_at) - 1 AS earlier
FROM sessions;

CREATE VIEW newcomers AS
SELECT c.chat, c.session, c.author_id, p.earlier,
       (p.earlier >= {HISTORY_MIN} OR c.chat IN (SELECT chat FROM begun)) AS known,
       count(b.author_id) AS before,
       count(b.author_id) FILTER (b.earlier >= p.earlier - {REGULAR_OF}) AS lately
FROM classes c JOIN places p USING (chat, session)
LEFT JOIN (SELECT * FROM classes JOIN places USING (chat, session)) b
  ON b.chat = c.chat AND b.author_id = c.author_id AND b.earlier < p.earlier
GROUP BY ALL;

CREATE VIEW standings AS
SELECT *, CASE WHEN NOT known THEN NULL WHEN before = 0 THEN 'first_timer'
          WHEN lately >= {REGULAR_MIN} THEN 'regular' ELSE 'returning' END AS standing
FROM newcomers;
"""

PARTICIPATION = f"""
SELECT q.chat, q.session, q.question,
       coalesce(a.answers, 0) AS answers,
       coalesce(a.answerers, 0) AS answerers,
       coalesce(a.talkers, 0) AS talkers,
       coalesce(a.amplifiers, 0) AS amplifiers,
       (SELECT min(seconds) FROM responses r
         WHERE (r.chat, r.session, r.question) = (q.chat, q.session, q.question)) AS first_answer_s,
       (SELECT quantile_cont(seconds, 0.5) FROM responses r
         WHERE (r.chat, r.session, r.question) = (q.chat, q.session, q.question)
           AND seconds >= 0) AS median_response_s,
       (SELECT quantile_cont(seconds, 0.9) FROM responses r
         WHERE (r.chat, r.session, r.question) = (q.chat, q.session, q.question)
           AND seconds >= 0) AS p90_response_s,
       (SELECT count(*) FROM replies r
         WHERE (r.chat, r.session, r.to_question) = (q.chat, q.session, q.question)
           AND to_role IN ('question', 'answer')) AS replies,
       (SELECT count(*) FROM passings r
         WHERE (r.chat, r.session, r.to_question) = (q.chat, q.session, q.question)
           AND to_role IN ('question', 'answer')) AS reposts,
       (SELECT sum(CASE WHEN like_count > {LIKES_MAX} THEN {LIKES_MAX} ELSE like_count END)
         FROM counted c
         WHERE (c.chat, c.session, c.question) = (q.chat, q.session, q.question)
           AND role = 'answer') AS likes,
       coalesce(a.answerers, 0) / nullif(room.participants, 0) AS share_of_room,
       CASE WHEN place.earlier >= {HISTORY_MIN} OR q.chat IN (SELECT chat FROM begun) THEN
         (SELECT count(*) FROM about JOIN standings s USING (chat, session, author_id)
           WHERE (about.chat, about.session, about.question) = (q.chat, q.session, q.question)
             AND about.answers > 0 AND s.standing = 'first_timer') END AS first_timers
FROM questions q
JOIN places place USING (chat, session)
LEFT JOIN (
  SELECT chat, session, question, sum(answers) AS answers,
         count(*) FILTER (answers > 0) AS answerers,
         count(*) FILTER (answers = 0 AND talk > 0) AS talkers,
         count(*) FILTER (answers + talk + askings = 0 AND passed_on > 0) AS amplifiers
  FROM about GROUP BY ALL) a USING (chat, session, question)
LEFT JOIN (
  SELECT chat, session, count(*) FILTER (class <> 'amplifier') AS participants
  FROM classes GROUP BY ALL) room USING (chat, session)
"""

ATTENDANCE = """
SELECT c.chat, c.session, c.author_id, c.author_handle, c.class,
       list_filter([
         CASE WHEN list_contains(s.moderators, c.author_id) THEN 'moderator' END,
         CASE WHEN list_contains(s.guests, c.author_id) THEN 'guest' END,
         n.standing], lambda role: role IS NOT NULL) AS roles,
       c.posts, c.answers, c.questions_answered,
       (SELECT count(*) FROM replies r
         WHERE (r.chat, r.session, r.giver) = (c.chat, c.session, c.author_id)
           AND r.taker <> r.giver) AS replies_given,
       (SELECT count(*) FROM replies r
         WHERE (r.chat, r.session, r.taker) = (c.chat, c.session, c.author_id)
           AND r.taker <> r.giver) AS replies_received,
       (SELECT count(*) FROM mentionings m
         WHERE (m.chat, m.session, m.taker) = (c.chat, c.session, c.author_id)
       ) AS mentions_received,
       (SELECT count(*) FROM passings r
         WHERE (r.chat, r.session, r.taker) = (c.chat, c.session, c.author_id)
           AND r.taker <> r.giver) AS reposts_received,
       CASE WHEN n.known THEN n.before END AS sessions_before
FROM classes c JOIN sessions s USING (chat, session)
JOIN standings n USING (chat, session, author_id)
"""

SESSIONS = f"""
SELECT s.chat, s.session,
       coalesce(h.posts, 0) AS posts, coalesce(h.originals, 0) AS originals,
       coalesce(h.reposts, 0) AS reposts,
       coalesce(r.answerers + r.talkers, 0) AS participants,
       coalesce(r.answerers, 0) AS answerers, coalesce(r.talkers, 0) AS talkers,
       coalesce(r.amplifiers, 0) AS amplifiers,
       (SELECT count(*) FROM questions q
         WHERE (q.chat, q.session) = (s.chat, s.session)) AS questions,
       CASE WHEN known THEN coalesce(r.first_timers, 0) END AS first_timers,
       CASE WHEN known THEN coalesce(r.returning, 0) END AS returning,
       (SELECT count(*) FROM flags f
         WHERE (f.chat, f.session) = (s.chat, s.session) AND flagged) AS flags,
       coalesce((SELECT max(posts) FROM (
         SELECT count(*) AS posts FROM held h
         WHERE (h.chat, h.session) = (s.chat, s.session) AND kind <> 'repost'
         GROUP BY date_trunc('minute', created_at))), 0) AS peak_posts_per_minute
FROM sessions s
JOIN (SELECT *, earlier >= {HISTORY_MIN} OR chat IN (SELECT chat FROM begun) AS known
      FROM places) USING (chat, session)
LEFT JOIN (
  SELECT chat, session, count(*) AS posts, count(*) FILTER (kind <> 'repost') AS originals,
         count(*) FILTER (kind = 'repost') AS reposts
  FROM held GROUP BY ALL) h USING (chat, session)
LEFT JOIN (
  SELECT chat, session,
         count(*) FILTER (class = 'answerer') AS answerers,
         count(*) FILTER (class = 'talker') AS talkers,
         count(*) FILTER (class = 'amplifier') AS amplifiers,
         count(*) FILTER (class <> 'amplifier' AND before = 0) AS first_timers,
         count(*) FILTER (class <> 'amplifier' AND before > 0) AS returning
  FROM classes JOIN standings USING (chat, session, author_id)
  GROUP BY ALL) r USING (chat, session)
"""


def gini(counts):
    """The mean difference between any two participants, over twice the mean."""
    total = sum(counts)
    if not total:
        return None
    apart = sum(abs(one - other) for one in counts for other in counts)
    return apart / (2 * len(counts) * total)


def top_tenth_share(counts):
    """What the most active tenth wrote, at least one person, rounded up."""
    total = sum(counts)
    if not total:
        return None
    return sum(sorted(counts, reverse=True)[: math.ceil(len(counts) / 10)]) / total


def open_lake(lake, begun):
    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    for table in TABLES:
        pattern = str(lake / table / "**" / "*.parquet").replace("'", "''")
        connection.sql(
            f"CREATE TABLE {table} AS "
            f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = true)"
        )
        # An enumeration has an order of its own; names are compared as text.
        columns = connection.sql(f"SELECT * FROM {table} LIMIT 0").columns
        for column in ("chat", "session"):
            if column in columns:
                connection.sql(f"ALTER TABLE {table} ALTER {column} TYPE VARCHAR")
    connection.sql("CREATE TABLE begun (chat VARCHAR)")
    for chat in begun:
        connection.execute("INSERT INTO begun VALUES (?)", [chat])
    connection.execute(VIEWS)
    return connection


def rows(relation, keys):
    """The rows of a query as dictionaries, by their key."""
    found = {}
    for values in relation.fetchall():
        row = dict(zip(relation.columns, values))
        key = tuple(row[name] for name in keys)
        if key in found:
            sys.exit(f"two rows have the key {key}")
        found[key] = row
    return found


def recomputed(connection):
    """Each table's keys, and its rows as they should be."""
    sessions = rows(connection.sql(SESSIONS), ("chat", "session"))
    originals = defaultdict(list)
    participants = "SELECT chat, session, originals FROM classes WHERE class <> 'amplifier'"
    for chat, session, count in connection.sql(participants).fetchall():
        originals[chat, session].append(count)
    for key, row in sessions.items():
        row["gini"] = gini(originals[key])
        row["top_tenth_share"] = top_tenth_share(originals[key])
    by_question = ("chat", "session", "question")
    by_author = ("chat", "session", "author_id")
    return {
        "participation": (by_question, rows(connection.sql(PARTICIPATION), by_question)),
        "attendance": (by_author, rows(connection.sql(ATTENDANCE), by_author)),
        "sessions": (("chat", "session"), sessions),
    }


def same(one, other):
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1e-12)
    return one == other


def compare(connection, table, keys, expected):
    """One line per difference between the lake's table and what is expected of it."""
    problems = []
    found = rows(connection.sql(f"SELECT * FROM {table}"), keys)
    for key in sorted(found.keys() | expected.keys()):
        where = f"{table} {' '.join(key)}"
        if key not in found or key not in expected:
            problems.append(f"{where}: only {'recomputed' if key in expected else 'in the lake'}")
            continue
        for column, value in expected[key].items():
            if not same(found[key][column], value):
                ours = found[key][column]
                problems.append(f"{where} {column}: {ours!r} in the lake, {value!r} recomputed")
    return problems, len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("lake", type=Path)
    parser.add_argument("--begun", action="append", default=[], metavar="CHAT")
    arguments = parser.parse_args()
    connection = open_lake(arguments.lake, arguments.begun)
    failed = False
    for table, (keys, expected) in recomputed(connection).items():
        problems, count = compare(connection, table, keys, expected)
        columns = len(next(iter(expected.values()), {})) - len(keys)
        verdict = f"{len(problems)} differ" if problems else "equal"
        print(f"{table:13} {count:7} rows {max(columns, 0):3} columns  {verdict}")
        for problem in problems:
            print(problem, file=sys.stderr)
        failed |= bool(problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
