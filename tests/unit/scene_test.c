/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scene_test - plays the scenes in tests/scenes and compares what comes of them.
 *
 * usage: scene_test FOLDER [--update | --page]
 *
 * Each scene is played again and again, with one allocation more failing each
 * time: nothing may crash or leak, and the failure must be told.
 *
 * A title may say [quiet RULE ...]: the scene is one in which these rules almost
 * fire, and must not.  A table of all rules shows in how many scenes they fire and
 * stay quiet.  --update writes down what comes of the scenes as what is expected;
 * --page prints what the tool would show of each rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "report/report.h"
#include "scene.h"

#define RULES_MAX 128

static const char *directory;
static bool is_updating, is_paging;
static unsigned fires[RULES_MAX], quiet[RULES_MAX];
static char *pages[RULES_MAX];

/* The rules that one scene has fired. */
struct tally {
    bool is_found[RULES_MAX];
};

static const char *source_name(void *ctx, uint32_t capture)
{
    (void)ctx;
    (void)capture;
    return "shop.pcap";
}

/* Every allocation of the scene fails once. */
static void fail_in_turn(const char *script, char *scratch)
{
    struct scene scene;
    for (size_t nth = 1;; nth++) {
        alloc_start(nth);
        scene_perform(&scene, script, scratch);
        see_text_finish(&scene.out);
        assert_int_equal(alloc.live, 0);
        if (!alloc.has_failed) {
            break;
        }
        /* What a map does without is no failure: it only grows later. */
        assert_true(scene.status == SEE_ENOMEM || scene.status == SEE_OK);
    }
    alloc_start(0);
}

/* The place of a rule in the catalogue. */
static size_t index_of(const struct see_rule *rule)
{
    size_t i = 0;
    while (see_rules_all[i] != rule) {
        i++;
    }
    return i;
}

/* Writes down what the tool would show of it, once for each rule. */
static void show_page(const struct see_finding *finding, size_t rule)
{
    static const struct see_report_sources sources = {NULL, source_name};
    struct see_report_options options = {.format = SEE_REPORT_TEXT, .is_redacting = true};
    char *text = NULL;
    size_t len;
    options.out = open_memstream(&text, &len);
    struct see_report *report = see_report_new(&options, sources);
    assert_non_null(report);
    assert_int_equal(see_report_finding(report, finding, 1), SEE_OK);
    see_report_free(report);
    fclose(options.out);
    pages[rule] = text;
}

static void on_finding(void *ctx, const struct see_finding *finding)
{
    struct tally *tally = ctx;
    size_t rule = index_of(finding->rule);
    tally->is_found[rule] = true;
    if (is_paging && pages[rule] == NULL) {
        show_page(finding, rule);
    }
}

/* Counts the scene for its rules: those that fire, and those that its title says stay quiet. */
static bool tally_scene(const char *file, const char *text, const struct tally *tally)
{
    bool is_right = true;
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        fires[i] += tally->is_found[i];
    }
    const char *at = strstr(text, "[quiet ");
    if (at == NULL || at > strchr(text, '\n')) {
        return true;
    }
    struct see_view names = {at + 7, strcspn(at + 7, "]")};
    struct see_view name;
    while (see_view_next(&names, ' ', &name)) {
        const struct see_rule *rule = see_rule_find(name);
        assert_non_null(rule);
        size_t index = index_of(rule);
        quiet[index]++;
        if (tally->is_found[index]) {
            print_error("%s: %.*s\n%s is not quiet\n", file, (int)strcspn(text, "\n"), text,
                        rule->id);
            is_right = false;
        }
    }
    return is_right;
}

/* What a rule needs follows from its condition: asked without, it finds the same. */
static bool is_same_without_needs(const char *file, const char *text, char *scratch,
                                  const char *got)
{
    struct scene scene;
    scene_perform_all(&scene, text, scratch);
    const char *all = scene.out.ptr != NULL ? scene.out.ptr : "";
    bool is_same = strcmp(all, got) == 0;
    if (!is_same) {
        print_error("%s: %.*s\n--- got\n%s--- whatever rules need\n%s", file,
                    (int)strcspn(text, "\n"), text, got, all);
    }
    see_text_finish(&scene.out);
    return is_same;
}

/* Plays one scene and compares what came of it, which `anew` gets below the scene. */
static bool check_scene(const char *file, char *text, struct see_text *anew)
{
    char *expected = strstr(text, "\n=\n");
    assert_non_null(expected);
    *expected = '\0';
    expected += 3;
    char *scratch = malloc(strlen(text) + 1);
    assert_non_null(scratch);
    struct scene scene;
    struct tally tally = {{false}};
    scene_watch(&scene, text, scratch, &tally, on_finding);
    assert_int_equal(scene.status, SEE_OK);
    const char *got = scene.out.ptr != NULL ? scene.out.ptr : "";
    bool is_same = strcmp(got, expected) == 0;
    see_text_printf(anew, "%s%s\n=\n%s", anew->len > 0 ? "----\n" : "", text, got);
    if (!is_same && !is_updating) {
        print_error("%s: %.*s\n--- expected\n%s--- got\n%s", file, (int)strcspn(text, "\n"), text,
                    expected, got);
    }
    is_same = (is_same || is_updating) && tally_scene(file, text, &tally);
    is_same &= is_same_without_needs(file, text, scratch, got);
    see_text_finish(&scene.out);
    if (!is_updating && !is_paging) {
        fail_in_turn(text, scratch);
    }
    free(scratch);
    return is_same;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct see_text text;
    see_text_init(&text);
    char buffer[4096];
    size_t len;
    while ((len = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        see_text_add(&text, (struct see_view){buffer, len});
    }
    fclose(file);
    return text.ptr;
}

static void write_file(const char *path, const struct see_text *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text->ptr, 1, text->len, file), text->len);
    assert_int_equal(fclose(file), 0);
}

static int check_file(const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    char *text = read_file(path);
    struct see_text anew;
    see_text_init(&anew);
    int failed = 0;
    char *at = text;
    while (at != NULL) {
        char *next = strstr(at, "\n----");
        if (next != NULL) {
            next[1] = '\0';
            next = strchr(next + 2, '\n');
            next = next != NULL && next[1] != '\0' ? next + 1 : NULL;
        }
        failed += !check_scene(name, at, &anew);
        at = next;
    }
    if (is_updating) {
        write_file(path, &anew);
    }
    see_text_finish(&anew);
    free(text);
    return failed;
}

static void scenes(void **state)
{
    (void)state;
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, alphasort);
    int failed = 0;
    int files = 0;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (strstr(entries[i]->d_name, ".txt") != NULL) {
            failed += check_file(entries[i]->d_name);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(files > 0);
    assert_int_equal(failed, 0);
}

/* Every rule has scenes in which it fires, and scenes in which it does not, though almost. */
static void every_rule_fires_and_stays_quiet(void **state)
{
    (void)state;
    int missing = 0;
    print_message("%-34s %5s %5s\n", "rule", "fires", "quiet");
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        bool is_elsewhere = see_rules_all[i]->subject == SEE_SUBJECT_CAPTURES;
        print_message("%-34s %5u %5u%s\n", see_rules_all[i]->id, fires[i], quiet[i],
                      is_elsewhere ? "  (tests/e2e/across_test.py)" : "");
        missing += !is_elsewhere && (fires[i] == 0 || quiet[i] == 0);
    }
    assert_int_equal(missing, 0);
}

/* Prints "== rule", and what the tool shows of its first finding. */
static int print_pages(void)
{
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        printf("== %s\n%s", see_rules_all[i]->id, pages[i] != NULL ? pages[i] : "");
        free(pages[i]);
    }
    return 0;
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : "tests/scenes";
    is_updating = argc > 2 && strcmp(argv[2], "--update") == 0;
    is_paging = argc > 2 && strcmp(argv[2], "--page") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenes),
        cmocka_unit_test(every_rule_fires_and_stays_quiet),
    };
    if (is_paging) {
        scenes(NULL);
        return print_pages();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
