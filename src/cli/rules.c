/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother rules - lists the catalogue, or explains one rule.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "rules/rule.h"

static void print_help(void)
{
    printf("Usage: seeother rules [ID]\n\n"
           "Lists what is checked; with an ID, explains one rule: when it fires, what it means,\n"
           "why it matters, who has to change what, who says so, which clients are known to do\n"
           "it, and how to silence it.\n\n"
           "  -d, --db FILE   accepted for symmetry; the catalogue is in the program\n"
           "  -q, --quiet     ids only\n"
           "  -v, --verbose   all rules, explained\n"
           "  -h, --help      this text\n");
}

#define WIDTH 88
#define INDENT "             "

/* Prints a paragraph under its label, broken between words. */
static void paragraph(const char *label, const char *text)
{
    size_t column = sizeof(INDENT) - 1;
    printf("  %-10s", label);
    for (const char *word = text; *word != '\0';) {
        size_t len = strcspn(word, " ");
        if (column + 1 + len > WIDTH && column > sizeof(INDENT) - 1) {
            printf("\n" INDENT);
            column = sizeof(INDENT) - 1;
        }
        printf("%s%.*s", column > sizeof(INDENT) - 1 || word == text ? " " : "", (int)len, word);
        column += 1 + len;
        word += len;
        word += strspn(word, " ");
    }
    printf("\n");
}

static void explain(const struct see_rule *rule)
{
    printf("%s: %s\n\n", rule->id, rule->title);
    printf("  severity   %s, at most\n", see_severity_name(rule->severity));
    printf("  strength   %s\n", see_strength_name(rule->strength));
    printf("  party      %s\n", see_party_name(rule->party));
    paragraph("fires", rule->condition);
    paragraph("means", rule->meaning);
    paragraph("matters", rule->impact);
    paragraph("change", rule->advice);
    if (rule->known != NULL) {
        paragraph("known", rule->known);
    }
    printf("  source     %s\n" INDENT "%s\n", rule->citation, rule->citation_url);
    printf("  silence    seeother analyze --disable %s ...\n" INDENT
           "one case, until a day: a line of --suppress\n",
           rule->id);
}

static void list(int verbosity)
{
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        const struct see_rule *rule = see_rules_all[i];
        if (verbosity > 0) {
            printf("%s", i > 0 ? "\n" : "");
            explain(rule);
        } else if (verbosity < 0) {
            printf("%s\n", rule->id);
        } else {
            printf("%-34s %-9s %-6s %-6s  %s\n", rule->id, see_severity_name(rule->severity),
                   see_strength_name(rule->strength), see_party_name(rule->party), rule->title);
        }
    }
}

static bool is_word(const char *argument, const char *one, const char *other)
{
    return strcmp(argument, one) == 0 || strcmp(argument, other) == 0;
}

int see_cli_rules(int argc, char **argv)
{
    const char *id = NULL;
    int verbosity = 0;
    for (int i = 1; i < argc; i++) {
        if (is_word(argv[i], "--help", "-h")) {
            print_help();
            return SEE_EXIT_DONE;
        }
        if (is_word(argv[i], "-q", "--quiet")) {
            verbosity = -1;
        } else if (is_word(argv[i], "-v", "--verbose")) {
            verbosity = 1;
        } else if (is_word(argv[i], "-d", "--db") && i + 1 < argc) {
            i++;
        } else if (argv[i][0] == '-' || id != NULL) {
            see_cli_say(argv[i], "not understood");
            return see_cli_usage("rules");
        } else {
            id = argv[i];
        }
    }
    if (id == NULL) {
        list(verbosity);
        return SEE_EXIT_DONE;
    }
    const struct see_rule *rule = see_rule_find(see_view_of(id));
    if (rule == NULL) {
        see_cli_say(id, "there is no such rule; see: seeother rules");
        return SEE_EXIT_USAGE;
    }
    explain(rule);
    return SEE_EXIT_DONE;
}
