/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/stat.h>

#include "store_database.h"

#include "report/table.h"
#include "store/query.h"
#include "store/sql.h"

/* What was printed, and how it ended. */
struct answer {
    char *text;
    size_t len;
    uint64_t rows;
    int status;
    char error[512];
};

static struct see_query *open_query(const char *path)
{
    struct see_query *query = NULL;
    char error[512] = "";
    if (see_query_open(&query, path, error, sizeof(error)) != SEE_OK) {
        fail_msg("%s", error);
    }
    return query;
}

static struct answer answer_of(const char *path, const char *sql,
                               const struct see_query_param *params, size_t param_count,
                               enum see_table_format format, bool is_terminal)
{
    struct answer answer = {0};
    struct see_query *query = open_query(path);
    FILE *out = open_memstream(&answer.text, &answer.len);
    struct see_table *table = see_table_new(out, format, is_terminal);
    struct see_query_sink sink = {table, see_table_columns, see_table_row};
    answer.status = see_query_run(query, sql, params, param_count, sink);
    snprintf(answer.error, sizeof(answer.error), "%s", see_query_error(query));
    if (answer.status == SEE_OK) {
        answer.status = see_table_finish(table);
    }
    answer.rows = see_table_rows(table);
    see_table_free(table);
    fclose(out);
    see_query_close(query);
    return answer;
}

static const char *filled(void)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s", fresh());
    fill(path, &plain_options);
    return path;
}

static const char *empty(void)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s", fresh());
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    return path;
}

/* What each query finds in the records of store_records.h. */
static const struct {
    const char *name;
    uint64_t rows;
    const char *words; /* stand in the answer, as jsonl */
} found[] = {
    {"violations", 1, "\"rule\":\"307-method-changed\",\"party\":\"client\""},
    {"summary", 3, "{\"severity\":\"violation\",\"rule\":\"307-method-changed\""},
    {"by-client", 2,
     "{\"user_agent\":\"curl/8.0\",\"clients\":1,\"redirects\":4,\"followed\":3,"
     "\"violations\":1,\"warnings\":0,\"rules\":\"307-method-changed\"}"},
    {"by-route", 4,
     "\"route\":\"http://shop.example/login\",\"statuses\":\"302\",\"redirects\":2,\"followed\":1,"
     "\"violations\":0,\"warnings\":1,\"rules\":\"location-missing\""},
    {"redirects", 5, "\"outcome\":\"unobservable\",\"why\":\"no request named that authority\""},
    {"chains", 3, "\"hops\":2,\"methods\":\"POST>GET>GET\",\"statuses\":\"307>302>200\""},
    {"loops", 0, ""},
    {"methods", 4,
     "{\"status\":307,\"method\":\"POST\",\"followup\":\"GET\",\"redirects\":1,"
     "\"clients\":1,\"user_agents\":1,\"with_violations\":1}"},
    {"slowest", 3, "\"server_ms\":2.0,\"delay_ms\":8.25,\"total_ms\":10.25"},
    {"locations", 1,
     "\"outcome\":\"no-location\",\"tier\":null,\"repair\":null,"
     "\"rules\":\"location-missing\""},
    {"repeated-temporary", 0, ""},
    {"not-seen", 4, "\"what\":\"not_tcp\",\"value\":5,\"unit\":\"frames\",\"kind\":\"dropped\""},
    {"timeline", 1,
     "{\"minute\":\"2026-11-20T13:24Z\",\"redirects\":5,\"followed\":3,"
     "\"violations\":1,\"warnings\":1,\"infos\":1}"},
    {"captures", 1, "\"status\":\"complete\""},
    {"permanent-flaps", 0, ""},
    {"temporary-persists", 0, ""},
    {"temporary-treated-as-permanent", 0, ""},
    {"finding", 76,
     "{\"label\":\"follow-up at\",\"value\":\"2026-11-20T13:24:05.143456Z, "
     "8.25 ms after the response, same connection\"}"},
};

static void test_queries_on_a_filled_database(void **state)
{
    (void)state;
    const char *path = filled();
    size_t count = 0;
    while (see_sql_queries[count].name != NULL) {
        count++;
    }
    assert_int_equal(count, sizeof(found) / sizeof(found[0]));
    for (size_t i = 0; i < count; i++) {
        const char *sql = see_sql_find(see_sql_queries, found[i].name);
        assert_non_null(sql);
        struct answer answer = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
        if (answer.status != SEE_OK || answer.rows != found[i].rows ||
            strstr(answer.text, found[i].words) == NULL) {
            fail_msg("%s: %s %d rows\n%s", found[i].name, answer.error, (int)answer.rows,
                     answer.text);
        }
        free(answer.text);
    }
}

/* What is alike only because it was redacted is not taken for the same. */
static void test_queries_that_compare(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"repeated-temporary", "\"statuses\":\"302\",\"times\":2"},
        {"loops", "\"methods\":\"GET>GET\""},
    };
    struct see_store_options options = plain_options;
    const char *path = fresh();
    options.is_redacting = false;
    fill(path, &options);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *sql = see_sql_find(see_sql_queries, cases[i].name);
        struct answer answer = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
        assert_int_equal(answer.rows, 1);
        assert_non_null(strstr(answer.text, cases[i].words));
        free(answer.text);
    }
}

static void test_queries_on_an_empty_database(void **state)
{
    (void)state;
    const char *path = empty();
    for (const struct see_sql *sql = see_sql_queries; sql->name != NULL; sql++) {
        /* The list of queries shows the first line. */
        assert_memory_equal(sql->text, "-- ", 3);
        assert_true(strcspn(sql->text, "\n") > 20);
        struct answer answer = answer_of(path, sql->text, NULL, 0, SEE_TABLE_CSV, false);
        assert_int_equal(answer.status, SEE_OK);
        assert_int_equal(answer.rows, 0);
        free(answer.text);
    }
}

static void test_queries_in_the_shell(void **state)
{
    (void)state;
    if (system("command -v sqlite3 >/dev/null") != 0) {
        skip();
    }
    const char *path = filled();
    char command[512];
    snprintf(command, sizeof(command), "sqlite3 -bail -readonly '%s' >/dev/null", path);
    for (const struct see_sql *sql = see_sql_queries; sql->name != NULL; sql++) {
        FILE *shell = popen(command, "w");
        assert_non_null(shell);
        fputs(sql->text, shell);
        if (pclose(shell) != 0) {
            fail_msg("%s does not run in the sqlite3 shell", sql->name);
        }
    }
}

static void test_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *sql; /* or the name of a query */
        struct see_query_param params[2];
        size_t count;
        int status;
        const char *expected; /* the text, or words of the error */
    } cases[] = {
        {"SELECT :a, typeof(:a)", {{"a", "12"}}, 1, SEE_OK, "12,integer"},
        {"SELECT :a, typeof(:a)", {{":a", "-7"}}, 1, SEE_OK, "-7,integer"},
        {"SELECT :a, typeof(:a)", {{"a", "0"}}, 1, SEE_OK, "0,integer"},
        {"SELECT :a, typeof(:a)", {{"a", "007"}}, 1, SEE_OK, "007,text"},
        {"SELECT :a, typeof(:a)", {{"a", "1e3"}}, 1, SEE_OK, "1e3,text"},
        {"SELECT :a, typeof(:a)", {{"a", ""}}, 1, SEE_OK, "\"\",text"},
        {"SELECT :a, typeof(:a)",
         {{"a", "99999999999999999999"}},
         1,
         SEE_OK,
         "99999999999999999999,text"},
        {"SELECT :a, typeof(:b)", {{"a", "1"}, {"a", "2"}}, 2, SEE_OK, "2,null"},
        {"SELECT :a, ?", {{"b", "1"}}, 1, SEE_EINVAL, "there is no parameter 'b'; there are: a"},
        {"SELECT 1", {{"b", "1"}}, 1, SEE_EINVAL, "there is no parameter 'b'; there are none"},
        {"violations",
         {{"clint", "x"}},
         1,
         SEE_EINVAL,
         "there are: client, rule, capture, since, until, suppressed, limit"},
        {"violations", {{"limit", "abc"}}, 1, SEE_EINVAL, "datatype mismatch"},
    };
    const char *path = filled();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *named = see_sql_find(see_sql_queries, cases[i].sql);
        struct answer answer = answer_of(path, named != NULL ? named : cases[i].sql,
                                         cases[i].params, cases[i].count, SEE_TABLE_CSV, false);
        assert_int_equal(answer.status, cases[i].status);
        const char *text = answer.status == SEE_OK ? answer.text : answer.error;
        if (strstr(text, cases[i].expected) == NULL) {
            fail_msg("'%s' is not in '%s'", cases[i].expected, text);
        }
        free(answer.text);
    }
}

static void test_parameters_choose(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct see_query_param param;
        uint64_t rows;
    } cases[] = {
        {"redirects", {"client", "192.0.2.7"}, 5},
        {"redirects", {"client", "192.0.2.8"}, 0},
        {"redirects", {"outcome", "followed"}, 3},
        {"redirects", {"status", "302"}, 3},
        {"redirects", {"limit", "2"}, 2},
        {"redirects", {"since", "2026-11-20T13:24:05.165"}, 3},
        {"redirects", {"until", "2026-11-20T13:24:05.165"}, 2},
        {"redirects", {"since", "2027"}, 0},
        {"violations", {"rule", "308-method-changed"}, 0},
        {"violations", {"capture", "1"}, 1},
        {"by-client", {"user_agent", "curl/*"}, 1},
        {"chains", {"min_hops", "2"}, 2},
        {"repeated-temporary", {"times", "3"}, 0},
        {"finding", {"id", "99"}, 0},
        {"not-seen", {"capture", "2"}, 0},
    };
    const char *path = filled();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = answer_of(path, see_sql_find(see_sql_queries, cases[i].name),
                                         &cases[i].param, 1, SEE_TABLE_CSV, false);
        assert_int_equal(answer.status, SEE_OK);
        assert_int_equal(answer.rows, cases[i].rows);
        free(answer.text);
    }
}

static void test_only_reading(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        int status;
    } cases[] = {
        {"SELECT count(*) FROM findings", SEE_OK},
        {"  SELECT 1; -- and a comment", SEE_OK},
        {"SELECT 1; ; /* nothing */ ;", SEE_OK},
        {"WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n",
         SEE_OK},
        {"SELECT * FROM json_each('[1,2]')", SEE_OK},
        {"PRAGMA table_info(findings)", SEE_OK},
        {"SELECT name FROM pragma_table_info('findings')", SEE_OK},
        {"PRAGMA user_version", SEE_OK},
        {"EXPLAIN QUERY PLAN SELECT * FROM redirects", SEE_OK},
        {"", SEE_EINVAL},
        {"-- only a comment", SEE_EINVAL},
        {"SELECT 1; SELECT 2", SEE_EINVAL},
        {"SELECT 1; DELETE FROM findings", SEE_EINVAL},
        {"SELECT nonsense FROM", SEE_EINVAL},
        {"SELECT 1; nonsense", SEE_EINVAL},
        {"SELECT * FROM no_such_table", SEE_EINVAL},
        {"DELETE FROM findings", SEE_EINVAL},
        {"UPDATE findings SET message = ''", SEE_EINVAL},
        {"UPDATE sqlite_master SET type = 'x'", SEE_EINVAL},
        {"INSERT INTO rules SELECT * FROM rules", SEE_EINVAL},
        {"DELETE FROM findings RETURNING id", SEE_EINVAL},
        {"DROP TABLE findings", SEE_EINVAL},
        {"CREATE TABLE t (x)", SEE_EINVAL},
        {"CREATE TEMP TABLE t (x)", SEE_EINVAL},
        {"CREATE TEMP VIEW t AS SELECT 1", SEE_EINVAL},
        {"ATTACH '/tmp/seeother-attached.db' AS x", SEE_EINVAL},
        {"VACUUM INTO '/tmp/seeother-vacuumed.db'", SEE_EINVAL},
        {"PRAGMA user_version = 9", SEE_EINVAL},
        {"PRAGMA query_only = 0", SEE_EINVAL},
        {"PRAGMA journal_mode = WAL", SEE_EINVAL},
        {"PRAGMA writable_schema = 1", SEE_EINVAL},
        {"SELECT load_extension('x')", SEE_EINVAL},
        {"BEGIN EXCLUSIVE", SEE_EINVAL},
        {"REINDEX", SEE_EINVAL},
        {"ANALYZE", SEE_EINVAL},
        {"SELECT zeroblob(100000000)", SEE_EINVAL},
    };
    const char *path = filled();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = answer_of(path, cases[i].sql, NULL, 0, SEE_TABLE_JSON, false);
        if (answer.status != cases[i].status || (answer.status != SEE_OK && !answer.error[0])) {
            fail_msg("%s: %d %s", cases[i].sql, answer.status, answer.error);
        }
        free(answer.text);
    }
    assert_int_not_equal(access("/tmp/seeother-attached.db", F_OK), 0);
    assert_int_not_equal(access("/tmp/seeother-vacuumed.db", F_OK), 0);
    assert_string_equal(ask(path, "SELECT count(*) FROM findings"), "3\n");
}

/* Cells of a stranger, one of each danger. */
#define HOSTILE                                                                             \
    "SELECT 1 AS n, '=cmd|''/c x''!A1' AS \"=name\", 'a,\"b\"' || char(13, 10) || 'c' AS t" \
    " UNION ALL SELECT -20.5, char(27) || '[2J<b>|*x*&', NULL"                              \
    " UNION ALL SELECT x'00ff', '', char(233, 8238, 155) || '\\'"                           \
    " UNION ALL SELECT 9e999, '-1', '_a_b' UNION ALL SELECT NULL, '@x', char(9) || 'y'"

static const struct {
    enum see_table_format format;
    bool is_terminal;
    const char *expected;
} formats[] = {
    {SEE_TABLE_PLAIN, false,
     "n        =name            t\n"
     "-------  ---------------  -----------------------\n"
     "      1  =cmd|'/c x'!A1   a,\"b\"\\x0d\\x0ac\n"
     "  -20.5  \\x1b[2J<b>|*x*&  -\n"
     "X'00ff'                   \xC3\xA9\\xe2\\x80\\xae\\xc2\\x9b\\\\\n"
     "    Inf  -1               _a_b\n"
     "-        @x               \\x09y\n"},
    {SEE_TABLE_CSV, false,
     "n,'=name,t\r\n"
     "1,'=cmd|'/c x'!A1,\"a,\"\"b\"\"\\x0d\\x0ac\"\r\n"
     "-20.5,\\x1b[2J<b>|*x*&,\r\n"
     "X'00ff',\"\",\xC3\xA9\\xe2\\x80\\xae\\xc2\\x9b\\\r\n"
     "Inf,'-1,_a_b\r\n"
     ",'@x,\\x09y\r\n"},
    {SEE_TABLE_JSONL, false,
     "{\"n\":1,\"=name\":\"=cmd|'/c x'!A1\",\"t\":\"a,\\\"b\\\"\\r\\nc\"}\n"
     "{\"n\":-20.5,\"=name\":\"\\u001b[2J<b>|*x*&\",\"t\":null}\n"
     "{\"n\":\"X'00ff'\",\"=name\":\"\",\"t\":\"\xC3\xA9\\u202e\\u009b\\\\\"}\n"
     "{\"n\":\"Inf\",\"=name\":\"-1\",\"t\":\"_a_b\"}\n"
     "{\"n\":null,\"=name\":\"@x\",\"t\":\"\\ty\"}\n"},
    {SEE_TABLE_JSON, false,
     "[\n"
     "{\"n\":1,\"=name\":\"=cmd|'/c x'!A1\",\"t\":\"a,\\\"b\\\"\\r\\nc\"},\n"
     "{\"n\":-20.5,\"=name\":\"\\u001b[2J<b>|*x*&\",\"t\":null},\n"
     "{\"n\":\"X'00ff'\",\"=name\":\"\",\"t\":\"\xC3\xA9\\u202e\\u009b\\\\\"},\n"
     "{\"n\":\"Inf\",\"=name\":\"-1\",\"t\":\"_a_b\"},\n"
     "{\"n\":null,\"=name\":\"@x\",\"t\":\"\\ty\"}\n"
     "]\n"},
    {SEE_TABLE_MARKDOWN, false,
     "| n | =name | t |\n"
     "| --- | --- | --- |\n"
     "| 1 | =cmd\\|'/c x'!A1 | a,\"b\"\\x0d\\x0ac |\n"
     "| -20.5 | \\x1b\\[2J&lt;b&gt;\\|\\*x\\*&amp; | - |\n"
     "| X'00ff' |  | \xC3\xA9\\xe2\\x80\\xae\\xc2\\x9b\\\\ |\n"
     "| Inf | -1 | \\_a_b |\n"
     "| - | @x | \\x09y |\n"},
};

static void test_formats(void **state)
{
    (void)state;
    const char *path = empty();
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct answer answer =
            answer_of(path, HOSTILE, NULL, 0, formats[i].format, formats[i].is_terminal);
        assert_int_equal(answer.status, SEE_OK);
        assert_string_equal(answer.text, formats[i].expected);
        free(answer.text);
    }
}

static void test_formats_without_rows(void **state)
{
    (void)state;
    static const char *const expected[] = {
        [SEE_TABLE_PLAIN] = "a  b\n-  -\n",
        [SEE_TABLE_CSV] = "a,b\r\n",
        [SEE_TABLE_JSON] = "[]\n",
        [SEE_TABLE_JSONL] = "",
        [SEE_TABLE_MARKDOWN] = "| a | b |\n| --- | --- |\n",
    };
    const char *path = empty();
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct answer answer = answer_of(path, "SELECT 1 AS a, 2 AS b WHERE 0", NULL, 0,
                                         (enum see_table_format)i, false);
        assert_string_equal(answer.text, expected[i]);
        free(answer.text);
    }
    enum see_table_format format = SEE_TABLE_PLAIN;
    assert_true(see_table_format_find("markdown", &format));
    assert_int_equal(format, SEE_TABLE_MARKDOWN);
    assert_false(see_table_format_find("xml", &format));
}

static void test_widths(void **state)
{
    (void)state;
    const char *path = empty();
    /* Two columns for each wide character, none for a combining mark; cut only on a terminal. */
    const char *sql = "SELECT '\xE6\x97\xA5\xE6\x9C\xAC' AS a, 'e\xCC\x81' AS b, 'z' AS c"
                      " UNION ALL SELECT 'abcdef', 'xyz', 'z'";
    struct answer answer = answer_of(path, sql, NULL, 0, SEE_TABLE_PLAIN, true);
    assert_string_equal(answer.text, "a       b    c\n------  ---  -\n"
                                     "\xE6\x97\xA5\xE6\x9C\xAC    e\xCC\x81    z\n"
                                     "abcdef  xyz  z\n");
    free(answer.text);
    sql = "SELECT printf('%.*c', 61, 'x') AS a, printf('%.*c', 60, 'y') AS b,"
          " printf('%.*c', 70, 'z') AS c";
    answer = answer_of(path, sql, NULL, 0, SEE_TABLE_PLAIN, true);
    assert_non_null(strstr(answer.text, "\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                        "xxx\xE2\x80\xA6  yyyy"));
    assert_null(strstr(answer.text, "y\xE2\x80\xA6"));
    assert_null(strstr(answer.text, "z\xE2\x80\xA6")); /* nothing stands behind it */
    free(answer.text);
    answer = answer_of(path, sql, NULL, 0, SEE_TABLE_PLAIN, false);
    assert_null(strstr(answer.text, "\xE2\x80\xA6"));
    free(answer.text);
}

static void test_long_answers_flow(void **state)
{
    (void)state;
    const char *path = empty();
    const char *sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                      " WHERE i < 100000) SELECT i, 'x' || i AS t FROM n";
    struct answer answer = answer_of(path, sql, NULL, 0, SEE_TABLE_PLAIN, false);
    assert_int_equal(answer.rows, 100000);
    assert_non_null(strstr(answer.text, "\n    1  x1\n"));
    assert_non_null(strstr(answer.text, "\n99999  x99999\n100000  x100000\n"));
    size_t lines = 0;
    for (size_t i = 0; i < answer.len; i++) {
        lines += answer.text[i] == '\n';
    }
    assert_int_equal(lines, 100002);
    free(answer.text);
}

static void test_full_output(void **state)
{
    (void)state;
    struct see_query *query = open_query(empty());
    FILE *out = fopen("/dev/full", "w");
    assert_non_null(out);
    struct see_table *table = see_table_new(out, SEE_TABLE_JSONL, false);
    struct see_query_sink sink = {table, see_table_columns, see_table_row};
    const char *sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                      "SELECT i FROM n";
    assert_int_equal(see_query_run(query, sql, NULL, 0, sink), SEE_EIO); /* it does not go on */
    assert_string_equal(see_query_error(query), "");
    see_table_free(table);
    fclose(out);
    see_query_close(query);
}

static void expect_refusal(const char *path, int status, const char *words)
{
    struct see_query *query = NULL;
    char error[512] = "";
    assert_int_equal(see_query_open(&query, path, error, sizeof(error)), status);
    assert_null(query);
    if (strstr(error, words) == NULL) {
        fail_msg("'%s' does not say '%s'", error, words);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    const char *path = fresh();
    expect_refusal(path, SEE_EIO, ": no such database");
    assert_int_not_equal(access(path, F_OK), 0);
    write_file(path, "");
    expect_refusal(path, SEE_EFORMAT, "is empty");
    write_file(path, "a letter, no database, however long it may be");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    expect_refusal(folder, SEE_EFORMAT, "is a directory");
    expect_refusal("/dev/null", SEE_EFORMAT, "is not a regular file");
    path = fresh();
    execute(path, "CREATE TABLE bookmarks (url)");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    path = filled();
    execute(path, "PRAGMA user_version = 5");
    expect_refusal(path, SEE_ENEWER, "newer seeother");
}

/* Is killed while it changes the file, so that new pages are in it, and old ones in a journal. */
static int change_half(const char *path)
{
    sqlite3 *db = NULL;
    static const char sql[] =
        "PRAGMA cache_size = 2; BEGIN; UPDATE exchange SET uri = hex(zeroblob(20000));"
        " UPDATE redirect SET target_uri = hex(zeroblob(20000)); DELETE FROM finding";
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return 1;
    }
    return sqlite3_get_autocommit(db) ? 2 : 0;
}

/* What was not finished is not there, and the rest is. */
static void test_half_changed(void **state)
{
    static const char sql[] = "SELECT count(*), max(length(uri)) FROM exchanges UNION ALL"
                              " SELECT count(*), max(id) FROM findings";
    (void)state;
    const char *path = filled();
    char journal[300];
    struct answer before = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
    snprintf(journal, sizeof(journal), "%s-journal", path);
    assert_int_equal(in_child(change_half, path), 0);
    assert_int_equal(access(journal, F_OK), 0);
    struct answer after = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
    assert_string_equal(after.text, before.text);
    free(before.text);
    free(after.text);
}

static void test_names_of_any_octets(void **state)
{
    (void)state;
    char path[300];
    snprintf(path, sizeof(path), "%s/a?mode=rw&b#c%%20d.db", folder);
    fill(path, &plain_options);
    struct answer answer =
        answer_of(path, "SELECT count(*) AS n FROM redirects", NULL, 0, SEE_TABLE_JSON, false);
    assert_string_equal(answer.text, "[\n{\"n\":5}\n]\n");
    free(answer.text);
}

static void test_while_a_writer_runs(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof(path), "%s", fresh());
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    const char *sql = "SELECT count(*) AS n FROM redirects";
    struct answer before = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
    assert_int_equal(see_store_commit(store), SEE_OK);
    struct answer after = answer_of(path, sql, NULL, 0, SEE_TABLE_JSONL, false);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(before.text, "{\"n\":0}\n");
    assert_string_equal(after.text, "{\"n\":5}\n");
    free(before.text);
    free(after.text);
}

/* Counts the redirects without any right to write; 0: five are there. */
static int count_as_nobody(const char *path)
{
    if (geteuid() == 0 && seteuid(65534) != 0) {
        return 98;
    }
    struct see_query *query = NULL;
    int status = see_query_open(&query, path, NULL, 0);
    if (status != SEE_OK) {
        return -status;
    }
    see_query_close(query);
    struct answer answer =
        answer_of(path, "SELECT count(*) AS n FROM redirects", NULL, 0, SEE_TABLE_JSONL, false);
    int ret = answer.status == SEE_OK && strcmp(answer.text, "{\"n\":5}\n") == 0 ? 0 : 97;
    free(answer.text);
    return ret;
}

static void test_read_only_places(void **state)
{
    (void)state;
    char inside[300], path[320], log[340];
    snprintf(inside, sizeof(inside), "%s.d", fresh());
    snprintf(path, sizeof(path), "%s/x.db", inside);
    snprintf(log, sizeof(log), "%s-wal", path);
    assert_int_equal(mkdir(inside, 0755), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    fill(path, &plain_options);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(inside, 0555), 0);
    assert_int_equal(in_child(count_as_nobody, path), 0);
    /* The same in WAL mode, without a log: read as a file that nobody changes. */
    assert_int_equal(chmod(inside, 0755), 0);
    assert_int_equal(chmod(path, 0644), 0);
    execute(path, "PRAGMA journal_mode = WAL");
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(inside, 0555), 0);
    assert_int_equal(in_child(count_as_nobody, path), 0);
    /* With a log that cannot be read, half the truth is refused. */
    assert_int_equal(chmod(inside, 0755), 0);
    write_file(log, "rows that were not moved into the file");
    assert_int_equal(chmod(log, 0444), 0);
    assert_int_equal(chmod(inside, 0555), 0);
    assert_int_equal(in_child(count_as_nobody, path), -SEE_EACCES);
    assert_int_equal(chmod(inside, 0755), 0);
    assert_int_equal(chmod(path, 0200), 0);
    assert_int_equal(in_child(count_as_nobody, path), -SEE_EACCES);
    assert_int_equal(chmod(path, 0600), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_on_a_filled_database),
        cmocka_unit_test(test_queries_that_compare),
        cmocka_unit_test(test_queries_on_an_empty_database),
        cmocka_unit_test(test_queries_in_the_shell),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_parameters_choose),
        cmocka_unit_test(test_only_reading),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_formats_without_rows),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_long_answers_flow),
        cmocka_unit_test(test_full_output),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_half_changed),
        cmocka_unit_test(test_names_of_any_octets),
        cmocka_unit_test(test_while_a_writer_runs),
        cmocka_unit_test(test_read_only_places),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
