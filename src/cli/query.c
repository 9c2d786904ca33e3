/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * query - asks the database, by a named query, a file of SQL, or SQL on the command line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/params.h"
#include "core/text.h"
#include "report/table.h"
#include "store/query.h"
#include "store/sql.h"

#define PARAMS_MAX 64
#define SQL_FILE_MAX ((size_t)1 << 20)

struct settings {
    const char *db;
    const char *sql;  /* --sql, or NULL */
    const char *name; /* NAME, or NULL */
    enum see_table_format format;
    struct see_query_param params[PARAMS_MAX];
    char times[PARAMS_MAX][SEE_TIME_TEXT]; /* values that are times, as the database has them */
    size_t param_count;
    bool is_quiet, is_verbose, wants_help, is_contained;
};

static const char usage[] =
    "Usage: seeother query [options] [NAME]\n"
    "\n"
    "Asks the database.  NAME is one of the named queries, or a file of SQL (with a\n"
    "slash in it, or ending in .sql); without NAME, what can be asked is listed.\n"
    "\n"
    "  -d, --db FILE           the database (default seeother.db)\n"
    "      --format FORMAT     table (default), csv, json, jsonl or markdown\n"
    "      --param NAME=VALUE  a value for the query's :NAME; without one it means \"all\"\n"
    "      --sql SQL           ask this instead; only reading is allowed\n"
    "      --no-sandbox        keep all rights, to debug it\n"
    "  -q, --quiet             do not say when there are no rows\n"
    "  -v, --verbose           say how many rows there are; list queries with their parameters\n"
    "  -h, --help              this text\n"
    "\n"
    "Exit status: 0 done, also without rows; 1 something failed; 2 the command line was\n"
    "wrong, or nothing is known by NAME.\n";

/* `seeother: WHAT: why`. */
__attribute__((format(printf, 2, 3))) static void say(const char *what, const char *format, ...)
{
    char why[1024];
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is begun in the line before. */
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    see_cli_say(what, why);
}

/* Splits NAME=VALUE in place, which POSIX lets us do with arguments. */
static bool add_param(struct settings *settings, char *text)
{
    char *sign = strchr(text, '=');
    if (sign == NULL || sign == text) {
        say("query", "--param wants NAME=VALUE, not '%s'", text);
        return false;
    }
    if (settings->param_count == PARAMS_MAX) {
        say("query", "more than %d parameters", PARAMS_MAX);
        return false;
    }
    *sign = '\0';
    settings->params[settings->param_count++] = (struct see_query_param){text, sign + 1};
    return true;
}

static bool set_format(struct settings *settings, const char *name)
{
    if (!see_table_format_find(name, &settings->format)) {
        say("query", "no format '%s'; there are: %s", name, SEE_TABLE_FORMATS);
        return false;
    }
    return true;
}

enum long_option { OPTION_FORMAT = 256, OPTION_PARAM, OPTION_SQL, OPTION_NO_SANDBOX };

static bool take_option(struct settings *settings, int option, char **argv)
{
    switch (option) {
    case 'd':
        settings->db = optarg;
        return true;
    case 'q':
        settings->is_quiet = true;
        return true;
    case 'v':
        settings->is_verbose = true;
        return true;
    case OPTION_FORMAT:
        return set_format(settings, optarg);
    case OPTION_PARAM:
        return add_param(settings, optarg);
    case OPTION_SQL:
        settings->sql = optarg;
        return true;
    case OPTION_NO_SANDBOX:
        settings->is_contained = false;
        return true;
    case 'h':
        settings->wants_help = true;
        return true;
    case ':':
        say("query", "%s wants a value", argv[optind - 1]);
        return false;
    default:
        /* Short ones can stand together: -qx. */
        if (optopt != 0) {
            say("query", "no option '-%c'", optopt);
        } else {
            say("query", "no option '%s'", argv[optind - 1]);
        }
        see_cli_usage("query");
        return false;
    }
}

static bool take_arguments(struct settings *settings, int argc, char **argv)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'},
        {"format", required_argument, NULL, OPTION_FORMAT},
        {"param", required_argument, NULL, OPTION_PARAM},
        {"sql", required_argument, NULL, OPTION_SQL},
        {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    opterr = 0;
    optind = 0; /* glibc: start afresh, whatever was parsed before */
    for (;;) {
        int option = getopt_long(argc, argv, ":d:hqv", options, NULL);
        if (option == -1) {
            break;
        }
        if (!take_option(settings, option, argv)) {
            return false;
        }
    }
    if (argc - optind > 1 || (argc - optind == 1 && settings->sql != NULL)) {
        say("query", "one question at a time: a NAME or --sql");
        return false;
    }
    settings->name = optind < argc ? argv[optind] : NULL;
    return true;
}

/* Says why an answer could not be printed. */
static int print_failed(int status)
{
    if (status == SEE_ENOMEM) {
        say("query", "out of memory");
    } else {
        say("query", "cannot write: %s", strerror(errno));
    }
    return SEE_EXIT_FAILED;
}

/* The comment lines that begin the SQL, without their dashes: the first one, or all. */
static void add_comment(struct see_text *out, const char *sql, bool wants_all)
{
    const char *line = sql;
    while (strncmp(line, "--", 2) == 0) {
        size_t len = strcspn(line, "\n");
        struct see_view text = see_view_trim((struct see_view){line + 2, len - 2});
        if (text.len > 0) {
            see_text_add_string(out, out->len > 0 ? "\n" : "");
            see_text_add(out, text);
        }
        line += len + (line[len] == '\n');
        if (!wants_all) {
            break;
        }
    }
}

static int list_row(struct see_table *table, const char *name, struct see_view text)
{
    struct see_cell cells[] = {
        {SEE_CELL_TEXT, see_view_of(name)},
        {SEE_CELL_TEXT, text},
    };
    return see_table_row(table, cells, 2);
}

/* One row a query; with `wants_all`, one row a line of its comment. */
static int list_query(struct see_table *table, const struct see_sql *sql, bool wants_all)
{
    struct see_text comment;
    see_text_init(&comment);
    add_comment(&comment, sql->text, wants_all);
    int status = see_text_status(&comment);
    struct see_view rest = see_text_view(&comment);
    struct see_view line;
    const char *name = sql->name;
    while (status == SEE_OK && see_view_next(&rest, '\n', &line)) {
        status = list_row(table, name, line);
        name = "";
    }
    see_text_finish(&comment);
    return status;
}

static int list_queries(const struct settings *settings)
{
    struct see_table *table = see_table_new(stdout, settings->format, false);
    if (table == NULL) {
        return print_failed(SEE_ENOMEM);
    }
    struct see_view names[] = {SEE_LITERAL("name"), SEE_LITERAL("what it tells")};
    int status = see_table_columns(table, names, 2);
    for (const struct see_sql *sql = see_sql_queries; sql->name != NULL && status == SEE_OK;
         sql++) {
        status = list_query(table, sql, settings->is_verbose);
    }
    if (status == SEE_OK) {
        status = see_table_finish(table);
    }
    see_table_free(table);
    return status == SEE_OK ? SEE_EXIT_DONE : print_failed(status);
}

/* Edits that lead from `a` to `b` (Levenshtein), for names of queries, which are short. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    size_t row[LONGEST + 1];
    size_t a_len = strnlen(a, LONGEST), b_len = strnlen(b, LONGEST);
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t swapped = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = swapped < shorter ? swapped : shorter;
        }
    }
    return row[b_len];
}

static bool is_near(const char *asked, const char *name)
{
    return distance(asked, name) <= 2 || (strlen(asked) >= 3 && strstr(name, asked) != NULL) ||
           strstr(asked, name) != NULL;
}

static void say_unknown(const char *name)
{
    struct see_text near;
    see_text_init(&near);
    for (const struct see_sql *sql = see_sql_queries; sql->name != NULL; sql++) {
        if (is_near(name, sql->name)) {
            see_text_add_string(&near, near.len > 0 ? ", " : "; perhaps: ");
            see_text_add_string(&near, sql->name);
        }
    }
    say("query", "nothing is known by '%s'%s; `seeother query` lists what can be asked", name,
        near.len > 0 && see_text_status(&near) == SEE_OK ? near.ptr : "");
    see_text_finish(&near);
}

static bool is_file_name(const char *name)
{
    size_t len = strlen(name);
    return strchr(name, '/') != NULL || (len > 4 && strcmp(name + len - 4, ".sql") == 0);
}

/* Reads a file of SQL: text, and not an endless one. */
static int read_file(const char *path, struct see_text *ret_sql)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        int code = errno;
        see_cli_say(path, strerror(code));
        return code == ENOENT ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
    }
    char piece[4096];
    size_t len = 0;
    while (ret_sql->len <= SQL_FILE_MAX && (len = fread(piece, 1, sizeof(piece), file)) > 0) {
        see_text_add(ret_sql, (struct see_view){piece, len});
    }
    int status = SEE_EXIT_DONE;
    if (ferror(file)) {
        see_cli_say(path, strerror(errno));
        status = SEE_EXIT_FAILED;
    } else if (see_text_status(ret_sql) != SEE_OK) {
        see_cli_say(path, "out of memory");
        status = SEE_EXIT_FAILED;
    } else if (ret_sql->len > SQL_FILE_MAX ||
               see_view_find(see_text_view(ret_sql), '\0') < ret_sql->len) {
        see_cli_say(path, "not a file of SQL");
        status = SEE_EXIT_USAGE;
    }
    fclose(file);
    return status;
}

/* In SQL that is the user's own, a parameter is whatever its name says to them. */
static bool read_params(struct settings *settings)
{
    for (size_t i = 0; i < settings->param_count; i++) {
        if (!see_cli_param_read(&settings->params[i], settings->name, settings->times[i])) {
            return false;
        }
    }
    return true;
}

/* Finds the SQL to run; where it comes from a file, `file` holds it. */
static int find_sql(struct settings *settings, struct see_text *file, const char **ret_sql)
{
    if (settings->sql != NULL) {
        *ret_sql = settings->sql;
        return SEE_EXIT_DONE;
    }
    if (is_file_name(settings->name)) {
        int status = read_file(settings->name, file);
        *ret_sql = file->ptr != NULL ? file->ptr : "";
        return status;
    }
    *ret_sql = see_sql_find(see_sql_queries, settings->name);
    if (*ret_sql == NULL) {
        say_unknown(settings->name);
        return SEE_EXIT_USAGE;
    }
    return read_params(settings) ? SEE_EXIT_DONE : SEE_EXIT_USAGE;
}

static void say_rows(const struct settings *settings, const char *name, uint64_t rows)
{
    if (rows == 0 && !settings->is_quiet) {
        see_cli_say(name, "no rows");
    } else if (settings->is_verbose) {
        say(name, "%llu %s", (unsigned long long)rows, rows == 1 ? "row" : "rows");
    }
}

static int run(const struct settings *settings, struct see_query *query, const char *sql)
{
    const char *name = settings->name != NULL ? settings->name : "--sql";
    struct see_table *table = see_table_new(stdout, settings->format, isatty(STDOUT_FILENO) == 1);
    if (table == NULL) {
        return print_failed(SEE_ENOMEM);
    }
    struct see_query_sink sink = {table, see_table_columns, see_table_row};
    int status = see_query_run(query, sql, settings->params, settings->param_count, sink);
    bool is_query_wrong = status != SEE_OK && see_query_error(query)[0] != '\0';
    if (status == SEE_OK) {
        status = see_table_finish(table);
    }
    int ret = SEE_EXIT_DONE;
    if (is_query_wrong) {
        see_cli_say(name, see_query_error(query));
        ret = status == SEE_EINVAL ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
    } else if (status != SEE_OK) {
        ret = print_failed(status);
    } else {
        say_rows(settings, name, see_table_rows(table));
    }
    see_table_free(table);
    return ret;
}

/* What a database holds came from strangers, and the whole file may. */
static void contain(const struct settings *settings)
{
    if (settings->is_contained) {
        see_cli_give_up(NULL, SEE_ROLE_QUERY, SEE_CONTAIN_NO_RANGE, settings->db,
                        settings->is_verbose);
    }
}

static int ask(struct settings *settings)
{
    struct see_text file;
    const char *sql = NULL;
    see_text_init(&file);
    int ret = find_sql(settings, &file, &sql);
    if (ret == SEE_EXIT_DONE) {
        char error[512];
        struct see_query *query = NULL;
        if (see_query_open(&query, settings->db, error, sizeof(error)) == SEE_OK) {
            contain(settings);
            ret = run(settings, query, sql);
        } else {
            see_cli_say(error, NULL);
            ret = SEE_EXIT_FAILED;
        }
        see_query_close(query);
    }
    see_text_finish(&file);
    return ret;
}

int see_cli_query(int argc, char **argv)
{
    struct settings settings = {
        .db = "seeother.db", .format = SEE_TABLE_PLAIN, .is_contained = true};
    if (!take_arguments(&settings, argc, argv)) {
        return SEE_EXIT_USAGE;
    }
    if (settings.wants_help) {
        fputs(usage, stdout);
        return fflush(stdout) == 0 ? SEE_EXIT_DONE : print_failed(SEE_EIO);
    }
    if (settings.name == NULL && settings.sql == NULL) {
        return list_queries(&settings);
    }
    return ask(&settings);
}
