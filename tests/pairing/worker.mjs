// SPDX-License-Identifier: BSD-3-Clause
// Users of Node's fetch.  A line in is a navigation, as JSON; a line out is its id.  All users of
// one process share its pool of connections, as the requests of one program do, so there is one
// process a user.  Fetch keeps no cookies: this one sends none.
import readline from 'node:readline';

for await (const line of readline.createInterface({input: process.stdin})) {
    const task = JSON.parse(line);
    const options = {
        method: task.method,
        headers: {'X-Truth': task.truth},
        redirect: task.follows ? 'follow' : 'manual',
    };
    if (task.body) {
        options.body = new URLSearchParams(task.body);
    }
    try {
        await (await fetch(task.url, options)).arrayBuffer();
    } catch (error) {
        console.error(task.truth, String(error.cause ?? error));
    }
    console.log(JSON.stringify(task.id));
}
