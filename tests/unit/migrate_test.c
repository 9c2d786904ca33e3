/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * migrate - a database of version 1 becomes one of ours, with all that is in it.
 *
 * usage: migrate_test SCHEMA-1.sql
 */
#include "store_database.h"

static char schema[32768];

/* Reads the schema of version 1. */
static void read_schema(const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(schema, 1, sizeof(schema) - 1, file);
    assert_in_range(len, 1, sizeof(schema) - 2);
    fclose(file);
}

static const char rows[] =
    "PRAGMA application_id = 1397051220; PRAGMA user_version = 1;"
    "INSERT INTO captures (id, source, kind, packets, bytes, status) VALUES"
    " (1, 'old.pcap', 'file', 7, 700, 'complete');"
    "INSERT INTO connections (id, capture_id, client_ip, client_port, server_ip, server_port,"
    " opened_ns, bytes_missing, how_ended, opening_seen) VALUES"
    " (1, 1, '192.0.2.7', 4000, '192.0.2.1', 80, 1700000000000001000, 0, 'fin', 1);"
    "INSERT INTO exchanges (id, capture_id, response_capture_id, connection_id, time_ns, client,"
    " method, uri, status, response_time_ns, has_gap) VALUES"
    " (1, 1, 1, 1, 1700000000000002000, '192.0.2.7', 'POST', 'http://a/', 303,"
    "  1700000000000003000, 0),"
    " (2, 1, 1, 1, 1700000000000004000, '192.0.2.7', 'POST', 'http://a/b', 200, NULL, 0);"
    "INSERT INTO redirect (id, exchange_id, followup_exchange_id, time_ns, location_count, outcome,"
    " why, evidence, chain_id, hop, has_lifetime, is_personal) VALUES"
    " (1, 1, 2, 1700000000000003000, 1, 'followed', 'x', '{}', 1, 1, 0, 0);"
    "INSERT INTO redirect (id, exchange_id, time_ns, target_uri, location_count, outcome, why, "
    "tier,"
    " repair, delay_ms, same_connection, confidence, score, evidence, chain_id, hop, has_lifetime,"
    " is_personal) VALUES"
    " (3, 2, 5, 'http://a/', 2, 'followed', 'y', 'T3', 'z', 0.5, 1, 'low', 7, '{\"a\":1}', 1, 3, "
    "1, 0),"
    " (4, 2, 6, NULL, 0, 'pending', 'y', NULL, NULL, NULL, NULL, NULL, NULL, '{\"a\":1}', 4, 1, 0, "
    "1),"
    " (5, 2, 7, NULL, 1, 'pending', 'x', NULL, NULL, NULL, NULL, NULL, NULL, '{}', 5, 1, 0, 1),"
    " (6, 2, 8, NULL, 1, 'pending', 'x', NULL, NULL, NULL, NULL, NULL, NULL, '{}', 6, 1, 0, 1);"
    "INSERT INTO rules (id, severity, strength, party, title, condition, citation, position) VALUES"
    " ('303-method-not-get', 'violation', 'MUST', 'client', 't', 'c', 'RFC', 1);"
    "INSERT INTO findings (id, capture_id, redirect_id, exchange_id, time_ns, rule, severity,"
    " strength, party, message) VALUES"
    " (1, 1, 1, 1, 1700000000000004000, '303-method-not-get', 'violation', 'MUST', 'client', 'm');"
    "CREATE VIEW mine AS SELECT e.time, f.rule, r.followup_uri FROM exchanges AS e"
    " JOIN findings AS f ON f.exchange_id = e.id JOIN redirects AS r ON r.id = f.redirect_id";

/* Makes a database of version 1 with `more` SQL done to it, and opens it for writing. */
static const char *migrated(const char *more)
{
    const char *path = fresh();
    execute(path, schema);
    execute(path, rows);
    execute(path, more);
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    return path;
}

static void expect_rows(const char *path)
{
    assert_string_equal(ask(path, "PRAGMA user_version"), "4\n");
    assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok\n");
    assert_string_equal(ask(path, "PRAGMA foreign_key_check"), "");
    assert_string_equal(ask(path, "SELECT opened, closed, how_ended FROM connections"),
                        "2023-11-14T22:13:20.000001Z|-|fin\n");
    assert_string_equal(ask(path, "SELECT id, time, response_time, status FROM exchanges"),
                        "1|2023-11-14T22:13:20.000002Z|2023-11-14T22:13:20.000003Z|303\n"
                        "2|2023-11-14T22:13:20.000004Z|-|200\n");
    assert_string_equal(ask(path, "SELECT time, method, followup_method, followup_uri, source,"
                                  " message FROM violations"),
                        "2023-11-14T22:13:20.000004Z|POST|POST|http://a/b|old.pcap|m\n");
    assert_string_equal(ask(path, "SELECT methods, hops FROM chains"),
                        "POST>POST|2\nPOST|1\nPOST|1\nPOST|1\n");
    assert_string_equal(
        ask(path, "SELECT id, exchange_id, followup_exchange_id, time_ns % 10, target_uri,"
                  " location_count, outcome, why, tier, repair, delay_ms, same_connection,"
                  " confidence, score, evidence, chain_id, hop, has_lifetime, is_personal"
                  " FROM redirects"),
        "1|1|2|0|-|1|followed|x|-|-|-|-|-|-|{}|1|1|0|0\n"
        "3|2|-|5|http://a/|2|followed|y|T3|z|0.5|1|low|7|{\"a\":1}|1|3|1|0\n"
        "4|2|-|6|-|0|pending|y|-|-|-|-|-|-|{\"a\":1}|4|1|0|1\n"
        "5|2|-|7|-|1|pending|x|-|-|-|-|-|-|{}|5|1|0|1\n"
        "6|2|-|8|-|1|pending|x|-|-|-|-|-|-|{}|6|1|0|1\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM pairing"), "4\n");
    assert_string_equal(ask(path, "SELECT count(lifetime_s), count(is_momentary) FROM redirects"),
                        "0|0\n");
    assert_string_equal(ask(path, "SELECT * FROM mine"),
                        "2023-11-14T22:13:20.000002Z|303-method-not-get|http://a/b\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects WHERE time < 2024"), "5\n");
}

/* What a database consists of, but for the words of checks, and the view of the user. */
static char *shape(const char *path)
{
    static const char sql[] =
        "SELECT s.type, s.name, s.tbl_name, (SELECT group_concat(x.name || ' ' || x.type || ' ' ||"
        "  x.[notnull] || x.pk || x.hidden) FROM pragma_table_xinfo(s.name) AS x),"
        " (SELECT group_concat(k.[table] || k.[from] || k.[to]) FROM"
        "  (SELECT * FROM pragma_foreign_key_list(s.name) ORDER BY [from]) AS k)"
        " FROM sqlite_schema AS s WHERE s.name <> 'mine' ORDER BY s.type, s.name";
    char *text = strdup(ask(path, sql));
    assert_non_null(text);
    return text;
}

static void test_version_1(void **state)
{
    (void)state;
    const char *path = fresh();
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    char *wanted = shape(path);
    static const char *const variants[] = {
        "", "ALTER TABLE findings ADD COLUMN evidence_file TEXT",
        "CREATE INDEX exchanges_by_client ON exchanges (client, time_ns)"};
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        path = migrated(variants[i]);
        char *got = shape(path);
        assert_string_equal(got, wanted);
        free(got);
        expect_rows(path);
        fill(path, &plain_options);
        assert_string_equal(ask(path, "SELECT count(*) FROM redirects"), "10\n");
        assert_string_equal(ask(path, "SELECT count(*) FROM findings"), "4\n");
    }
    free(wanted);
}

/* What users have made beside and on top of ours is there afterwards, and does what it did. */
static void test_users_own(void **state)
{
    (void)state;
    const char *path =
        migrated("ALTER TABLE redirect ADD COLUMN note TEXT; UPDATE redirect SET note = 'n' || id;"
                 "CREATE INDEX my_index ON redirect (target_uri);"
                 "CREATE TABLE my_log (id);"
                 "CREATE TRIGGER my_trigger AFTER UPDATE ON redirect BEGIN INSERT INTO my_log "
                 "VALUES (new.id);"
                 " END;"
                 "CREATE TRIGGER my_other INSTEAD OF UPDATE ON mine BEGIN INSERT INTO my_log "
                 "VALUES (-1); END");
    assert_string_equal(ask(path, "SELECT group_concat(note) FROM redirect"), "n1,n3,n4,n5,n6\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects WHERE outcome IS NOT NULL"),
                        "5\n");
    fill(path, &plain_options);
    execute(path, "UPDATE redirect SET note = 'x' WHERE id = 7");
    execute(path, "UPDATE mine SET rule = 'x' WHERE rule LIKE '303%'");
    assert_string_equal(ask(path, "SELECT group_concat(id) FROM my_log"), "7,-1\n");
    assert_string_equal(ask(path, "SELECT tbl_name FROM sqlite_schema WHERE name = 'my_index'"),
                        "redirect\n");
}

/* What is in the way is said, and that nothing has changed. */
static void test_in_the_way(void **state)
{
    (void)state;
    static const char *const more[] = {
        "CREATE TABLE pairing (mine)",
        "CREATE TRIGGER mine2 AFTER INSERT ON redirect BEGIN SELECT new.outcome; END"};
    static const char *const wanted[] = {"pairing already exists", "mine2"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = fresh();
        struct see_store *store = NULL;
        char error[256] = "";
        execute(path, schema);
        execute(path, rows);
        execute(path, more[i]);
        assert_int_not_equal(see_store_open(&store, path, &plain_options, error, sizeof(error)),
                             SEE_OK);
        assert_non_null(strstr(error, "cannot be brought from schema version 1 to 4"));
        assert_non_null(strstr(error, wanted[i]));
        assert_string_equal(ask(path, "PRAGMA user_version"), "1\n");
        assert_string_equal(ask(path, "SELECT count(outcome) FROM redirect"), "5\n");
    }
}

/* What cannot be brought up to date stays as it is. */
static void test_all_or_nothing(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store *store = NULL;
    char error[256] = "";
    execute(path, schema);
    execute(path, rows);
    execute(path, "CREATE TABLE finding (mine)");
    assert_int_not_equal(see_store_open(&store, path, &plain_options, error, sizeof(error)),
                         SEE_OK);
    assert_non_null(strstr(error, "finding"));
    assert_string_equal(ask(path, "PRAGMA user_version"), "1\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM pragma_table_info('findings')"
                                  " WHERE name = 'evidence_file'"),
                        "0\n");
    assert_string_equal(ask(path, "SELECT count(*), min(time) FROM exchanges"),
                        "2|2023-11-14T22:13:20.000002Z\n");
    assert_string_equal(ask(path, "SELECT * FROM mine"),
                        "2023-11-14T22:13:20.000002Z|303-method-not-get|http://a/b\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_users_own),
        cmocka_unit_test(test_in_the_way),
        cmocka_unit_test(test_all_or_nothing),
    };
    assert_int_equal(argc, 2);
    read_schema(argv[1]);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
