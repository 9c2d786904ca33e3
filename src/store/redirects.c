/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * redirects - rows of `redirect` and `findings`: what was concluded from exchanges.
 */
#include "rules/caching.h"
#include "store/exchanges.h"
#include "store/row.h"

/* The answer may be for this user alone. */
static bool is_personal(const struct see_message *request)
{
    return see_message_field(request, SEE_LITERAL("Cookie"), NULL).ptr != NULL ||
           see_message_field(request, SEE_LITERAL("Authorization"), NULL).ptr != NULL;
}

/* Where memory is short, it counts as left out even if a finding brings it later. */
static void note(struct see_ids *ids, const struct see_redirect *redirect)
{
    int status = see_ids_add(ids, redirect->id);
    (void)status;
}

static int store_redirect(struct see_store *store, const struct see_redirect *redirect)
{
    static const char sql[] =
        "INSERT INTO redirect (id, exchange_id, followup_exchange_id, time_ns, target_uri,"
        " location_count, pairing_id, delay_ms, same_connection, chain_id, hop, has_lifetime,"
        " is_personal, lifetime_s, is_momentary)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING";
    struct see_caching caching = see_caching_of(&redirect->exchange->response);
    struct see_row row;
    int64_t pairing = 0;
    int status = see_pairings_touch(store, redirect, &pairing);
    if (status != SEE_OK) {
        return status;
    }
    see_row_begin(&row, store, SEE_SLOT_REDIRECT, sql);
    see_row_integer(&row, see_store_redirect_id(store, redirect->id));
    see_row_integer(&row, see_store_exchange_id(store, redirect->exchange->id));
    if (redirect->followup != NULL) {
        see_row_integer(&row, see_store_exchange_id(store, redirect->followup->id));
    } else {
        see_row_null(&row);
    }
    see_row_integer(&row, redirect->exchange->response.first.time_ns);
    see_row_uri(&row, redirect->target_uri);
    see_row_count(&row, redirect->location_count);
    see_row_integer(&row, pairing);
    if (redirect->outcome == SEE_OUTCOME_FOLLOWED) {
        see_row_real(&row, (double)redirect->delay_ns / (double)SEE_NS_PER_MS);
        see_row_integer(&row, redirect->is_same_connection);
    } else {
        see_row_null(&row);
        see_row_null(&row);
    }
    see_row_integer(&row, see_store_redirect_id(store, redirect->chain_id));
    see_row_integer(&row, redirect->hop);
    see_row_integer(&row, caching.has_lifetime);
    see_row_integer(&row, is_personal(&redirect->exchange->request));
    if (caching.has_lifetime) {
        see_row_integer(&row, caching.lifetime_s);
    } else {
        see_row_null(&row);
    }
    see_row_integer(&row, caching.is_momentary);
    status = see_row_end(&row);
    store->redirects += status == SEE_OK;
    if (status == SEE_OK && store->options.waiting_octets > 0) {
        note(&store->unsure, redirect);
    }
    return status;
}

static int store_with_exchanges(struct see_store *store, const struct see_redirect *redirect)
{
    int status = see_exchanges_touch(store, redirect->exchange);
    if (status == SEE_OK && redirect->followup != NULL) {
        status = see_exchanges_touch(store, redirect->followup);
    }
    return status == SEE_OK ? store_redirect(store, redirect) : status;
}

int see_store_redirect(struct see_store *store, const struct see_redirect *redirect)
{
    int status = store->is_lean ? store->failed : store_with_exchanges(store, redirect);
    if (store->is_lean || status != SEE_OK) {
        store->left_out++;
        note(&store->left_outs, redirect);
    }
    return status;
}

/*
 * A finding rests on its redirect, which may have been left out, or be in an earlier database.
 * Where the database cannot be asked, it is written again, which changes nothing.
 */
static int bring_redirect(struct see_store *store, const struct see_redirect *redirect)
{
    struct see_row row;
    bool has_row = false;
    see_row_ask(&row, store, SEE_SLOT_HAS_REDIRECT, "SELECT 1 FROM redirect WHERE id = ?");
    see_row_integer(&row, see_store_redirect_id(store, redirect->id));
    int status = see_row_exists(&row, &has_row);
    if (status != SEE_OK || has_row) {
        return status;
    }
    status = store_with_exchanges(store, redirect);
    if (status == SEE_OK && see_ids_take(&store->left_outs, redirect->id) == SEE_IDS_YES) {
        store->left_out--;
    }
    return status;
}

static int store_finding(struct see_store *store, const struct see_finding *finding,
                         const struct see_exchange *exchange)
{
    static const char sql[] =
        "INSERT INTO finding (id, capture_id, redirect_id, exchange_id, time_ns, rule, severity,"
        " strength, party, message, evidence, confidence, suppressed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_FINDING, sql);
    see_row_integer(&row, store->greatest_finding + 1);
    see_row_capture(&row, see_exchanges_first(exchange));
    if (finding->redirect != NULL) {
        see_row_integer(&row, see_store_redirect_id(store, finding->redirect->id));
    } else {
        see_row_null(&row);
    }
    see_row_integer(&row, see_store_exchange_id(store, exchange->id));
    see_row_integer(&row, finding->stamp.time_ns);
    see_row_string(&row, finding->rule->id);
    see_row_string(&row, see_severity_name(finding->severity));
    see_row_string(&row, see_strength_name(finding->strength));
    see_row_string(&row, see_party_name(finding->rule->party));
    see_row_text(&row, finding->message);
    see_row_text(&row, finding->evidence);
    see_row_string(&row, see_confidence_name(finding->confidence));
    see_row_text(&row, finding->suppressed);
    int status = see_row_end(&row);
    if (status == SEE_OK) {
        store->last_finding = ++store->greatest_finding;
        store->findings++;
    }
    return status;
}

int see_store_finding(struct see_store *store, const struct see_finding *finding)
{
    const struct see_exchange *exchange =
        finding->exchange != NULL ? finding->exchange : finding->redirect->exchange;
    int status = store->failed;
    if (finding->redirect == NULL) {
        /* No redirect brings the exchange's row; and nobody has one who asks for the finding's. */
        status = see_exchanges_touch(store, exchange);
    } else if (store->may_lack) {
        status = bring_redirect(store, finding->redirect);
    }
    if (status == SEE_OK) {
        status = store_finding(store, finding, exchange);
    }
    store->findings_lost += status != SEE_OK;
    return status;
}

int see_store_evidence_file(struct see_store *store, int64_t finding, const char *name)
{
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_EVIDENCE_FILE,
                  "UPDATE finding SET evidence_file = ? WHERE id = ?");
    see_row_string(&row, name);
    see_row_integer(&row, finding);
    return see_row_end(&row);
}
