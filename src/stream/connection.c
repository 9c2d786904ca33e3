/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/connection.h"

#include <assert.h>
#include <stdlib.h>

struct see_connection *see_connection_ref(struct see_connection *connection)
{
    connection->refs++;
    return connection;
}

void see_connection_unref(struct see_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    assert(connection->refs > 0);
    if (--connection->refs == 0) {
        free(connection);
    }
}

const char *see_connection_end_name(enum see_connection_end ended)
{
    switch (ended) {
    case SEE_CONNECTION_OPEN:
        return "open";
    case SEE_CONNECTION_FIN:
        return "fin";
    case SEE_CONNECTION_RESET:
        return "reset";
    case SEE_CONNECTION_IDLE:
        return "idle";
    case SEE_CONNECTION_REUSED:
        return "reused";
    case SEE_CONNECTION_EVICTED:
        return "evicted";
    case SEE_CONNECTION_CAPTURE_END:
        return "capture-end";
    }
    return "unknown";
}
