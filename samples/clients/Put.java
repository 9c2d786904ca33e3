// SPDX-License-Identifier: BSD-3-Clause
// Puts a line of text to a URI with HttpURLConnection, following redirects by default.
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;

class Put {
    public static void main(String[] args) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL(args[0]).openConnection();
        connection.setRequestMethod("PUT");
        connection.setRequestProperty("Content-Type", "text/plain");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write("A better ending.\n".getBytes("US-ASCII"));
        }
        System.out.println(connection.getResponseCode());
    }
}
