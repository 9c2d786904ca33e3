// SPDX-License-Identifier: BSD-3-Clause
// Users of java.net.http.HttpClient, each with a client of its own.  A line in is
// ID USER METHOD FOLLOWS TRUTH URL BODY, with tabs between; a line out is the id once it is done.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

public class Worker {
    static HttpClient client(boolean follows, CookieManager cookies) {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).cookieHandler(cookies)
            .followRedirects(follows ? HttpClient.Redirect.NORMAL : HttpClient.Redirect.NEVER)
            .build();
    }

    public static void main(String[] args) throws Exception {
        Map<String, HttpClient> clients = new ConcurrentHashMap<>();
        Map<String, CookieManager> cookies = new ConcurrentHashMap<>();
        var pool = Executors.newFixedThreadPool(64);
        var in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            String[] t = line.split("\t", -1);
            boolean follows = t[3].equals("1");
            var jar = cookies.computeIfAbsent(t[1], k -> new CookieManager());
            var client = clients.computeIfAbsent(t[1] + t[3], k -> client(follows, jar));
            pool.submit(() -> {
                try {
                    var body = t[6].isEmpty() ? HttpRequest.BodyPublishers.noBody()
                                              : HttpRequest.BodyPublishers.ofString(t[6]);
                    var request = HttpRequest.newBuilder(URI.create(t[5])).method(t[2], body)
                                      .header("X-Truth", t[4]);
                    if (!t[6].isEmpty()) {
                        request.header("Content-Type", "application/x-www-form-urlencoded");
                    }
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                } catch (Exception e) {
                    System.err.println(t[4] + " " + e);
                }
                synchronized (System.out) {
                    System.out.println(t[0]);
                    System.out.flush();
                }
            });
        }
        pool.shutdown();
    }
}
