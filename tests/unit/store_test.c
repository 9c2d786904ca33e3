/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/ids.h"
#include "store/row.h"
#include "store/state.h"
#include "store_database.h"

/* The promised names, in their order. */
static const struct {
    const char *name;
    const char *columns;
} promised[] = {
    {"captures", "id, source, kind, first_time, last_time, packets, bytes, kernel_dropped, status, "
                 "detail, tool_version, options"},
    {"exchanges",
     "id, capture_id, response_capture_id, connection_id, time, time_ns, client, client_ip, "
     "client_port, server_ip, server_port, http_version, method, scheme, authority, target, uri, "
     "user_agent, request_content_type, request_body_length, request_body_digest, request_frame, "
     "status, location, response_content_type, response_body_length, response_frame, "
     "response_time_ns, request_last_frame, response_last_frame"},
    {"redirects",
     "id, capture_id, exchange_id, followup_exchange_id, time, time_ns, client, client_ip, "
     "server_ip, server_port, user_agent, method, uri, status, location, target_uri, outcome, "
     "followup_method, followup_uri, followup_status, delay_ms, same_connection, confidence, "
     "score, evidence, chain_id, hop, request_frame, response_frame, followup_frame, "
     "response_capture_id, followup_capture_id, request_last_frame, response_last_frame, "
     "followup_last_frame"},
    {"findings", "id, capture_id, redirect_id, exchange_id, time, time_ns, rule, severity, "
                 "strength, party, message, evidence, confidence"},
    {"violations",
     "id, time, rule, party, client, user_agent, status, method, uri, followup_method, "
     "followup_uri, delay_ms, confidence, source, request_frame, response_frame, followup_frame, "
     "response_source, followup_source, message, citation, request_last_frame, "
     "response_last_frame, followup_last_frame"},
    {"chains", "id, capture_id, time, client, hops, methods, statuses, first_uri, last_uri, "
               "is_loop, duration_ms"},
    {"connections", "id, capture_id, client_ip, client_port, server_ip, server_port, opened, "
                    "closed, bytes_missing, how_ended"},
    {"rules", "id, severity, strength, party, title, condition, citation, citation_url"},
    {"coverage", "capture_id, stage, counter, time, value"},
};

static void check_columns(const char *path)
{
    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
        char sql[1024];
        snprintf(sql, sizeof(sql), "SELECT %s FROM %s LIMIT 0", promised[i].columns,
                 promised[i].name);
        ask(path, sql);
    }
}

static void test_promised_columns(void **state)
{
    (void)state;
    const char *path = fresh();
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    check_columns(path);
    fill(path, &plain_options);
    check_columns(path);
}

static void test_marks(void **state)
{
    (void)state;
    const char *path = fresh();
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    assert_string_equal(ask(path, "PRAGMA application_id"), "1397051220\n"); /* "SEOT" */
    assert_string_equal(ask(path, "PRAGMA user_version"), "4\n");
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete\n");
    const char *indexes = "SELECT count(*) FROM sqlite_schema WHERE name IN ('exchanges_by_client',"
                          " 'redirect_by_chain', 'findings_by_rule')";
    assert_string_equal(ask(path, indexes), "3\n");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static const struct {
    const char *sql;
    const char *rows;
} facts[] = {
    {"PRAGMA integrity_check", "ok\n"},
    {"PRAGMA foreign_key_check", ""},
    {"SELECT id, source, kind, first_time, last_time, packets, bytes, kernel_dropped, status,"
     " detail, tool_version, options FROM captures",
     "1|shop.pcap|file|2026-11-20T13:24:05.123456Z|2026-11-20T13:24:06.123456Z|80|8000|-|complete|-"
     "|1.2.3|{\"window\":30}\n"},
    {"SELECT * FROM connections",
     "1|1|192.0.2.7|40000|198.51.100.1|8080|1795181045124456789|1795181045203456789|"
     "2026-11-20T13:24:05.124456Z|2026-11-20T13:24:05.203456Z|100|fin|1|1|80|1|-\n"},
    {"SELECT id, capture_id, response_capture_id, connection_id, time, client, client_ip,"
     " client_port, server_ip, server_port, http_version, method, scheme, authority, target, uri,"
     " user_agent, request_content_type, request_body_length, request_body_digest, request_frame,"
     " request_last_frame, status, location, response_content_type, response_body_length,"
     " response_frame, response_last_frame, response_time_ns FROM exchanges WHERE id IN (1, 6, 7)",
     "1|1|1|1|2026-11-20T13:24:05.133456Z|192.0.2.7|192.0.2.7|40000|198.51.100.1|8080|1.1|POST|"
     "http|"
     "Shop.example|/form|http://shop.example/form|curl/8.0|text/plain|17|-|10|11|307|/moved|"
     "text/html|5|12|13|1795181045135456789\n"
     "6|1|1|1|-|192.0.2.7|192.0.2.7|40000|198.51.100.1|8080|1.1|-|-|-|-|-|-|-|-|-|-|-|303|"
     "http://elsewhere.example/|text/html|5|62|63|1795181045185456789\n"
     "7|1|-|1|2026-11-20T13:24:05.193456Z|192.0.2.7|192.0.2.7|40000|198.51.100.1|8080|1.1|GET|http|"
     "Shop.example|/old|http://shop.example/old|curl/8.0|-|0|-|70|71|-|-|-|-|-|-|-\n"},
    {"SELECT id, capture_id, exchange_id, followup_exchange_id, time, client, method, uri, status,"
     " location, target_uri, outcome, followup_method, followup_uri, followup_status, delay_ms,"
     " same_connection, confidence, score, chain_id, hop, request_frame, response_frame,"
     " followup_frame, response_capture_id, followup_capture_id FROM redirects",
     "1|1|1|2|2026-11-20T13:24:05.135456Z|192.0.2.7|POST|http://shop.example/form|307|/moved|"
     "http://shop.example/moved|followed|GET|http://shop.example/moved|302|8.25|1|high|7|1|1|10|12|"
     "20|1|1\n"
     "2|1|2|3|2026-11-20T13:24:05.145456Z|192.0.2.7|GET|http://shop.example/moved|302|/end|"
     "http://shop.example/end|followed|GET|http://shop.example/"
     "end|200|8.25|1|high|7|1|2|20|22|30|1|"
     "1\n"
     "3|1|4|5|2026-11-20T13:24:05.165456Z|192.0.2.7|GET|"
     "http://shop.example/login?token=[redacted]|302|/login?token=[redacted]|"
     "http://shop.example/login?token=[redacted]|followed|GET|"
     "http://shop.example/login?token=[redacted]|302|8.25|1|high|7|3|1|40|42|50|1|1\n"
     "4|1|5|-|2026-11-20T13:24:05.175456Z|192.0.2.7|GET|"
     "http://shop.example/login?token=[redacted]|302|-|-|no-location|-|-|-|-|-|-|-|3|2|50|52|-|1|-"
     "\n"
     "5|1|6|-|2026-11-20T13:24:05.185456Z|192.0.2.7|-|-|303|http://elsewhere.example/|"
     "http://elsewhere.example/|unobservable|-|-|-|-|-|-|-|5|1|-|62|-|1|-\n"},
    {"SELECT evidence FROM redirects WHERE id IN (1, 5)",
     "{\"tier\":\"T0\",\"repair\":null,\"signals\":[{\"signal\":\"next on the connection\","
     "\"points\":4},{\"signal\":\"gap\",\"points\":2}],\"tells_client\":true,"
     "\"tells_cause\":false,\"runner_up\":null,\"why\":"
     "\"the next request\"}\n{\"why\":\"no request named that authority\"}\n"},
    {"SELECT count(*) FROM redirects WHERE json_valid(evidence)", "5\n"},
    {"SELECT id, capture_id, redirect_id, exchange_id, time, rule, severity, strength, party,"
     " message, evidence, confidence FROM findings",
     "1|1|1|1|2026-11-20T13:24:05.143456Z|307-method-changed|violation|MUST|client|"
     "POST became GET|{\"from\":\"POST\"}|high\n"
     "2|1|4|5|2026-11-20T13:24:05.143456Z|location-missing|warning|MUST|server|"
     "POST became GET|{\"from\":\"POST\"}|-\n"
     "3|1|-|7|2026-11-20T13:24:05.143456Z|location-missing|info|MUST|server|"
     "POST became GET|{\"from\":\"POST\"}|-\n"},
    {"SELECT id, rule, client, user_agent, status, method, uri, followup_method, followup_uri,"
     " delay_ms, confidence, source, request_frame, response_frame, followup_frame,"
     " response_source, followup_source, message, citation IS NOT NULL FROM violations",
     "1|307-method-changed|192.0.2.7|curl/8.0|307|POST|http://shop.example/form|GET|"
     "http://shop.example/moved|8.25|high|shop.pcap|10|12|20|shop.pcap|shop.pcap|"
     "POST became GET|1\n"},
    {"SELECT id, capture_id, time, client, hops, methods, statuses, first_uri, last_uri, is_loop,"
     " duration_ms, outcome FROM chains",
     "1|1|2026-11-20T13:24:05.135456Z|192.0.2.7|2|POST>GET>GET|307>302>200|"
     "http://shop.example/form|http://shop.example/end|0|22.0|followed\n"
     "3|1|2026-11-20T13:24:05.165456Z|192.0.2.7|2|GET>GET|302>302|"
     "http://shop.example/login?token=[redacted]|http://shop.example/login?token=[redacted]|0|12.0|"
     "no-location\n"
     "5|1|2026-11-20T13:24:05.185456Z|192.0.2.7|1|?|303|-|-|0|0.0|unobservable\n"},
    {"SELECT capture_id, stage, counter, time, value, unit, kind FROM coverage",
     "1|decode|frames_read|-|80|frames|in\n1|decode|segments|-|75|frames|out\n"
     "1|decode|not_tcp|-|5|frames|dropped\n1|decode|tls|-|3|connections|note\n"},
    {"SELECT count(*) > 5, count(DISTINCT position) = count(*) FROM rules", "1|1\n"},
};

static void test_rows(void **state)
{
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        assert_string_equal(ask(path, facts[i].sql), facts[i].rows);
    }
    char name[300];
    snprintf(name, sizeof(name), "%s-wal", path);
    assert_int_not_equal(access(name, F_OK), 0);
}

static void test_rows_in_any_order(void **state)
{
    /* Redirects first, ends after: rows are completed by the ends. */
    (void)state;
    const char *path = fresh();
    struct records records, early;
    records_init(&records);
    records_init(&early);
    for (size_t i = 0; i < 7; i++) {
        early.list[i].exchange.request.is_complete = false;
        early.list[i].exchange.response.is_complete = false;
    }
    early.list[2].exchange.status = 0;
    early.list[2].exchange.response.first.frame = 0;
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_capture(store, "complete"), SEE_OK);
    assert_int_equal(records_redirects(store, &early), SEE_OK);
    assert_int_equal(see_store_commit(store), SEE_OK);
    const char *lengths = "SELECT sum(request_body_length IS NOT NULL), count(*) FROM exchanges";
    assert_string_equal(ask(path, lengths), "0|6\n");
    assert_string_equal(ask(path, "SELECT followup_status FROM redirects WHERE id = 2"), "-\n");
    assert_string_equal(ask(path, "SELECT statuses FROM chains WHERE id = 1"), "307>302\n");
    assert_string_equal(ask(path, "SELECT closed, how_ended FROM connections"), "-|open\n");
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(see_store_exchange(store, &records.list[i].exchange), SEE_OK);
    }
    records.connection.closed = records_stamp(80);
    records.connection.ended = SEE_CONNECTION_RESET;
    assert_int_equal(see_store_connection(store, &records.connection), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, lengths), "5|6\n");
    assert_string_equal(ask(path, "SELECT followup_status FROM redirects WHERE id = 2"), "200\n");
    assert_string_equal(ask(path, "SELECT statuses FROM chains WHERE id = 1"), "307>302>200\n");
    assert_string_equal(ask(path, "SELECT closed, how_ended FROM connections"),
                        "2026-11-20T13:24:05.203456Z|reset\n");
}

static void test_long_chain_keeps_its_order(void **state)
{
    /* 300 hops stored in a scattered order: 7 steps at a time around a ring. */
    (void)state;
    const char *path = fresh();
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t hop = i * 7 % 300 + 1;
        struct see_redirect redirect = records_redirect(&records, hop, 0, -1, 1, (uint32_t)hop);
        struct see_exchange exchange = *redirect.exchange;
        exchange.id = hop;
        exchange.status = 300 + (int)(hop % 9);
        redirect.exchange = &exchange;
        assert_int_equal(see_store_redirect(store, &redirect), SEE_OK);
    }
    assert_int_equal(see_store_close(store), SEE_OK);
    char expected[2048] = "300|301";
    for (int hop = 2; hop <= 300; hop++) {
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), ">%d",
                 300 + hop % 9);
    }
    strcat(expected, "\n");
    assert_string_equal(ask(path, "SELECT hops, statuses FROM chains"), expected);
}

static void test_options(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store_options options = {.has_digest_key = true, .stores_all = true};
    fill(path, &options);
    assert_string_equal(ask(path, "SELECT count(*) FROM exchanges"), "7\n");
    assert_string_equal(ask(path, "SELECT request_body_digest, uri, tool_version FROM exchanges, "
                                  "captures WHERE exchanges.id = 4"),
                        "abababababababababababababababab|"
                        "http://shop.example/login?token=s3cret|-\n");
    /* Without a redirect nothing is stored, unless everything is. */
    path = fresh();
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(see_store_exchange(store, &records.list[2].exchange), SEE_OK);
    assert_int_equal(see_store_connection(store, &records.connection), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT count(*) FROM exchanges"), "0\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM connections"), "0\n");
}

static void test_text_is_clean(void **state)
{
    (void)state;
    const char *path = fresh();
    struct records records;
    records_init(&records);
    struct see_redirect redirect = records_redirect(&records, 1, 0, 1, 1, 1);
    struct see_exchange *exchange = &records.list[0].exchange;
    exchange->uri = SEE_LITERAL("http://u:p@shop.example/\xff\0z\xc3\xa9?password=1");
    exchange->authority = SEE_LITERAL("u:p@Shop.example:80");
    exchange->client = SEE_LITERAL("");
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(see_store_redirect(store, &redirect), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT uri, authority, client FROM exchanges WHERE id = 1"),
                        "http://[redacted]@shop.example/\xEF\xBF\xBD\xEF\xBF\xBDz\xc3\xa9"
                        "?password=[redacted]|[redacted]@Shop.example:80|\n");
}

/* A request-target that is no path: of CONNECT, or nothing that there should be. */
static void test_targets_hide_userinfo(void **state)
{
    static const char *const targets[][2] = {
        {"u:p@h.test:443", "[redacted]@h.test:443\n"},
        {"u:p@h.test/x", "[redacted]@h.test/x\n"},
        {"/u@h.test", "/u@h.test\n"},
        {"http://u:p@h/", "http://[redacted]@h/\n"},
        {"h.test:443", "h.test:443\n"},
        {"x?token=a", "x?token=[redacted]\n"},
        {"u:p@h?token=a", "[redacted]@h?token=[redacted]\n"},
        {"*", "*\n"},
        {"u:p@h?x=http://a/", "[redacted]@h?x=http://a/\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        const char *path = fresh();
        struct records records;
        records_init(&records);
        struct see_redirect redirect = records_redirect(&records, 1, 0, 1, 1, 1);
        records.list[0].exchange.target = see_view_of(targets[i][0]);
        struct see_store *store = open_store(path, &plain_options);
        assert_int_equal(see_store_redirect(store, &redirect), SEE_OK);
        assert_int_equal(see_store_close(store), SEE_OK);
        assert_string_equal(ask(path, "SELECT target FROM exchanges WHERE id = 1"), targets[i][1]);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const see_time_ns times[] = {0,
                                        1,
                                        -1,
                                        999,
                                        -1000,
                                        -1001,
                                        999999999,
                                        -999999999,
                                        -1000000000,
                                        RECORDS_TIME,
                                        INT64_C(5000000000000000), /* a Julian day, were it one */
                                        INT64_MIN,
                                        INT64_MAX};
    const char *path = fresh();
    struct see_store *store = open_store(path, &plain_options);
    for (uint32_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct see_capture_row row = {.capture = i + 1,
                                      .source = "-",
                                      .kind = "stdin",
                                      .first_time = times[i],
                                      .last_time = times[i],
                                      .packets = 1,
                                      .bytes = UINT64_MAX,
                                      .kernel_dropped = 0,
                                      .status = "complete"};
        assert_int_equal(see_store_capture(store, &row), SEE_OK);
    }
    assert_int_equal(see_store_close(store), SEE_OK);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char expected[SEE_TIME_TEXT + 32], text[SEE_TIME_TEXT], sql[96];
        see_time_format(times[i], text);
        snprintf(expected, sizeof(expected), "%s|9223372036854775807\n", text);
        snprintf(sql, sizeof(sql), "SELECT first_time, bytes FROM captures WHERE id = %zu", i + 1);
        assert_string_equal(ask(path, sql), expected);
    }
}

static void test_runs_continue(void **state)
{
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(see_store_last_finding(store), 0);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_last_finding(store), 6);
    assert_int_equal(see_store_redirect_id(store, 1), 6);
    assert_int_equal(see_store_exchange_id(store, 2), 9);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT id, exchange_id, followup_exchange_id, chain_id,"
                                  " capture_id, response_capture_id, followup_capture_id"
                                  " FROM redirects"),
                        "1|1|2|1|1|1|1\n2|2|3|1|1|1|1\n3|4|5|3|1|1|1\n4|5|-|3|1|1|-\n5|6|-|5|1|1|-"
                        "\n6|8|9|6|2|2|2\n7|9|10|6|2|2|2\n8|11|12|8|2|2|2\n9|12|-|8|2|2|-\n"
                        "10|13|-|10|2|2|-\n");
    assert_string_equal(ask(path, "SELECT group_concat(id) FROM findings"), "1,2,3,4,5,6\n");
    assert_string_equal(ask(path, "SELECT group_concat(id) FROM connections"), "1,2\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM chains"), "6\n");
    assert_string_equal(ask(path, "SELECT count(*), count(DISTINCT capture_id) FROM coverage"),
                        "8|2\n");
    assert_string_equal(ask(path, "PRAGMA foreign_key_check"), "");
}

/* What was said of redirects 1 to `count`: number `i` of them may be in `vary`. */
static const char *say(size_t count, void (*vary)(struct see_redirect *redirect, size_t i))
{
    struct records records;
    const char *path = fresh();
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    for (size_t i = 0; i < count; i++) {
        struct see_redirect redirect = records_redirect(&records, i + 1, 0, 1, i + 1, 1);
        vary(&redirect, i);
        assert_int_equal(see_store_redirect(store, &redirect), SEE_OK);
    }
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "PRAGMA foreign_key_check"), "");
    return path;
}

/* The same but for one word, one after the other, with the plain one before each. */
static void vary_words(struct see_redirect *redirect, size_t i)
{
    switch (i % 2 == 1 ? i / 2 : 0) {
    case 1:
        redirect->why = "it stands there";
        break;
    case 2:
        redirect->tier = SEE_T1;
        break;
    case 3:
        redirect->repair = "a blank";
        break;
    case 4:
        redirect->confidence = SEE_CONFIDENCE_LOW;
        break;
    case 5:
        redirect->score = 8;
        break;
    case 6:
        redirect->runner_up = 3;
        break;
    case 7:
        redirect->says_who = false;
        break;
    case 8:
        redirect->says_why = true;
        break;
    case 9:
        redirect->signals[1].name = "soon";
        break;
    case 10:
        redirect->signals[1].points = -2;
        break;
    case 11:
        redirect->signal_count = 1;
        break;
    default:
        break;
    }
}

static void test_each_pairing_is_told_from_others(void **state)
{
    static const char sql[] =
        "SELECT why, tier, repair, confidence, score, evidence ->> 'runner_up',"
        " evidence ->> 'tells_client', evidence ->> 'tells_cause',"
        " evidence ->> '$.signals[1].signal', evidence ->> '$.signals[1].points' FROM redirects"
        " WHERE id % 2 = 0";
    static const char wanted[] = "the next request|T0|-|high|7|-|1|0|gap|2\n"
                                 "it stands there|T0|-|high|7|-|1|0|gap|2\n"
                                 "the next request|T1|-|high|7|-|1|0|gap|2\n"
                                 "the next request|T0|a blank|high|7|-|1|0|gap|2\n"
                                 "the next request|T0|-|low|7|-|1|0|gap|2\n"
                                 "the next request|T0|-|high|8|-|1|0|gap|2\n"
                                 "the next request|T0|-|high|7|3|1|0|gap|2\n"
                                 "the next request|T0|-|high|7|-|0|0|gap|2\n"
                                 "the next request|T0|-|high|7|-|1|1|gap|2\n"
                                 "the next request|T0|-|high|7|-|1|0|soon|2\n"
                                 "the next request|T0|-|high|7|-|1|0|gap|-2\n"
                                 "the next request|T0|-|high|7|-|1|0|-|-\n";
    (void)state;
    assert_string_equal(ask(say(24, vary_words), sql), wanted);
}

static void vary_nothing(struct see_redirect *redirect, size_t i)
{
    /* Of one that was not followed it says nothing whatever else is in it. */
    if (i % 2 == 1) {
        redirect->outcome = SEE_OUTCOME_PENDING;
        redirect->score = (int)i;
    }
}

static void vary_scores(struct see_redirect *redirect, size_t i)
{
    *(i < 1000 ? &redirect->score : &redirect->runner_up) = (int)i;
}

static void vary_scores_in_turn(struct see_redirect *redirect, size_t i)
{
    redirect->score = (int)(i % SEE_PAIRINGS);
}

/* Redirects of which the same was said share it, and more kinds than are known do no harm. */
static void test_pairings_are_shared(void **state)
{
    (void)state;
    const char *path = say(100, vary_nothing);
    assert_string_equal(ask(path, "SELECT count(*) FROM pairing"), "2\n");
    assert_string_equal(ask(path, "SELECT count(*), count(DISTINCT evidence), sum(score)"
                                  " FROM redirects GROUP BY outcome ORDER BY outcome"),
                        "50|1|350\n50|1|-\n");
    path = say(2000, vary_scores_in_turn);
    assert_string_equal(ask(path, "SELECT count(*) FROM pairing"), "256\n");
    path = say(2000, vary_scores);
    assert_string_equal(
        ask(path, "SELECT count(*), sum(score), sum(evidence ->> 'runner_up'),"
                  " sum(coalesce(evidence ->> 'runner_up', score) = id - 1) FROM redirects"),
        "2000|506500|1499500|2000\n");
}

/* A new file has none of them, and those of a run before are left alone. */
static void test_pairings_of_another_file(void **state)
{
    struct records records;
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_commit(store), SEE_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(see_store_reopen(store, NULL, "{}"), SEE_OK);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_reopen(store, NULL, "{}"), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "PRAGMA foreign_key_check"), "");
    assert_string_equal(ask(path, "SELECT count(*), count(outcome) FROM redirects"), "5|5\n");
    fill(path, &plain_options);
    assert_string_equal(ask(path, "SELECT count(*), count(outcome) FROM redirects"), "10|10\n");
}

/* More rows than a run without a second thread has. */
static void go_aside(struct see_store *store)
{
    assert_null(store->writer.aside);
    see_store_go_aside(store);
    for (uint64_t i = 0; i < 1000 && store->writer.aside == NULL; i++) {
        assert_int_equal(records_coverage(store, i), SEE_OK);
    }
    assert_non_null(store->writer.aside);
}

static void test_written_aside(void **state)
{
    static const char rows[] =
        "SELECT r.id, r.exchange_id, r.followup_exchange_id, f.id, f.rule, f.message"
        " FROM redirect AS r LEFT JOIN finding AS f ON f.redirect_id = r.id";
    static char alone[4096];
    struct records records;
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    snprintf(alone, sizeof(alone), "%s", ask(path, rows));
    path = fresh();
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    go_aside(store);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_last_finding(store), 3);
    assert_int_equal(see_store_commit(store), SEE_OK);
    assert_int_equal(see_store_kept(store), 3);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, rows), alone);
}

#define MINUTES 30000
#define MINUTE_NS INT64_C(60000000000)

/* Rows for many tapes, in the order of their times. */
static void write_minutes(struct see_store *store)
{
    struct see_count count = {"frames_read", "frames", SEE_COUNT_IN, 7};
    struct see_counts counts = {"decode", &count, 1};
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    for (int64_t i = 1; i <= MINUTES; i++) {
        assert_int_equal(see_store_coverage_minute(store, 1, i * MINUTE_NS, &counts), SEE_OK);
    }
}

static void check_minutes(const char *path)
{
    assert_string_equal(ask(path, "SELECT count(*), count(*) FILTER (WHERE time_ns <= before)"
                                  " FROM (SELECT time_ns, lag(time_ns) OVER (ORDER BY rowid)"
                                  "         AS before FROM coverage)"),
                        "30000|0\n");
}

struct hand {
    struct see_store *store;
    atomic_bool is_over;
    unsigned times; /* that there was something to do */
};

static void *lend(void *ctx)
{
    struct hand *hand = ctx;
    while (!atomic_load(&hand->is_over)) {
        hand->times += see_store_has_rows(hand->store);
        see_store_help(hand->store);
        usleep(100);
    }
    return NULL;
}

static void test_written_by_another(void **state)
{
    pthread_t thread;
    (void)state;
    const char *path = fresh();
    struct hand hand = {.store = open_store(path, &plain_options)};
    see_store_share(hand.store);
    assert_int_equal(pthread_create(&thread, NULL, lend, &hand), 0);
    write_minutes(hand.store);
    atomic_store(&hand.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(hand.times > 0);
    see_store_share_not(hand.store);
    assert_null(hand.store->writer.aside);
    assert_int_equal(see_store_close(hand.store), SEE_OK);
    check_minutes(path);
}

/* Nobody came, or a thread of its own after all. */
static void test_shared_in_vain(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *path = fresh();
        struct see_store *store = open_store(path, &plain_options);
        see_store_share(store);
        assert_non_null(store->writer.aside);
        if (i == 1) {
            see_store_share_not(store);
            see_store_go_aside(store);
        }
        write_minutes(store);
        assert_false(i == 1 && see_store_has_rows(store));
        assert_int_equal(see_store_close(store), SEE_OK);
        check_minutes(path);
    }
}

/* A failure there is told here, and what was committed before stays. */
static void check_failure(void (*go)(struct see_store *store))
{
    struct records records;
    const char *path = fresh();
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    go(store);
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    assert_int_equal(see_store_commit(store), SEE_OK);
    execute(path, "DROP VIEW redirects; DROP VIEW violations; DROP VIEW chains;"
                  " DROP TABLE redirect");
    int status = records_redirects(store, &records);
    assert_true(status == SEE_OK || status == SEE_EIO);
    assert_int_equal(see_store_commit(store), SEE_EIO);
    assert_non_null(strstr(see_store_error(store), "no such table"));
    assert_int_equal(records_capture(store, "complete"), SEE_EIO);
    assert_int_equal(see_store_close(store), SEE_EIO);
    assert_string_equal(ask(path, "SELECT status FROM captures"), "running\n");
}

static void test_fails_aside(void **state)
{
    (void)state;
    check_failure(go_aside);
    check_failure(see_store_share);
}

/* There was no memory for a value: its row is not written with another one, or none. */
static void test_a_value_is_lacking(void **state)
{
    struct see_row row;
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    struct see_store *store = open_store(path, &plain_options);
    store->draft.is_broken = true;
    see_row_begin(&row, store, SEE_SLOT_EVIDENCE_FILE, "UPDATE captures SET source = ?");
    see_row_draft(&row);
    assert_int_equal(see_row_end(&row), SEE_ENOMEM);
    assert_int_equal(see_store_close(store), SEE_ENOMEM);
    assert_string_equal(ask(path, "SELECT count(*) FROM captures WHERE source = ''"), "0\n");
}

/* What a batch holds is there for others once it is old enough, and not before. */
static void test_age_of_a_batch(void **state)
{
    (void)state;
    const see_time_ns ages[] = {1, 3600 * SEE_NS_PER_S};
    for (size_t i = 0; i < 2; i++) {
        const char *path = fresh();
        struct see_store_options options = plain_options;
        options.batch_ns = ages[i];
        struct see_store *store = open_store(path, &options);
        assert_int_equal(records_capture(store, "running"), SEE_OK);
        usleep(20000); /* the store's clock ticks every few milliseconds */
        assert_int_equal(see_store_tick(store), SEE_OK);
        assert_string_equal(ask(path, "SELECT count(*) FROM captures"), i == 0 ? "1\n" : "0\n");
        assert_int_equal(see_store_close(store), SEE_OK);
        assert_string_equal(ask(path, "SELECT count(*) FROM captures"), "1\n");
    }
}

static void test_coverage_is_replaced(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store *store = open_store(path, &plain_options);
    struct see_count count = {"frames_read", "frames", SEE_COUNT_IN, 7};
    struct see_counts counts = {"decode", &count, 1};
    see_time_ns minute = INT64_C(1795181040000000000);
    assert_int_equal(records_coverage(store, 5), SEE_OK);
    assert_int_equal(records_coverage(store, 6), SEE_OK);
    assert_int_equal(see_store_coverage_minute(store, 1, minute, &counts), SEE_OK);
    assert_int_equal(see_store_coverage_minute(store, 1, minute, &counts), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT counter, time, value FROM coverage ORDER BY value"),
                        "tls|-|3\nnot_tcp|-|6\nframes_read|2026-11-20T13:24:00.000000Z|7\n"
                        "segments|-|74\nframes_read|-|80\n");
}

static void test_a_second_passes(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    assert_int_equal(see_store_tick(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT count(*) FROM captures"), "0\n");
    usleep(1050000);
    assert_int_equal(see_store_tick(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT count(*) FROM captures"), "1\n");
    assert_int_equal(see_store_close(store), SEE_OK);
}

static void test_ids(void **state)
{
    (void)state;
    struct see_hash_key key = see_hash_key_new();
    struct see_ids ids;
    see_ids_init(&ids, &key, 3);
    assert_int_equal(see_ids_take(&ids, 1), SEE_IDS_NO);
    for (uint64_t id = 1; id <= 3; id++) {
        assert_int_equal(see_ids_add(&ids, 10 * id), SEE_OK);
        assert_int_equal(see_ids_add(&ids, 10 * id), SEE_OK);
    }
    assert_int_equal(see_ids_take(&ids, 20), SEE_IDS_YES);
    assert_int_equal(see_ids_has(&ids, 20), SEE_IDS_NO);
    assert_int_equal(see_ids_add(&ids, 40), SEE_OK);
    assert_int_equal(see_ids_add(&ids, 50), SEE_OK); /* 10 is forgotten */
    assert_int_equal(see_ids_has(&ids, 10), SEE_IDS_MAYBE);
    assert_int_equal(see_ids_has(&ids, 9), SEE_IDS_MAYBE);
    assert_int_equal(see_ids_has(&ids, 20), SEE_IDS_NO);
    assert_int_equal(see_ids_take(&ids, 50), SEE_IDS_YES);
    assert_int_equal(see_ids_take(&ids, 30), SEE_IDS_YES);
    assert_int_equal(see_ids_take(&ids, 40), SEE_IDS_YES);
    assert_int_equal(ids.map.count, 0);
    assert_int_equal(see_ids_add(&ids, 60), SEE_OK);
    see_ids_finish(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promised_columns),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_rows_in_any_order),
        cmocka_unit_test(test_long_chain_keeps_its_order),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_text_is_clean),
        cmocka_unit_test(test_targets_hide_userinfo),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_runs_continue),
        cmocka_unit_test(test_each_pairing_is_told_from_others),
        cmocka_unit_test(test_pairings_are_shared),
        cmocka_unit_test(test_pairings_of_another_file),
        cmocka_unit_test(test_written_aside),
        cmocka_unit_test(test_written_by_another),
        cmocka_unit_test(test_shared_in_vain),
        cmocka_unit_test(test_fails_aside),
        cmocka_unit_test(test_a_value_is_lacking),
        cmocka_unit_test(test_age_of_a_batch),
        cmocka_unit_test(test_coverage_is_replaced),
        cmocka_unit_test(test_a_second_passes),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
